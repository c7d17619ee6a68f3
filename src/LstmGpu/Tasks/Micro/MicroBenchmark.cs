using LstmGpu.Devices;
using LstmGpu.Devices.Portable;

namespace LstmGpu.Tasks;

/// <summary>
/// Measures what decides how a recurrence is spread over a GPU, as <c>lstmgpu bench micro</c>: M1 barriers and exchanges over the groups of the device, M2 within
/// clusters, M3 one buffer brought to every multiprocessor, M4 tensor cores with the weights in registers, M5 launches, M7 the error of the special functions. (M6,
/// registers and spills of every kernel, is in <c>lstmgpu doctor</c>.) What a device lacks is said in its row.
/// </summary>
public static class MicroBenchmark
{
    /// <param name="repeat">Timed repetitions of which the median is taken.</param>
    /// <param name="quick">Small sizes: they prove that it runs, the numbers say nothing.</param>
    /// <exception cref="DeviceException">The device cannot run here.</exception>
    public static IReadOnlyList<MicroBenchmarkRow> Run(DeviceOptions device, int repeat = 7, bool quick = false, CancellationToken cancel = default)
    {
        using IBackend backend = DeviceCatalog.Open(device);
        return Run(backend, quick ? MicroBenchmarkSizes.Quick : MicroBenchmarkSizes.Full, repeat, cancel);
    }

    internal static IReadOnlyList<MicroBenchmarkRow> Run(IBackend backend, MicroBenchmarkSizes sizes, int repeat, CancellationToken cancel)
    {
        (string Id, Func<MicroClock, IEnumerable<MicroBenchmarkRow>> Measure)[] kernels =
        [
            ("M1", clock => new ExchangeMeasurement(clock, sizes).Rows()),
            ("M2", clock => new ClusterMeasurement(clock, sizes).Rows()),
            ("M3", clock => new GatherMeasurement(clock, sizes).Rows()),
            ("M4", clock => new TensorMeasurement(clock, sizes).Rows()),
            ("M7", clock => new ApproximationMeasurement(clock, sizes).Rows()),
        ];
        List<MicroBenchmarkRow> rows = [];
        foreach ((string id, Func<MicroClock, IEnumerable<MicroBenchmarkRow>> measure) in kernels)
        {
            if (backend is KernelBackend { Queue: { } queue })
            {
                Collect(rows, id, measure(new MicroClock(queue, sizes.WarmUp, repeat, cancel)));
            }
            else
            {
                rows.Add(new(id, "", 0, 0, null, "", $"device '{backend.Device.Name}' is no CUDA device", Failed: false));
            }
        }
        IEnumerable<MicroBenchmarkRow> launches = DeviceBenchmark.Commands(backend, repeat, cancel)
            .Select(row => new MicroBenchmarkRow("M5", row.Measure, 0, 0, row.Value, row.Unit, null, Failed: false));
        Collect(rows, "M5", launches);
        return [.. rows.OrderBy(row => row.Id, StringComparer.Ordinal)];
    }

    // What was measured before a failure stays, and the next measurement has its chance.
    private static void Collect(List<MicroBenchmarkRow> rows, string id, IEnumerable<MicroBenchmarkRow> measured)
    {
        try
        {
            foreach (MicroBenchmarkRow row in measured)
            {
                rows.Add(row);
            }
        }
        catch (DeviceException error)
        {
            rows.Add(new(id, "", 0, 0, null, "", error.Message, Failed: true));
        }
    }
}
