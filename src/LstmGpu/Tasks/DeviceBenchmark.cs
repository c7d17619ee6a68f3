using LstmGpu.Devices;

namespace LstmGpu.Tasks;

/// <summary>Times what every operation is made of, as <c>lstmgpu bench device</c>: memory, launches, and the way to the host and back.</summary>
public static class DeviceBenchmark
{
    // One cache, then the next, then memory.
    private static readonly long[] Megabytes = [1, 4, 16, 64, 256];
    private const int Launches = 1000;
    private const int Passes = 10;

    /// <summary>Medians over <paramref name="repeat"/> rounds, of 10 passes over a buffer or of 1,000 launches of one thread.</summary>
    /// <param name="largest">Bytes of the largest buffer; smaller where the device has not four times that.</param>
    /// <exception cref="DeviceException">The device cannot run here, or failed.</exception>
    public static IReadOnlyList<DeviceBenchmarkRow> Run(DeviceOptions device, int repeat = 7, long largest = 256L << 20, CancellationToken cancel = default)
    {
        using IBackend backend = DeviceCatalog.Open(device);
        return Run(backend, repeat, largest, cancel);
    }

    internal static IReadOnlyList<DeviceBenchmarkRow> Run(IBackend backend, int repeat, long largest, CancellationToken cancel)
    {
        long most = Math.Min(largest, backend.Device.MemoryBytes / 4);
        List<DeviceBenchmarkRow> rows = [];
        foreach (long bytes in Megabytes.Select(m => m << 20).Where(bytes => bytes <= most))
        {
            rows.AddRange(Memory(backend, bytes, repeat, cancel));
        }
        rows.AddRange(Commands(backend, repeat, cancel));
        return rows;
    }

    private static IEnumerable<DeviceBenchmarkRow> Memory(IBackend backend, long bytes, int repeat, CancellationToken cancel)
    {
        using DeviceBuffer from = backend.Allocate("from", bytes), to = backend.Allocate("to", bytes), result = backend.Allocate("result", sizeof(float));
        DeviceSlice<float> x = new(from, 0, bytes / sizeof(float)), y = new(to, 0, x.Length), total = new(result, 0, 1);
        // What each reads and writes of a buffer.
        (string Name, int Moved, Action Pass)[] passes =
        [
            ("copy", 2, () => backend.Copy(x, y)),
            ("add", 3, () => backend.Add(x, y)),
            ("sum", 1, () => backend.Sum(x, 1, total)),
        ];
        foreach ((string name, int moved, Action pass) in passes)
        {
            double milliseconds = Median(backend, total, Passes, pass, repeat, cancel);
            yield return new(name, bytes, moved * (double)bytes * Passes / milliseconds / 1e6, "GB/s", backend.Device.Name);
        }
    }

    internal static IEnumerable<DeviceBenchmarkRow> Commands(IBackend backend, int repeat, CancellationToken cancel)
    {
        using DeviceBuffer buffer = backend.Allocate("numbers", 2 * sizeof(float));
        DeviceSlice<float> norm = new(buffer, 0, 1), factor = new(buffer, 1, 1);
        void Launch() => backend.ClipFactor(norm, 1, factor);
        double direct = Median(backend, factor, Launches, Launch, repeat, cancel);
        yield return new("launch", 0, direct * 1e3 / Launches, "us", backend.Device.Name);
        if (backend.CanCapture)
        {
            using ICapturedWork captured = backend.Capture(() => Times(Launches, Launch));
            double replayed = Median(backend, factor, 1, captured.Launch, repeat, cancel);
            yield return new("launch in a graph", 0, replayed * 1e3 / Launches, "us", backend.Device.Name);
        }
        double turn = Median(backend, factor, 1, Launch, repeat, cancel);
        yield return new("launch and read back", 0, turn * 1e3, "us", backend.Device.Name);
    }

    // With the download that waits for it.
    private static double Median(IBackend backend, DeviceSlice<float> result, int times, Action command, int repeat, CancellationToken cancel)
    {
        float[] value = new float[1];
        return LstmBenchmark.Median(
            () =>
            {
                Times(times, command);
                backend.Download(result, value);
            },
            repeat,
            warmUp: 2,
            cancel);
    }

    private static void Times(int count, Action command)
    {
        for (int n = 0; n < count; n++)
        {
            command();
        }
    }
}

/// <summary>One measurement.</summary>
/// <param name="Measure">copy, add and sum of a buffer; launch, launch in a graph, launch and read back.</param>
/// <param name="Bytes">Of the buffer, 0 where there is none.</param>
/// <param name="Value">What is read and written per second, or the time of one.</param>
/// <param name="Unit">GB/s or us (microseconds).</param>
public sealed record DeviceBenchmarkRow(string Measure, long Bytes, double Value, string Unit, string Device);
