using LstmGpu.Devices;

namespace LstmGpu.Tasks;

/// <summary>What a benchmark shape may ask for.</summary>
internal static class BenchmarkLimits
{
    public const int LargestSize = 65_536;

    /// <param name="batch">B of the shape.</param>
    /// <param name="plan">The buffers of the shape with another B.</param>
    /// <exception cref="DeviceException">The device has less memory, or gives less in one buffer.</exception>
    public static void RequireMemory(IBackend backend, int batch, Func<int, IEnumerable<(string Name, long Bytes)>> plan)
    {
        (string, long)[] Buffers(int b) => [.. plan(b), ("device scratch", backend.ScratchBytes)];
        MemoryPlan.Require(backend.Device, Buffers(batch), () =>
        {
            int fits = MemoryPlan.Largest(backend.Device, batch, Buffers);
            return fits > 0 ? FormattableString.Invariant($"B={fits} fits") : "no B fits: use a smaller T or H";
        });
    }
}
