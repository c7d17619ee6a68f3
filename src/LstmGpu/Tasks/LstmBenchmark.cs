using System.Diagnostics;
using LstmGpu.Devices;
using LstmGpu.Layers;
using LstmGpu.Memory;

namespace LstmGpu.Tasks;

/// <summary>Times a stack of LSTM layers on a device, as <c>lstmgpu bench lstm</c>.</summary>
public static class LstmBenchmark
{
    /// <summary>
    /// Medians over <paramref name="repeat"/> passes: forward alone, and forward with backward (gradients of the input and of all weights).
    /// The arithmetic counted is 3 · 2·T·B·G·H·(I+H) per layer and direction, G = 4 gates of an LSTM, 3 of a GRU, 1: one product forward, two backward.
    /// </summary>
    /// <param name="cell">As <c>model.cell</c>.</param>
    /// <param name="lengths">The rows have different lengths, T at most; the arithmetic is counted as if all had T.</param>
    /// <exception cref="ConfigurationException">A size below 1, more than two directions, or no such cell.</exception>
    public static LstmBenchmarkRow Run(
        LstmBenchmarkShape shape, DeviceOptions device, int repeat = 7, int warmUp = 2, string cell = "lstm", bool lengths = false, CancellationToken cancel = default)
    {
        shape.Check();
        using IBackend backend = DeviceCatalog.Open(device);
        BenchmarkLimits.RequireMemory(backend, shape.B, b =>
        {
            using var tried = new ModelMemory(training: true);
            Build(backend, tried, shape with { B = b }, cell);
            return tried.Plan().ToArray();
        });
        using var memory = new ModelMemory(training: true);
        (RecurrentStack stack, ArenaEntry input, ArenaEntry dInput) = Build(backend, memory, shape, cell);
        memory.Allocate(backend);
        var init = new Initialiser(backend, seed: 1);
        stack.Initialise(init, forgetBias: null);
        init.Normal(memory.Reserve, input);
        DeviceSlice<float> x = memory.Reserve[input];
        using DeviceBuffer lengthBuffer = backend.Allocate("lengths", (long)shape.B * sizeof(int));
        DeviceSlice<int> steps = lengths ? new(lengthBuffer, 0, shape.B) : default;
        if (lengths)
        {
            backend.Upload<int>(shape.Lengths(), steps);
        }

        // One element comes back: a download is what waits for a device that runs behind.
        float[] element = new float[1];
        void Wait(DeviceSlice<float> result) => backend.Download(result.Slice(0, 1), element);
        // The output gradient is refilled from the output itself: values of the right size that cost one copy.
        void Forward()
        {
            stack.Pack();
            Wait(stack.Forward(shape.T, x, steps, key: null));
        }
        void Both()
        {
            backend.Fill(memory.Gradients.All, 0);
            stack.Pack();
            DeviceSlice<float> y = stack.Forward(shape.T, x, steps, key: null);
            backend.Copy(y, stack.DOutput(shape.T));
            stack.ResetStateGradients();
            stack.Backward(shape.T, x, memory.Workspace[dInput], steps, key: null);
            Wait(memory.Workspace[dInput]);
        }
        double forward = Median(Forward, repeat, warmUp, cancel);
        double both = Median(Both, repeat, warmUp, cancel);
        double peak = backend.PeakGflops();
        double flop = 0;
        for (int layer = 0; layer < shape.L; layer++)
        {
            double inputs = layer == 0 ? shape.I : (double)shape.H * shape.D;
            flop += shape.D * 3 * 2.0 * shape.T * shape.B * new RecurrentShape(ModelStack.CellOf(cell), 1, 1, 1, 1, 1).Gates * shape.H * (inputs + shape.H);
        }
        return new(shape, backend.Device.Name, backend.Device.Units, forward, both, flop / both / 1e6, peak);
    }

    private static (RecurrentStack Stack, ArenaEntry Input, ArenaEntry DInput) Build(IBackend backend, ModelMemory memory, LstmBenchmarkShape shape, string cell)
    {
        var options = new StackOptions { Cell = ModelStack.CellOf(cell), Layers = shape.L, Bidirectional = shape.D == 2 };
        var stack = new RecurrentStack(backend, memory, "", shape.T, shape.B, shape.I, shape.H, options);
        ArenaEntry input = memory.ReserveLayout.Add("input", shape.T, shape.B, shape.I);
        return (stack, input, memory.WorkspaceLayout.Add("d_input", shape.T, shape.B, shape.I));
    }

    internal static double Median(Action pass, int repeat, int warmUp, CancellationToken cancel)
    {
        double[] times = new double[repeat];
        for (int n = -warmUp; n < repeat; n++)
        {
            cancel.ThrowIfCancellationRequested();
            long start = Stopwatch.GetTimestamp();
            pass();
            double elapsed = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            if (n >= 0)
            {
                times[n] = elapsed;
            }
        }
        Array.Sort(times);
        return repeat % 2 == 1 ? times[repeat / 2] : (times[repeat / 2 - 1] + times[repeat / 2]) / 2;
    }
}

/// <summary>T steps, B batch, I input, H hidden, L layers, D directions, 1 or 2.</summary>
public readonly record struct LstmBenchmarkShape(int T, int B, int I, int H, int L, int D = 1)
{
    /// <summary>Of each row, 1 to T: T first, then every seventh below it.</summary>
    internal int[] Lengths()
    {
        int steps = T;
        return [.. Enumerable.Range(0, B).Select(b => steps - (int)(7L * b % steps))];
    }

    internal void Check()
    {
        int largest = BenchmarkLimits.LargestSize;
        if (T < 1 || B < 1 || I < 1 || H < 1 || L < 1 || D is not (1 or 2) || I > largest || H > largest || L > largest || (long)T * B > int.MaxValue)
        {
            throw new ConfigurationException($"shape {T},{B},{I},{H},{L},{D}: expected T,B,I,H,L of at least 1, I, H and L at most {largest}, T·B below 2³¹ and 1 or 2 directions, such as 64,32,256,256,1");
        }
    }
}

/// <summary>Medians in milliseconds. Forward+backward includes the gradients of the input and of all weights.</summary>
public sealed record LstmBenchmarkRow(
    LstmBenchmarkShape Shape, string Device, int Threads, double ForwardMs, double ForwardBackwardMs, double Gflops, double PeakGflops)
{
    /// <summary>Share of the device's fused-multiply-add rate, measured in the same run.</summary>
    public double ShareOfPeak => Gflops / PeakGflops;
}
