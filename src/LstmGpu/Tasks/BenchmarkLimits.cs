using LstmGpu.Devices;

namespace LstmGpu.Tasks;

/// <summary>What a benchmark shape may ask for.</summary>
internal static class BenchmarkLimits
{
    public const int LargestSize = 65_536;

    /// <exception cref="DeviceException">The plan exceeds the device's memory.</exception>
    public static void RequireMemory(IBackend backend, IEnumerable<(string Name, long Bytes)> plan)
    {
        long needed = plan.Sum(a => a.Bytes) + backend.ScratchBytes;
        if (needed > backend.Device.MemoryBytes)
        {
            throw new DeviceException($"device '{backend.Device.Name}' has {backend.Device.MemoryBytes:N0} bytes, the shape needs {needed:N0}; use a smaller one");
        }
    }
}
