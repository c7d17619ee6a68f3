namespace LstmGpu.Data;

/// <summary>The text that comes with the program: long-distance agreement, made by <see cref="AgreementCorpus"/>.</summary>
internal static class BundledCorpus
{
    /// <exception cref="DataException">The program was moved without its data.</exception>
    public static string Path()
    {
        string path = System.IO.Path.Combine(AppContext.BaseDirectory, "data", "agreement.txt");
        return File.Exists(path)
            ? path
            : throw new DataException($"the bundled corpus is not at '{path}'; make it with `lstmgpu data make agreement --out agreement.txt` and give --data agreement.txt");
    }
}
