using LstmGpu.Formats;

namespace LstmGpu.Cli.Reporting;

/// <summary>The file of <c>--out</c>: a page or a picture by its name.</summary>
internal static class Drawing
{
    /// <summary>Checks the name before the work, not after it.</summary>
    /// <param name="example">A name that would do.</param>
    /// <exception cref="ConfigurationException">Neither .html nor .svg, or a directory.</exception>
    public static void RequireFile(string? file, string example)
    {
        if (file is not null && (Directory.Exists(file) || !(IsSvg(file) || file.EndsWith(".html", StringComparison.OrdinalIgnoreCase))))
        {
            throw new ConfigurationException($"--out: found '{file}', expected the name of a file that ends in .html or .svg, such as {example}; use another --out");
        }
    }

    /// <exception cref="DataException">The file system refused.</exception>
    public static void Write(string file, Func<string> svg, Func<string> html) => DurableFile.WriteAllText(file, IsSvg(file) ? svg() : html());

    private static bool IsSvg(string file) => file.EndsWith(".svg", StringComparison.OrdinalIgnoreCase);
}
