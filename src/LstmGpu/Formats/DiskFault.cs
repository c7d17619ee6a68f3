namespace LstmGpu.Formats;

/// <summary>Turns an error of the file system into one line that says what to do.</summary>
internal static class DiskFault
{
    // errno and HRESULT values: .NET keeps the raw errno of an IOException in HResult.
    private const int NoSpaceErrno = 28, QuotaLinux = 122, QuotaMac = 69;
    private const int DiskFullWindows = unchecked((int)0x80070070), HandleDiskFullWindows = unchecked((int)0x80070027);

    public static bool Is(Exception error) => error is IOException or UnauthorizedAccessException || IsTooLarge(error);

    public static DataException Reading(string path, Exception cause) =>
        new($"cannot read '{path}': {Reason(cause)}; check the path and its permissions", cause);

    /// <summary>For a file; a checkpoint store, which knows the run, says more.</summary>
    public static DataException Writing(string path, Exception cause) => new($"cannot write '{path}': {Reason(cause)}; {NextStep(cause, "run the command again")}", cause);

    /// <summary>What happened, without the path and without a full stop.</summary>
    public static string Reason(Exception cause) => cause switch
    {
        _ when IsFull(cause) => "no space left on device",
        _ when IsTooLarge(cause) => "the file would become larger than the file system or ulimit -f allows",
        UnauthorizedAccessException => "permission denied, or it is a directory",
        FileNotFoundException => "there is no such file",
        DirectoryNotFoundException => "its directory does not exist",
        _ => cause.Message.ReplaceLineEndings(" ").TrimEnd('.', ' '),
    };

    /// <summary>What to do about it, and then <paramref name="retry"/>.</summary>
    public static string NextStep(Exception cause, string retry) =>
        IsFull(cause) ? $"free space and {retry}" : $"check the path and its permissions and {retry}";

    // EFBIG: alone among the errors of a write, .NET reports it as an argument of this name.
    private static bool IsTooLarge(Exception cause) => cause is ArgumentOutOfRangeException { ParamName: "value" };

    private static bool IsFull(Exception cause) =>
        cause is IOException && (OperatingSystem.IsWindows()
            ? cause.HResult is DiskFullWindows or HandleDiskFullWindows
            : cause.HResult is NoSpaceErrno or QuotaLinux or QuotaMac);
}
