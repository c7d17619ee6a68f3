namespace LstmGpu.Devices.OpenCl;

/// <summary>What a search found: devices, and why there are none or fewer than expected.</summary>
internal sealed record OpenClDiscovery(IReadOnlyList<OpenClDevice> Devices, string? Reason)
{
    public IEnumerable<OpenClDevice> Usable => Devices.Where(d => d.Unusable is null);
}

/// <summary>Every device of every OpenCL platform of the machine. No loader, no platform and no device are results, never exceptions.</summary>
internal static unsafe class OpenClDevices
{
    private const ulong AllTypes = 0xFFFFFFFF;

    public static OpenClDiscovery Discover() => Discover(OpenClLibrary.DefaultNames);

    /// <param name="libraries">File names of the loader, first choice first.</param>
    public static OpenClDiscovery Discover(IReadOnlyList<string> libraries)
    {
        if (OpenClLibrary.Load(libraries) is { } reason)
        {
            return new([], reason);
        }
        int code = OpenClNative.GetPlatformIDs(0, null, out uint count);
        if (code == OpenClStatus.PlatformNotFound || (code == OpenClStatus.Success && count == 0))
        {
            return new([], "no OpenCL platform: the loader is installed but no driver is; install the GPU's driver, or PoCL for the CPU");
        }
        var platforms = new nint[count];
        fixed (nint* p = platforms)
        {
            code = code == OpenClStatus.Success ? OpenClNative.GetPlatformIDs(count, p, out _) : code;
        }
        if (code != OpenClStatus.Success)
        {
            return new([], $"the OpenCL platforms cannot be listed: {OpenClStatus.Describe(code)}; check the driver");
        }
        List<OpenClDevice> devices = [];
        List<string> reasons = [];
        foreach (nint platform in platforms)
        {
            AddPlatform(platform, devices, reasons);
        }
        return new(devices, reasons.Count == 0 ? null : string.Join("; ", reasons));
    }

    private static void AddPlatform(nint platform, List<OpenClDevice> devices, List<string> reasons)
    {
        string name = OpenClInfo.PlatformName(platform);
        int code = OpenClNative.GetDeviceIDs(platform, AllTypes, 0, null, out uint count);
        if (code == OpenClStatus.DeviceNotFound || (code == OpenClStatus.Success && count == 0))
        {
            reasons.Add($"platform '{name}' has no device");
            return;
        }
        var ids = new nint[count];
        fixed (nint* p = ids)
        {
            code = code == OpenClStatus.Success ? OpenClNative.GetDeviceIDs(platform, AllTypes, count, p, out _) : code;
        }
        if (code != OpenClStatus.Success)
        {
            reasons.Add($"the devices of platform '{name}' cannot be listed: {OpenClStatus.Describe(code)}");
            return;
        }
        foreach (nint id in ids)
        {
            try
            {
                devices.Add(OpenClInfo.Device(platform, id));
            }
            catch (DeviceException e)
            {
                // One broken driver must not hide the devices of the others.
                reasons.Add($"a device of platform '{name}' cannot be described: {e.Message}");
            }
        }
    }
}
