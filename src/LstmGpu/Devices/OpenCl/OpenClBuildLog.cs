namespace LstmGpu.Devices.OpenCl;

/// <summary>The driver's compiler messages.</summary>
internal static unsafe class OpenClBuildLog
{
    private const uint Log = 0x1183;

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
            return code == OpenClStatus.Success ? DriverLog.Shorten(OpenClInfo.Decode(bytes)) : "(no log)";
        }
    }
}
