using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace LstmGpu.Formats;

/// <summary>
/// Files that are either the old or the new version after a crash, never a part: written to a temporary name in the same directory,
/// flushed to the disk, renamed over the old one, and the directory flushed as well.
/// </summary>
internal static partial class DurableFile
{
    private const int InvalidArgument = 22, ReadOnly = 0;
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Replaces <paramref name="path"/> by what <paramref name="write"/> puts into the stream; if that throws, the old file stays.</summary>
    /// <exception cref="DataException">The file system refused: full disk, permission, missing directory.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        var directory = DirectoryOf(path);
        var temporary = Path.Combine(directory, $".{Path.GetFileName(path)}.tmp");
        try
        {
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
            SyncDirectory(directory);
        }
        catch (Exception error)
        {
            Discard(temporary);
            if (DiskFault.Is(error))
            {
                throw DiskFault.Writing(path, error);
            }
            throw;
        }
    }

    /// <inheritdoc cref="Write"/>
    public static void WriteAllBytes(string path, ReadOnlyMemory<byte> bytes) => Write(path, stream => stream.Write(bytes.Span));

    /// <summary>As <see cref="Write"/>, in UTF-8 without a byte-order mark.</summary>
    public static void WriteAllText(string path, string text) => WriteAllBytes(path, Utf8.GetBytes(text));

    /// <summary>Makes the names in a directory survive a power failure. Windows has no such call and needs none.</summary>
    /// <exception cref="IOException">The directory cannot be opened or flushed.</exception>
    public static void SyncDirectory(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }
        using var handle = Open(directory, ReadOnly);
        if (handle.IsInvalid)
        {
            throw LastError(directory);
        }
        // Some network file systems cannot flush a directory and say EINVAL; there is nothing more that could be done.
        if (Flush(handle) != 0 && Marshal.GetLastPInvokeError() != InvalidArgument)
        {
            throw LastError(directory);
        }
    }

    private static string DirectoryOf(string path) => Path.GetDirectoryName(Path.GetFullPath(path)) ?? throw new ArgumentException($"'{path}' names no file", nameof(path));

    private static IOException LastError(string directory)
    {
        var errno = Marshal.GetLastPInvokeError();
        return new($"{Marshal.GetPInvokeErrorMessage(errno)}: '{directory}'", errno);
    }

    private static void Discard(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception error) when (DiskFault.Is(error))
        {
            // The error that brought us here is the one to report; the next write replaces what is left.
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial DirectoryHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Flush(DirectoryHandle handle);

    private sealed partial class DirectoryHandle() : SafeHandleMinusOneIsInvalid(ownsHandle: true)
    {
        protected override bool ReleaseHandle() => Close((int)handle) == 0;

        [LibraryImport("libc", EntryPoint = "close")]
        private static partial int Close(int descriptor);
    }
}
