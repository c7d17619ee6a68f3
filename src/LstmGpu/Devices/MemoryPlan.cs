using System.Globalization;

namespace LstmGpu.Devices;

/// <summary>
/// Holds a list of buffers against a device before anything is allocated: a driver may accept what it cannot keep and fail at the first touch.
/// </summary>
internal static class MemoryPlan
{
    public const string SmallerRun = "use a smaller --batch, --bptt or --hidden";

    private const int Shown = 3;

    /// <param name="advice">What to do, asked for only where the plan does not fit.</param>
    /// <exception cref="DeviceException">The sum exceeds the device's memory, or one buffer its largest allocation.</exception>
    public static void Require(DeviceDescription device, IReadOnlyCollection<(string Name, long Bytes)> buffers, Func<string> advice) =>
        Require($"{device.Name}: {device.Model}", device.MemoryBytes, device.LargestBufferBytes, buffers, advice);

    /// <inheritdoc cref="Require(DeviceDescription, IReadOnlyCollection{ValueTuple{string, long}}, Func{string})"/>
    public static void Require(string device, long memory, long? largest, IReadOnlyCollection<(string Name, long Bytes)> buffers, Func<string> advice)
    {
        if (Excess(memory, largest, buffers) is { } found)
        {
            string top = string.Join(", ", buffers.OrderByDescending(b => b.Bytes).Take(Shown).Select(b => $"'{b.Name}' {Count(b.Bytes)}"));
            throw new DeviceException($"the plan does not fit '{device}': {found}; largest buffers: {top}; {advice()}");
        }
    }

    /// <summary>The largest number from 1 to <paramref name="most"/> whose plan fits, or 0. A plan must not shrink as the number grows.</summary>
    public static int Largest(DeviceDescription device, long most, Func<int, IReadOnlyCollection<(string Name, long Bytes)>> plan)
    {
        long fits = 0, tooMany = most + 1;
        while (tooMany - fits > 1)
        {
            long middle = (fits + tooMany) / 2;
            if (Excess(device.MemoryBytes, device.LargestBufferBytes, plan((int)middle)) is null)
            {
                fits = middle;
            }
            else
            {
                tooMany = middle;
            }
        }
        return (int)fits;
    }

    private static string? Excess(long memory, long? largest, IReadOnlyCollection<(string Name, long Bytes)> buffers)
    {
        Int128 needed = 0;
        foreach ((_, long bytes) in buffers)
        {
            needed += bytes;
        }
        if (needed > memory)
        {
            return $"{Count(needed)} bytes needed, {Count(memory)} available";
        }
        (string name, long most) = buffers.DefaultIfEmpty().MaxBy(b => b.Bytes);
        return most > largest ? $"{Count(most)} bytes needed for '{name}' alone, {Count(largest.Value)} available in one buffer" : null;
    }

    private static string Count(Int128 bytes) => bytes.ToString("N0", CultureInfo.InvariantCulture);
}
