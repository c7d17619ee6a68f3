using Microsoft.Win32.SafeHandles;

namespace LstmGpu.Data;

/// <summary>Opens a file that the user named, and says in one line why it cannot be opened.</summary>
internal static class InputFile
{
    /// <param name="what">What the file is to the user, such as <c>data file</c>.</param>
    /// <exception cref="DataException">The file is missing, a directory, or may not be read.</exception>
    public static SafeFileHandle Open(string path, string what)
    {
        if (Directory.Exists(path))
        {
            throw new DataException($"{what} '{path}' is a directory, expected a file; name one of the files in it");
        }

        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DataException($"{what} '{path}' does not exist; check the path (the current directory is '{Environment.CurrentDirectory}')", missing);
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new DataException($"{what} '{path}' may not be read by this user, expected read permission; change its permissions or copy it", denied);
        }
        catch (Exception failed) when (failed is IOException or ArgumentException or NotSupportedException)
        {
            throw new DataException($"{what} '{path}' cannot be opened: {failed.Message}; check the path", failed);
        }
    }

    /// <inheritdoc cref="Open"/>
    public static FileStream OpenStream(string path, string what) => new(Open(path, what), FileAccess.Read);
}
