using System.Globalization;

namespace LstmGpu.Devices.OpenCl;

/// <summary>
/// Holds a list of buffers against a device before anything is allocated: a driver may accept what it cannot keep and fail at the first touch.
/// </summary>
internal static class OpenClMemoryPlan
{
    private const int Shown = 3;

    /// <exception cref="DeviceException">The sum exceeds the device's memory, or one buffer its largest allocation.</exception>
    public static void Check(OpenClDevice device, IReadOnlyCollection<(string Name, long Bytes)> buffers)
    {
        Int128 needed = 0;
        foreach ((_, long bytes) in buffers)
        {
            needed += bytes;
        }
        if (needed > device.GlobalMemory)
        {
            throw Refusal(device, $"{Count(needed)} bytes needed, {Count(device.GlobalMemory)} available", buffers);
        }
        (string name, long most) = buffers.DefaultIfEmpty().MaxBy(b => b.Bytes);
        if (most > device.MaxAllocation)
        {
            throw Refusal(device, $"{Count(most)} bytes needed for '{name}' alone, {Count(device.MaxAllocation)} available in one buffer", buffers);
        }
    }

    private static DeviceException Refusal(OpenClDevice device, string found, IEnumerable<(string Name, long Bytes)> buffers)
    {
        string largest = string.Join(", ", buffers.OrderByDescending(b => b.Bytes).Take(Shown).Select(b => $"'{b.Name}' {Count(b.Bytes)}"));
        return new($"the plan does not fit '{device.Name}': {found}; largest buffers: {largest}; use a smaller --batch, --bptt or --hidden");
    }

    private static string Count(Int128 bytes) => bytes.ToString("N0", CultureInfo.InvariantCulture);
}
