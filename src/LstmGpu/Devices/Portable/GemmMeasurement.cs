using System.Diagnostics;

namespace LstmGpu.Devices.Portable;

/// <summary>What the products of an LSTM step take on a device.</summary>
internal static class GemmMeasurement
{
    // T·B = 35·64 rows, 512 inputs and units: the gates of a layer, the gradients of its input and of its weight. Then a decoder over 10,000 tokens.
    private static readonly (GemmLayout Layout, int M, int N, int K)[] Products =
    [
        (GemmLayout.NT, 2240, 2048, 512),
        (GemmLayout.NN, 2240, 512, 2048),
        (GemmLayout.TN, 2048, 512, 2240),
        (GemmLayout.NT, 700, 10000, 650),
    ];

    private const int Repeats = 5, WarmUp = 2;

    /// <summary>The sum of the medians, in milliseconds.</summary>
    public static double Milliseconds(IBackend backend)
    {
        static long Bytes(long rows, long columns) => rows * columns * sizeof(float);
        using DeviceBuffer left = backend.Allocate("left operands", Products.Max(p => Bytes(p.M, p.K)));
        using DeviceBuffer right = backend.Allocate("right operands", Products.Max(p => Bytes(p.K, p.N)));
        using DeviceBuffer result = backend.Allocate("products", Products.Max(p => Bytes(p.M, p.N)));
        backend.Fill(new(left, 0, left.Bytes / sizeof(float)), 0.5f);
        backend.Fill(new(right, 0, right.Bytes / sizeof(float)), 0.25f);
        float[] element = new float[1];
        double sum = 0;
        foreach ((GemmLayout layout, int m, int n, int k) in Products)
        {
            DeviceSlice<float> a = new(left, 0, (long)m * k), b = new(right, 0, (long)k * n), c = new(result, 0, (long)m * n);
            double[] times = new double[Repeats];
            for (int pass = -WarmUp; pass < Repeats; pass++)
            {
                long start = Stopwatch.GetTimestamp();
                backend.Gemm(layout, m, n, k, a, b, c, accumulate: false);
                backend.Download(c.Slice(0, 1), element); // waits
                times[Math.Max(pass, 0)] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            }
            sum += times.Order().ElementAt(Repeats / 2);
        }
        return sum;
    }
}
