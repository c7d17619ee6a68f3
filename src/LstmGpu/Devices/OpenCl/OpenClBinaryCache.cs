using System.Security.Cryptography;
using System.Text;

namespace LstmGpu.Devices.OpenCl;

/// <summary>
/// Programs as the driver compiled them, on disk. A file is 32 bytes SHA-256 of the binary, then the binary: a driver that is handed a torn
/// binary may crash. A cache that cannot be read or written only costs time.
/// </summary>
/// <param name="directory">Where the files are, or null for no cache.</param>
internal sealed class OpenClBinaryCache(string? directory)
{
    public const string Variable = "LSTMGPU_CACHE";

    /// <summary>Programs that the driver took from the cache.</summary>
    public int Hits { get; private set; }

    /// <summary>Programs that were compiled from source.</summary>
    public int Misses { get; private set; }

    /// <summary>Files that were there, but torn, or not to the driver's taste.</summary>
    public int Refused { get; private set; }

    /// <summary>Why the last binary could not be written, or null.</summary>
    public string? WriteFault { get; private set; }

    public static OpenClBinaryCache Default() => new(DefaultDirectory(Environment.GetEnvironmentVariable));

    /// <summary>LSTMGPU_CACHE, else lstmgpu in the user's cache directory (XDG base directories on Unix); null where there is no such place.</summary>
    public static string? DefaultDirectory(Func<string, string?> environment)
    {
        if (environment(Variable) is { Length: > 0 } chosen)
        {
            return Path.Combine(Path.GetFullPath(chosen), "opencl");
        }
        string parent = OperatingSystem.IsWindows() || OperatingSystem.IsMacOS()
            ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
            : environment("XDG_CACHE_HOME") is { } cache && Path.IsPathFullyQualified(cache) ? cache
            : environment("HOME") is { Length: > 0 } home ? Path.Combine(home, ".cache")
            : "";
        return parent.Length == 0 ? null : Path.Combine(parent, "lstmgpu", "opencl");
    }

    /// <summary>Names a binary by all that decides it.</summary>
    public static string Key(OpenClDevice device, string source, string options)
    {
        string[] parts = [device.PlatformName, device.PlatformVersion, device.Name, device.Vendor, device.DriverVersion, device.Version, options, source];
        // Lengths stand in front, so that no two lists join to the same text.
        string all = string.Concat(parts.Select(p => FormattableString.Invariant($"{p.Length}:{p}")));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(all)));
    }

    /// <summary>The binary, or null where there is none that is whole.</summary>
    public byte[]? Read(string key)
    {
        if (directory is null)
        {
            return null;
        }
        try
        {
            byte[] file = File.ReadAllBytes(FileOf(key));
            if (file.Length > SHA256.HashSizeInBytes
                && SHA256.HashData(file.AsSpan(SHA256.HashSizeInBytes)).AsSpan().SequenceEqual(file.AsSpan(0, SHA256.HashSizeInBytes)))
            {
                return file[SHA256.HashSizeInBytes..];
            }
            Refused++;
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Puts the file in place whole: a temporary name, then a rename, so that processes starting together do not see half of it.</summary>
    public void Write(string key, ReadOnlySpan<byte> binary)
    {
        if (directory is null)
        {
            return;
        }
        string temporary = Path.Combine(directory, $".{key}.{Guid.NewGuid():N}.tmp");
        try
        {
            CreateDirectory(directory);
            using (FileStream stream = File.Create(temporary))
            {
                stream.Write(SHA256.HashData(binary));
                stream.Write(binary);
            }
            File.Move(temporary, FileOf(key), overwrite: true);
            WriteFault = null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            WriteFault = e.Message;
            Discard(temporary);
        }
    }

    public void CountHit() => Hits++;

    public void CountMiss() => Misses++;

    /// <summary>The driver did not take the binary that <see cref="Read"/> gave.</summary>
    public void CountRefusal() => Refused++;

    private string FileOf(string key) => Path.Combine(directory!, key + ".bin");

    // What lies here is executed: nobody else may write it.
    private static void CreateDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private static void Discard(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next program is cached under another name; this file only takes space.
        }
    }
}
