using LstmGpu.Devices;
using LstmGpu.Devices.Portable;
using LstmGpu.Kernels;

namespace LstmGpu.Tasks;

/// <summary>M7: the largest errors of the special function units against double precision, and of a logistic function made of them.</summary>
internal sealed class ApproximationMeasurement(MicroClock clock, MicroBenchmarkSizes sizes)
{
    // Beyond these ends the functions are 0, 1 or -1 in float32, or grow without a new pattern of bits.
    private static readonly (string Name, int Function, float End, Func<double, double> Exact)[] Functions =
    [
        ("tanh.approx", ApproximateKernels.Tanh, 10, Math.Tanh),
        ("ex2.approx", ApproximateKernels.Exp2, 24, x => Math.Pow(2, x)),
        ("logistic by tanh.approx", ApproximateKernels.LogisticByTanh, 20, Logistic),
        ("logistic by ex2.approx", ApproximateKernels.LogisticByExp2, 20, Logistic),
    ];

    public IEnumerable<MicroBenchmarkRow> Rows()
    {
        ResidentGroups resident = clock.Resident("ApproximateKernels_Evaluate_0");
        return resident.Missing is { } missing
            ? [new("M7", "error of tanh.approx and ex2.approx", 0, 0, null, "", missing, Failed: false)]
            : Functions.SelectMany(f => Measure(f.Name, f.Function, f.End, f.Exact));
    }

    private MicroBenchmarkRow[] Measure(string name, int function, float end, Func<double, double> exact)
    {
        int points = sizes.Points;
        float step = 2 * end / (points - 1);
        using DeviceBuffer buffer = clock.Queue.Allocate("values", (long)points * sizeof(float));
        DeviceSlice<float> y = new(buffer, 0, points);
        ApproximateLauncher.Evaluate(clock.Queue, MicroClock.Along((points + ApproximateKernels.Threads - 1) / ApproximateKernels.Threads), function, y, -end, step, points);
        float[] values = new float[points];
        clock.Queue.Download(y, values);
        (double Error, float At) absolute = (-1, 0), relative = (-1, 0);
        for (int i = 0; i < points; i++)
        {
            float x = ApproximateKernels.Argument(-end, step, i);
            double wanted = exact(x), error = Math.Abs(values[i] - wanted);
            // A comparison with NaN is false: such a value is the worst.
            absolute = error <= absolute.Error ? absolute : (error, x);
            relative = wanted == 0 || error / Math.Abs(wanted) <= relative.Error ? relative : (error / Math.Abs(wanted), x);
        }
        // An absolute error of what grows without bound says nothing.
        return function == ApproximateKernels.Exp2 ? [Row(name, "relative", relative)] : [Row(name, "absolute", absolute), Row(name, "relative", relative)];
    }

    private static MicroBenchmarkRow Row(string name, string unit, (double Error, float At) worst) =>
        double.IsFinite(worst.Error)
            ? new("M7", $"error of {name}", 0, 0, worst.Error, unit, FormattableString.Invariant($"at {worst.At:G6}"), Failed: false)
            : new("M7", $"error of {name}", 0, 0, null, unit, FormattableString.Invariant($"no number at {worst.At:G6}"), Failed: true);

    private static double Logistic(double x) => 1 / (1 + Math.Exp(-x));
}
