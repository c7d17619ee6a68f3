using LstmGpu.Devices;
using LstmGpu.Kernels;
using LstmGpu.Layers;
using LstmGpu.Training;

namespace LstmGpu.Tasks;

/// <summary>Times a whole training step of a language model, and each of its operations, as <c>lstmgpu bench step</c>.</summary>
public static class StepBenchmark
{
    /// <summary>
    /// Embedding → LSTM layers → linear → loss → backward → clip to norm 1 → Adam, on random ids. The total is a median of steps as a training takes them,
    /// captured where the device can; the table is the mean of further steps in which every operation carries a stopwatch and is waited for.
    /// </summary>
    /// <exception cref="ConfigurationException">A size below 1.</exception>
    public static StepBenchmarkRow Run(StepBenchmarkShape shape, DeviceOptions device, int repeat = 7, int warmUp = 2, CancellationToken cancel = default)
    {
        shape.Check();
        IBackend plain = DeviceCatalog.Open(device);
        using var backend = new TimedBackend(plain);
        var model = new ModelOptions { Embedding = shape.E, Hidden = shape.H, Layers = shape.L };
        var training = new TrainingOptions { Batch = shape.B, Bptt = shape.T, ClipNorm = 1 };
        LanguageModel Network(IBackend on, int batch) => new(on, model, shape.V, shape.T, batch, training: true);
        BenchmarkLimits.RequireMemory(backend, shape.B, b =>
        {
            using var tried = new TrainingStep(backend, training, Network(backend, b));
            return tried.MemoryPlan();
        });
        double total = Steps(plain, advance => LstmBenchmark.Median(advance, repeat, warmUp, cancel));
        Steps(backend, advance =>
        {
            advance();
            backend.Reset();
            return LstmBenchmark.Median(advance, repeat, warmUp: 0, cancel);
        });
        double sum = backend.Times.Sum(t => t.Milliseconds);
        var operations = backend.Times.OrderByDescending(t => t.Milliseconds).Select(t => new OperationRow(t.Operation, t.Milliseconds / repeat, t.Milliseconds / sum));
        double peak = backend.PeakGflops();
        using var planned = new TrainingStep(plain, training, Network(plain, shape.B));
        long bytes = planned.MemoryPlan().Sum(a => a.Bytes) + backend.ScratchBytes;
        return new(shape, backend.Device.Name, backend.Device.Units, total, shape.Flop / total / 1e6, peak, bytes, [.. operations]);

        double Steps(IBackend on, Func<Action, double> measure)
        {
            var network = Network(on, shape.B);
            using var step = new TrainingStep(on, training, network, device.Graph == "on");
            step.Allocate();
            network.Initialise(seed: 1);
            network.ParametersChanged();
            int[] inputs = RandomIds(shape, key: 1), targets = RandomIds(shape, key: 2);
            long number = 0;
            return measure(() =>
            {
                network.SetWindow(inputs, targets);
                step.Gradients(default);
                step.Apply(rate: 1e-3, ++number);
            });
        }
    }

    private static int[] RandomIds(StepBenchmarkShape shape, uint key)
    {
        int[] ids = new int[shape.T * shape.B];
        for (int n = 0; n < ids.Length; n++)
        {
            uint x0 = (uint)n, x1 = 0, x2 = 0, x3 = 0;
            CounterRng.Draw(key, 0, ref x0, ref x1, ref x2, ref x3);
            ids[n] = (int)(x0 % (uint)shape.V);
        }
        return ids;
    }
}

/// <summary>T steps, B batch, E embedding width, H hidden, L layers, V vocabulary.</summary>
public readonly record struct StepBenchmarkShape(int T, int B, int E, int H, int L, int V)
{
    /// <summary>Arithmetic of the products: three per weight matrix, 2 operations per multiply-add.</summary>
    public double Flop
    {
        get
        {
            double weights = (double)H * V;
            for (int layer = 0; layer < L; layer++)
            {
                weights += (double)Gate.Count * H * ((layer == 0 ? E : H) + H);
            }
            return 3 * 2.0 * T * B * weights;
        }
    }

    internal void Check()
    {
        int largest = BenchmarkLimits.LargestSize;
        if (T < 1 || B < 1 || E < 1 || H < 1 || L < 1 || V < 1 || E > largest || H > largest || L > largest || (long)T * B > int.MaxValue)
        {
            throw new ConfigurationException($"shape {T},{B},{E},{H},{L},{V}: expected T,B,E,H,L,V of at least 1, E, H and L at most {largest} and T·B below 2³¹, such as 35,20,512,512,2,10000");
        }
    }
}

/// <summary>A training step: median milliseconds, and where they go.</summary>
public sealed record StepBenchmarkRow(
    StepBenchmarkShape Shape, string Device, int Threads, double StepMs, double Gflops, double PeakGflops, long PlannedBytes, IReadOnlyList<OperationRow> Operations)
{
    /// <summary>Share of the device's fused-multiply-add rate, measured in the same run.</summary>
    public double ShareOfPeak => Gflops / PeakGflops;
}

/// <summary>One kind of operation within a step: all its calls together.</summary>
public sealed record OperationRow(string Operation, double Milliseconds, double Share);
