using System.Text;

namespace LstmGpu.Devices.OpenCl;

/// <summary>Reads the properties of platforms and devices.</summary>
internal static unsafe class OpenClInfo
{
    private const uint PlatformVersionName = 0x0901, PlatformNameName = 0x0902;
    private const uint Type = 0x1000, ComputeUnits = 0x1002, MaxGroup = 0x1004, MaxAllocation = 0x1010, GlobalMemory = 0x101F, LocalMemory = 0x1023;
    private const uint Available = 0x1027, Compiler = 0x1028, Name = 0x102B, Vendor = 0x102C, Driver = 0x102D, Version = 0x102F, Language = 0x103D;
    private const uint SinglePrecision = 0x101B;
    private const ulong CpuType = 1 << 1, GpuType = 1 << 2, AcceleratorType = 1 << 3, CorrectlyRoundedDivide = 1 << 7;

    public static string PlatformName(nint platform) => PlatformText(platform, PlatformNameName);

    public static OpenClDevice Device(nint platform, nint id)
    {
        string version = Text(id, Version);
        string? refusal = OpenClVersion.Refusal(version, Number<uint>(id, Available) != 0, Number<uint>(id, Compiler) != 0);
        return new OpenClDevice(
            platform,
            id,
            PlatformName(platform),
            PlatformText(platform, PlatformVersionName),
            Text(id, Name),
            Text(id, Vendor),
            Text(id, Driver),
            version,
            // OpenCL 1.0 has no such property.
            refusal is null ? Text(id, Language) : "",
            (long)Math.Min(Number<ulong>(id, GlobalMemory), long.MaxValue),
            (long)Math.Min(Number<ulong>(id, MaxAllocation), long.MaxValue),
            (long)Math.Min(Number<ulong>(id, LocalMemory), long.MaxValue),
            (int)Number<uint>(id, ComputeUnits),
            (long)Number<nuint>(id, MaxGroup),
            Kind(Number<ulong>(id, Type)),
            // OpenCL 1.2 added the bit.
            refusal is null && (Number<ulong>(id, SinglePrecision) & CorrectlyRoundedDivide) != 0,
            refusal);
    }

    private static OpenClKind Kind(ulong type) =>
        (type & GpuType) != 0 ? OpenClKind.Gpu
        : (type & AcceleratorType) != 0 ? OpenClKind.Accelerator
        : (type & CpuType) != 0 ? OpenClKind.Cpu
        : OpenClKind.Other;

    private static T Number<T>(nint device, uint name) where T : unmanaged
    {
        T value = default;
        OpenClStatus.Check(OpenClNative.GetDeviceInfo(device, name, (nuint)sizeof(T), &value, out _), "read a property of", "device");
        return value;
    }

    private static string Text(nint device, uint name)
    {
        OpenClStatus.Check(OpenClNative.GetDeviceInfo(device, name, 0, null, out nuint size), "read a property of", "device");
        var bytes = new byte[size];
        fixed (byte* p = bytes)
        {
            OpenClStatus.Check(OpenClNative.GetDeviceInfo(device, name, size, p, out _), "read a property of", "device");
        }
        return Decode(bytes);
    }

    // A platform that does not even say its name is listed without one.
    private static string PlatformText(nint platform, uint name)
    {
        if (OpenClNative.GetPlatformInfo(platform, name, 0, null, out nuint size) != OpenClStatus.Success)
        {
            return "";
        }
        var bytes = new byte[size];
        fixed (byte* p = bytes)
        {
            return OpenClNative.GetPlatformInfo(platform, name, size, p, out _) == OpenClStatus.Success ? Decode(bytes) : "";
        }
    }

    /// <summary>Text of the driver: up to its closing zero, trimmed (some drivers pad names with blanks).</summary>
    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]).Trim();
    }
}
