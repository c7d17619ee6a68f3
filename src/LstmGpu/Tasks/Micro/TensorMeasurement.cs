using LstmGpu.Devices;
using LstmGpu.Devices.Portable;
using LstmGpu.Kernels;

namespace LstmGpu.Tasks;

/// <summary>M4: products on tensor cores with both operands in registers, eight warps on a multiprocessor, for batches of 8 to 32.</summary>
internal sealed class TensorMeasurement(MicroClock clock, MicroBenchmarkSizes sizes)
{
    private const int WarpSize = 32, RepeatsPerWork = 64;

    public IEnumerable<MicroBenchmarkRow> Rows()
    {
        ResidentGroups resident = clock.Resident("RateKernels_Multiply_2_1");
        return resident.Missing is { } missing
            ? [new("M4", "mma", 0, 0, null, "TFLOP/s", missing, Failed: false)]
            : sizes.Forms.SelectMany(form => sizes.Tiles.Select(tiles => Measure(form, tiles, resident.Units)));
    }

    private MicroBenchmarkRow Measure(int form, int tiles, int groups)
    {
        int repeats = Math.Max(1, sizes.Work * RepeatsPerWork);
        using DeviceBuffer buffer = clock.Queue.Allocate("sums", (long)groups * RateKernels.Threads * sizeof(float));
        DeviceSlice<float> result = new(buffer, 0, (long)groups * RateKernels.Threads);
        double milliseconds = clock.Milliseconds(repeats, n => RateLauncher.Multiply(clock.Queue, MicroClock.Along(groups), form, tiles, result, n));
        double deep = form == Rounding.Tf32 ? TensorCore.Depth : 2 * TensorCore.Depth;
        double products = (double)groups * RateKernels.Threads / WarpSize * repeats * RateKernels.FragmentsDown * RateKernels.FragmentsDeep * tiles;
        string name = FormattableString.Invariant($"mma {PrecisionWord.Of((ProductPrecision)form)}, N={TensorCore.Columns * tiles}");
        return new("M4", name, groups, 0, 2 * TensorCore.Rows * TensorCore.Columns * deep * products / milliseconds / 1e9, "TFLOP/s", null, Failed: false);
    }
}
