namespace LstmGpu.Devices.OpenCl;

/// <summary>The driver's compiler messages, cut to what an error line can hold.</summary>
internal static unsafe class OpenClBuildLog
{
    private const uint Log = 0x1183;
    private const int Lines = 12, Width = 240;

    public static string Read(ProgramHandle program, nint device)
    {
        if (OpenClNative.GetProgramBuildInfo(program, device, Log, 0, null, out nuint size) != OpenClStatus.Success)
        {
            return "(no log)";
        }
        var bytes = new byte[size];
        fixed (byte* p = bytes)
        {
            int code = OpenClNative.GetProgramBuildInfo(program, device, Log, size, p, out _);
            return code == OpenClStatus.Success ? Shorten(OpenClInfo.Decode(bytes)) : "(no log)";
        }
    }

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
