using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace LstmGpu.Formats;

/// <summary>
/// The file <c>DONE</c>, written last: a checkpoint without it does not exist. One line per file: SHA-256, length in bytes, name.
/// </summary>
internal static class CheckpointManifest
{
    public const string FileName = "DONE";

    public static bool IsIn(string directory) => File.Exists(Path.Combine(directory, FileName));

    /// <summary>Flushes every file of the directory to the disk, then writes <c>DONE</c>.</summary>
    /// <exception cref="IOException">A file cannot be read or flushed.</exception>
    /// <exception cref="DataException"><c>DONE</c> cannot be written.</exception>
    public static void Write(string directory)
    {
        var text = new StringBuilder();
        foreach (var file in Directory.GetFiles(directory).Order(StringComparer.Ordinal))
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
            stream.Flush(flushToDisk: true);
            text.Append(CultureInfo.InvariantCulture, $"{Convert.ToHexStringLower(SHA256.HashData(stream))} {stream.Length} {Path.GetFileName(file)}\n");
        }
        DurableFile.WriteAllText(Path.Combine(directory, FileName), text.ToString());
    }

    /// <summary>The first difference between the directory and its <c>DONE</c>, as "found …, expected …"; null when there is none.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static string? FirstFault(string directory)
    {
        if (!IsIn(directory))
        {
            return $"it has no {FileName}, so it was never completed";
        }
        foreach (var line in File.ReadLines(Path.Combine(directory, FileName)))
        {
            if (line.Split(' ', 3) is not [{ Length: 2 * SHA256.HashSizeInBytes } hash, var length, var name]
                || !long.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes)
                || Path.GetFileName(name) != name)
            {
                return $"{FileName} has a line {Quote.Name(line)}, expected 'sha256 length name'";
            }
            if (FaultOf(Path.Combine(directory, name), bytes, hash) is { } fault)
            {
                return $"{Quote.Name(name)} {fault}";
            }
        }
        return null;
    }

    private static string? FaultOf(string file, long bytes, string hash)
    {
        if (!File.Exists(file))
        {
            return $"is missing, expected {bytes} bytes";
        }
        using var stream = File.OpenRead(file);
        if (stream.Length != bytes)
        {
            return $"has {stream.Length} bytes, expected {bytes}";
        }
        var found = Convert.ToHexStringLower(SHA256.HashData(stream));
        return found == hash ? null : $"has SHA-256 {found}, expected {hash}";
    }
}
