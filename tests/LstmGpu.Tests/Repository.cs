namespace LstmGpu.Tests;

/// <summary>Where the sources of this build stand, found upwards from the test assembly.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>The third-party vectors beside the repository; they may be absent.</summary>
    public static string SharedVectors => Path.Combine(Path.GetDirectoryName(Root)!, "shared", "vectors");

    private static string FindRoot()
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "LstmGpu.sln")))
            {
                return directory.FullName;
            }
        }
        throw new DirectoryNotFoundException($"no directory above {AppContext.BaseDirectory} holds LstmGpu.sln");
    }
}
