namespace LstmGpu.Devices;

/// <summary>Messages of a driver's compiler, cut to what an error line can hold.</summary>
internal static class DriverLog
{
    private const int Lines = 12, Width = 240;

    /// <summary>The first lines, joined by <c> | </c>.</summary>
    public static string Shorten(string log)
    {
        string[] lines = log.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string first = string.Join(" | ", lines.Take(Lines).Select(l => l.Length <= Width ? l : l[..Width] + "…"));
        return lines.Length == 0 ? "(empty log)"
            : lines.Length <= Lines ? first
            : FormattableString.Invariant($"{first} | … {lines.Length - Lines} more lines");
    }
}
