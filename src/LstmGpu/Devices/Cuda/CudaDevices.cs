using System.Text;
using LstmGpu.Kernels;

namespace LstmGpu.Devices.Cuda;

/// <summary>What a search found: devices, and why there are none or fewer than expected.</summary>
internal sealed record CudaDiscovery(IReadOnlyList<CudaDevice> Devices, string? Reason);

/// <summary>Every device of the CUDA driver. No driver, an old one and no device are results, never exceptions.</summary>
internal static unsafe class CudaDevices
{
    /// <summary>The first release whose driver brings <see cref="Oldest"/>.</summary>
    public const string OldestDriver = "525";

    private const int ProhibitedMode = 2, NameLength = 256;

    /// <summary>The CUDA version that compiles the PTX (ISA 8.0). Memory pools (11.2), graphs (11.4) and launch attributes (11.8) are older.</summary>
    public static readonly Version Oldest = new(12, 0);

    public static CudaDiscovery Discover() => Discover(CudaLibrary.DefaultNames);

    /// <param name="libraries">File names of the driver's library, first choice first.</param>
    public static CudaDiscovery Discover(IReadOnlyList<string> libraries)
    {
        if (CudaLibrary.Load(libraries) is { } reason)
        {
            return new([], reason);
        }
        // The version first: an old driver may lack other functions.
        int code = CudaNative.DriverGetVersion(out int number);
        Version driver = new(number / 1000, number % 1000 / 10);
        if (code == CudaStatus.Success && driver < Oldest)
        {
            return new([], $"the driver has CUDA {driver}, the kernels need {Oldest}; install NVIDIA's driver {OldestDriver} or later");
        }
        int count = 0;
        code = code == CudaStatus.Success ? CudaNative.Init(0) : code;
        code = code == CudaStatus.Success ? CudaNative.DeviceGetCount(out count) : code;
        if (code == CudaStatus.NoDevice || (code == CudaStatus.Success && count == 0))
        {
            return new([], "the CUDA driver shows no device; check nvidia-smi and CUDA_VISIBLE_DEVICES");
        }
        if (code != CudaStatus.Success)
        {
            return new([], $"the CUDA driver does not start: {CudaStatus.Describe(code)}; check nvidia-smi");
        }
        List<CudaDevice> devices = [];
        List<string> reasons = [];
        for (int ordinal = 0; ordinal < count; ordinal++)
        {
            try
            {
                devices.Add(Describe(ordinal, driver));
            }
            catch (DeviceException e)
            {
                // One broken device must not hide the others.
                reasons.Add(e.Message);
            }
        }
        return new(devices, reasons.Count == 0 ? null : string.Join("; ", reasons));
    }

    /// <summary>Why a device cannot run the kernels, or null.</summary>
    public static string? Refusal(Version computeCapability, int computeMode) =>
        PtxImages.Architecture((10 * computeCapability.Major) + computeCapability.Minor) is null
            ? $"it has compute capability {computeCapability}, the kernels need 7.0; use --device opencl or --device cpu"
        : computeMode == ProhibitedMode ? "its compute mode is 'prohibited'; change it with nvidia-smi -c 0"
        : null;

    private static CudaDevice Describe(int ordinal, Version driver)
    {
        string subject = FormattableString.Invariant($"device {ordinal}");
        CudaStatus.Check(CudaNative.DeviceGet(out int id, ordinal), "describe", subject);
        int Attribute(CudaDeviceAttribute attribute)
        {
            CudaStatus.Check(CudaNative.DeviceGetAttribute(out int value, attribute, id), "describe", subject);
            return value;
        }
        byte* name = stackalloc byte[NameLength];
        CudaStatus.Check(CudaNative.DeviceGetName(name, NameLength, id), "describe", subject);
        CudaStatus.Check(CudaNative.DeviceTotalMem(out nuint memory, id), "describe", subject);
        Version capability = new(Attribute(CudaDeviceAttribute.ComputeCapabilityMajor), Attribute(CudaDeviceAttribute.ComputeCapabilityMinor));
        return new(
            ordinal,
            id,
            Text(new ReadOnlySpan<byte>(name, NameLength)),
            driver,
            capability,
            Attribute(CudaDeviceAttribute.MultiprocessorCount),
            (long)memory,
            Attribute(CudaDeviceAttribute.MaxSharedMemoryPerBlockOptIn),
            Attribute(CudaDeviceAttribute.MemoryPoolsSupported) != 0,
            Attribute(CudaDeviceAttribute.CooperativeLaunch) != 0,
            Attribute(CudaDeviceAttribute.ClusterLaunch) != 0,
            Refusal(capability, Attribute(CudaDeviceAttribute.ComputeMode)));
    }

    // Up to its closing zero.
    private static string Text(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]).Trim();
    }
}
