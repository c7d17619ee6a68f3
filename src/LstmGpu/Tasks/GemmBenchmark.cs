using LstmGpu.Devices;

namespace LstmGpu.Tasks;

/// <summary>Times a device's matrix product in its three layouts, as <c>lstmgpu bench gemm</c>.</summary>
public static class GemmBenchmark
{
    /// <summary>Medians over <paramref name="repeat"/> products C[M,N] of each layout: A·B, A·Bᵀ and Aᵀ·B, 2·M·N·K operations.</summary>
    /// <exception cref="ConfigurationException">A size below 1 or too large.</exception>
    public static IReadOnlyList<GemmBenchmarkRow> Run(GemmBenchmarkShape shape, DeviceOptions device, int repeat = 7, int warmUp = 2, CancellationToken cancel = default)
    {
        shape.Check();
        (int m, int n, int k) = (shape.M, shape.N, shape.K);
        using IBackend backend = DeviceCatalog.Open(device);
        BenchmarkLimits.RequireMemory(backend, m, rows => Buffers(rows, n, k));
        using DeviceBuffer a = backend.Allocate("A", Bytes(m, k)), b = backend.Allocate("B", Bytes(k, n)), c = backend.Allocate("C", Bytes(m, n));
        DeviceSlice<float> left = Whole(a), right = Whole(b), product = Whole(c);
        backend.Fill(left, 0.5f);
        backend.Fill(right, 0.25f);
        float[] element = new float[1];
        double peak = backend.PeakGflops();
        List<GemmBenchmarkRow> rows = [];
        foreach (GemmLayout layout in Enum.GetValues<GemmLayout>())
        {
            double median = LstmBenchmark.Median(
                () =>
                {
                    backend.Gemm(layout, m, n, k, left, right, product, accumulate: false);
                    backend.Download(product.Slice(0, 1), element); // waits
                },
                repeat,
                warmUp,
                cancel);
            rows.Add(new(shape, layout.ToString(), backend.Device.Name, backend.Device.Units, median, 2.0 * m * n * k / median / 1e6, peak) { Gemm = backend.Device.Gemm ?? GemmWord.Own, Library = backend.Device.GemmLibrary });
        }
        return rows;
    }

    private static (string, long)[] Buffers(int m, int n, int k) => [("A", Bytes(m, k)), ("B", Bytes(k, n)), ("C", Bytes(m, n))];

    private static long Bytes(long rows, long columns) => rows * columns * sizeof(float);

    private static DeviceSlice<float> Whole(DeviceBuffer buffer) => new(buffer, 0, buffer.Bytes / sizeof(float));
}

/// <summary>C[M,N] = Σ over K.</summary>
public readonly record struct GemmBenchmarkShape(int M, int N, int K)
{
    internal void Check()
    {
        int largest = BenchmarkLimits.LargestSize;
        if (M < 1 || N < 1 || K < 1 || M > largest || N > largest || K > largest)
        {
            throw new ConfigurationException($"shape {M},{N},{K}: expected M,N,K from 1 to {largest}, such as 1024,1024,1024");
        }
    }
}

/// <summary>One layout's median in milliseconds.</summary>
/// <param name="Layout">NN, NT or TN.</param>
public sealed record GemmBenchmarkRow(GemmBenchmarkShape Shape, string Layout, string Device, int Units, double Ms, double Gflops, double PeakGflops)
{
    /// <summary>Whose products, as <c>device.gemm</c> spells it.</summary>
    public required string Gemm { get; init; }

    /// <summary>The library with its version; null: our own kernels.</summary>
    public string? Library { get; init; }

    /// <summary>Share of the device's fused-multiply-add rate, measured in the same run.</summary>
    public double ShareOfPeak => Gflops / PeakGflops;
}
