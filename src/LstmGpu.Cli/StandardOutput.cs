using System.Text;
using Microsoft.Win32.SafeHandles;

namespace LstmGpu.Cli;

/// <summary>The standard output as UTF-8 without a byte order mark, flushed at every write, and loud when its reader has gone.</summary>
internal static class StandardOutput
{
    private const int UnixBrokenPipe = 32;
    private const int WindowsBrokenPipe = unchecked((int)0x8007006D);
    private const int WindowsPipeClosing = unchecked((int)0x800700E8);

    public static TextWriter Open() => new StreamWriter(OpenStream(), new UTF8Encoding(false)) { AutoFlush = true };

    /// <summary>True where the reader of a pipe has ended, as <c>head</c> does.</summary>
    public static bool IsBrokenPipe(Exception exception) =>
        exception is IOException { HResult: UnixBrokenPipe or WindowsBrokenPipe or WindowsPipeClosing };

    /// <summary>
    /// The stream of <see cref="Console"/> swallows a broken pipe, and <c>generate | head</c> would go on to its last character. A file stream
    /// reports it; but only for pipes, because on a file it would ignore the offset that is shared with other processes.
    /// </summary>
    private static Stream OpenStream()
    {
        if (!OperatingSystem.IsWindows() && Console.IsOutputRedirected)
        {
            try
            {
                FileStream pipe = new(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
                if (!pipe.CanSeek)
                {
                    return pipe;
                }
            }
            catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException)
            {
                // A closed or unusual descriptor: the console stream knows how to write to nothing.
            }
        }

        return Console.OpenStandardOutput();
    }
}
