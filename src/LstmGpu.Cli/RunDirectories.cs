using System.Globalization;

namespace LstmGpu.Cli;

/// <summary>Where runs go and where they are found again: <c>runs/</c> under the current directory.</summary>
internal static class RunDirectories
{
    public const string Root = "runs";

    /// <summary>A name that is free: <c>runs/20260131-235959</c>, with <c>-2</c>, <c>-3</c>, … where it is taken.</summary>
    public static string Next(string root, DateTime utc)
    {
        string stem = Path.Combine(root, utc.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture));
        string name = stem;
        for (int i = 2; Path.Exists(name); i++)
        {
            name = stem + "-" + i.ToString(CultureInfo.InvariantCulture);
        }

        return name;
    }

    /// <summary>Checks that a new run may be written to <paramref name="directory"/>.</summary>
    /// <exception cref="ConfigurationException">It is a file, or a directory that is not empty.</exception>
    public static string Fresh(string directory)
    {
        string found = directory.Length == 0 ? "an empty name"
            : File.Exists(directory) ? $"the file '{directory}'"
            : Directory.Exists(directory) && Directory.EnumerateFileSystemEntries(directory).Any() ? $"'{directory}', which is not empty"
            : "";
        return found.Length == 0
            ? directory
            : throw new ConfigurationException(
                $"--out: found {found}, expected a new or empty directory; use another --out, or 'lstmgpu resume' to continue a run");
    }

    /// <summary>The run under <paramref name="root"/> that was written last.</summary>
    /// <exception cref="ConfigurationException">There is none.</exception>
    public static string MostRecent(string root)
    {
        IEnumerable<string> directories = Directory.Exists(root) ? Directory.EnumerateDirectories(root) : [];
        IEnumerable<string> runs = directories.Where(run => Directory.Exists(Path.Combine(run, "checkpoints")));
        return runs.OrderBy(LastWrite).ThenBy(run => run, StringComparer.Ordinal).LastOrDefault()
            ?? throw new ConfigurationException($"found no run under '{root}', expected a run directory; name one, or train one with 'lstmgpu train'");
    }

    private static DateTime LastWrite(string run) =>
        new[] { run, Path.Combine(run, "checkpoints"), Path.Combine(run, "metrics.jsonl") }.Where(Path.Exists).Max(File.GetLastWriteTimeUtc);
}
