using System.Runtime.InteropServices;
using LstmGpu.Devices;
using LstmGpu.Devices.Cpu;
using LstmGpu.Devices.Reference;
using Xunit;

namespace LstmGpu.Tests.Devices;

public sealed partial class BackendContract
{
    /// <summary>Every operation that computes, with sizes that are worth sharing out: what it leaves behind, as one array.</summary>
    private static readonly Dictionary<string, Func<IBackend, float[]>> Computations = MakeComputations();

    public static TheoryData<string, string> BitCases
    {
        get
        {
            TheoryData<string, string> cases = [];
            // The emulator runs one thread at a time in a fixed order, and would take hours.
            foreach (string device in DeviceUnderTest.Names.Where(name => !AwkwardSizes.IsSlow(name)))
            {
                foreach (string computation in Computations.Keys)
                {
                    cases.Add(device, computation);
                }
            }
            return cases;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(BitCases))]
    public void Results_AreBitEqual_HoweverManyThreadsAndFromRunToRun(string device, string computation)
    {
        Func<IBackend, float[]> compute = Computations[computation];
        float[] expected;
        using (IBackend backend = DeviceUnderTest.Open(device, threads: 1))
        {
            expected = compute(backend);
        }
        foreach (int threads in device == CpuDevice.Name ? [1, 2, 3] : (int[])[2])
        {
            using IBackend backend = DeviceUnderTest.Open(device, threads);
            for (int repeat = 0; repeat < 3; repeat++)
            {
                Near.SameBits($"{computation}, {threads} threads, run {repeat}", expected, compute(backend));
            }
        }
    }

    private static Dictionary<string, Func<IBackend, float[]>> MakeComputations()
    {
        const int Long = 100_003;
        Dictionary<string, Func<IBackend, float[]>> computations = new()
        {
            ["AddBias 257×65"] = backend => backend.AddBias(257, 65, Draw(1, 65), Draw(2, 257 * 65)),
            ["BiasGradient 2049×65"] = backend => backend.BiasGradient(2049, 65, Draw(1, 2049 * 65), Draw(2, 65)),
            ["OneHot 257×65"] = backend => backend.OneHot(257, 65, AwkwardSizes.Tokens(257, 65)),
            ["EmbeddingForward 2049×65"] = backend => backend.EmbeddingForward(2049, 65, AwkwardSizes.Tokens(2049, 63), Draw(1, 63 * 65)),
            ["EmbeddingBackward 2049×65"] = backend => backend.EmbeddingBackward(2049, 65, AwkwardSizes.Tokens(2049, 63), Draw(1, 2049 * 65), Draw(2, 63 * 65)),
            ["Dropout"] = backend => backend.Dropout(Draw(1, Long), 0.3f, new(Seed: 5, Step: 9, Site: 1), inPlace: false),
            ["SoftmaxCrossEntropy 257×65"] = backend =>
            {
                (float[] losses, float[] gradient) = backend.SoftmaxCrossEntropy(257, 65, Draw(1, 257 * 65), AwkwardSizes.Tokens(257, 65), 0.01f);
                return [.. losses, .. gradient];
            },
            ["ArgMax 257×65"] = backend => MemoryMarshal.Cast<int, float>(backend.ArgMax(257, 65, Draw(1, 257 * 65))).ToArray(),
            ["Sum"] = backend => [backend.Sum(Draw(1, Long), 0.5f)],
            ["Norm"] = backend => [backend.Norm(Draw(1, Long))],
            ["ClipValue"] = backend => backend.ClipValue(Draw(1, Long), 0.75f, 0.5f),
            ["Sgd"] = backend =>
            {
                (float[] w, float[] v) = backend.Sgd(Draw(1, Long), Draw(2, Long), 0.7f, Draw(3, Long), new(0.1f, 0.9f, 0.01f, First: false));
                return [.. w, .. v];
            },
            ["Adam"] = backend =>
            {
                AdamStep step = new(0.01, 0.9, 0.999, 1e-8, 0.01, Decoupled: true, Step: 3);
                float[] second = [.. Draw(4, Long).Select(Math.Abs)];
                (float[] w, float[] m, float[] v) = backend.Adam(Draw(1, Long), Draw(2, Long), 0.7f, Draw(3, Long), second, step);
                return [.. w, .. m, .. v];
            },
            ["Rmsprop"] = backend =>
            {
                float[] square = [.. Draw(4, Long).Select(Math.Abs)];
                (float[] w, float[] s, float[] v) = backend.Rmsprop(Draw(1, Long), Draw(2, Long), 0.7f, square, Draw(3, Long), new(0.01, 0.99, 1e-8, 0.9, 0.01));
                return [.. w, .. s, .. v];
            },
            ["Adagrad"] = backend =>
            {
                float[] square = [.. Draw(4, Long).Select(Math.Abs)];
                (float[] w, float[] s) = backend.Adagrad(Draw(1, Long), Draw(2, Long), 0.7f, square, new(0.01, 0.1, 1e-10, 0.01, Step: 3));
                return [.. w, .. s];
            },
            ["Asgd"] = backend =>
            {
                (float[] w, float[] a) = backend.Asgd(Draw(1, Long), Draw(2, Long), 0.7f, Draw(3, Long), new(0.1, 0.1, 0.75, 0.01, Step: 9, Start: 3));
                return [.. w, .. a];
            },
        };
        AddLayers(computations);
        foreach (GemmLayout layout in Enum.GetValues<GemmLayout>())
        {
            foreach ((int m, int n, int k) in ((int, int, int)[])[(1, 257, 65), (257, 1, 65), (6, 65, 2049), (257, 257, 257)])
            {
                computations[$"Gemm {layout} {m}×{n}×{k}"] = backend => backend.Gemm(layout, m, n, k, Draw(1, m * k), Draw(2, k * n), Draw(3, m * n));
            }
        }
        // Few rows with many units, and many rows with few: whether a device shares out units or rows, both must give the same bits.
        foreach (LstmShape shape in (LstmShape[])[new(7, 1, 17, 130), new(7, 2, 5, 65), new(7, 33, 17, 16), new(7, 17, 65, 130)])
        {
            computations[$"Lstm {shape.Sizes()}"] = backend =>
            {
                UniformInputs uniform = new(71);
                return backend.Lstm(LstmExamples.Inputs(shape, uniform), LstmUpstream.Uniform(shape, uniform)).All;
            };
        }
        AddRecurrences(computations);
        return computations;
    }

    private static void AddLayers(Dictionary<string, Func<IBackend, float[]>> computations)
    {
        const int Long = 100_003;
        ReferenceSequences shape = new(T: 17, B: 33, H: 65, Lengths: [.. Enumerable.Range(0, 33).Select(n => n * 5 % 18)]);
        computations["Add"] = backend => backend.Add(Draw(1, Long), Draw(2, Long));
        computations["MultiplyByMask"] = backend => backend.MultiplyByMask(Draw(1, Long), Draw(2, 257), inPlace: false);
        computations["Dropout with a period"] = backend => backend.PeriodicDropout(Draw(1, Long), 0.3f, new(Seed: 5, Step: 9, Site: 1), 2049, inPlace: false);
        computations["EmbeddingBackward with a mask 2049×65"] = backend =>
            backend.EmbeddingBackward(2049, 65, AwkwardSizes.Tokens(2049, 63), Draw(1, 2049 * 65), Draw(2, 63 * 65), Draw(3, 63), paddingToken: 5);
        computations["LayerNorm 2049×65"] = backend =>
        {
            (float[] y, float[] mean, float[] inverse) = backend.LayerNormForward(2049, 65, Draw(1, 2049 * 65), Draw(2, 65), Draw(3, 65));
            (float[] dx, float[] dGamma, float[] dBeta) = backend.LayerNormBackward(
                2049, 65, Draw(4, 2049 * 65), Draw(1, 2049 * 65), Draw(2, 65), mean, inverse, Draw(5, 65), Draw(6, 65), inPlace: false);
            return [.. y, .. mean, .. inverse, .. dx, .. dGamma, .. dBeta];
        };
        computations["Cross-entropy with options 257×65"] = backend =>
        {
            float[] weights = Draw(2, 65);
            (float[] losses, float[] gradient) = backend.SoftmaxCrossEntropy(Draw(1, 257 * 65), AwkwardSizes.Tokens(257, 65), 0.01f, 7, 0.1f, weights, [0.5f]);
            return [.. losses, .. gradient, .. backend.TargetWeight(AwkwardSizes.Tokens(257, 65), 7, weights)];
        };
        foreach (Pooling pooling in Enum.GetValues<Pooling>())
        {
            computations[$"Pool {pooling}"] = backend =>
            {
                (float[] y, int[] places) = backend.PoolForward(pooling, shape, Draw(1, shape.Count));
                return [.. y, .. backend.PoolBackward(pooling, shape, Draw(2, 33 * 65), places, Draw(3, shape.Count))];
            };
        }
        foreach (LossFunction function in Enum.GetValues<LossFunction>())
        {
            computations[$"{function}"] = backend =>
            {
                (float[] losses, float[] gradient) = backend.ElementLoss(function, shape, Draw(1, shape.Count), Draw(2, shape.Count), 0.5f, 0.5f);
                return [.. losses, .. gradient];
            };
        }
        ReferenceForecastLoss forecasts = new(33, 65, []);
        computations["QuantileLoss"] = backend =>
        {
            (float[] losses, float[] gradient) = backend.QuantileLoss(forecasts, [0.1f, 0.9f], Draw(1, 2 * forecasts.Count), Draw(2, forecasts.Count), 0.5f);
            return [.. losses, .. gradient];
        };
        computations["GaussianLoss"] = backend =>
        {
            (float[] losses, float[] gradient) = backend.GaussianLoss(forecasts, Draw(1, 2 * forecasts.Count), Draw(2, forecasts.Count), 0.5f);
            return [.. losses, .. gradient];
        };
        computations["ActivationPenalty"] = backend =>
        {
            (float loss, float[] dH) = backend.ActivationPenalty(shape, Draw(1, shape.Count), 2, 1, Draw(2, shape.Count));
            return [loss, .. dH];
        };
    }

    private static void AddRecurrences(Dictionary<string, Func<IBackend, float[]>> computations)
    {
        foreach (RecurrentVariant variant in RecurrentExamples.Representative)
        {
            foreach ((int t, int b, int i, int h) in ((int, int, int, int)[])[(4, 2, 5, 65), (4, 33, 17, 17), (4, 17, 7, 130)])
            {
                Func<IBackend, float[]> recurrence = backend =>
                {
                    (RecurrentInputs inputs, RecurrentUpstream upstream) = RecurrentExamples.Case(variant, t, b, i, h, bias: true, lengths: true, seed: 72);
                    return All(backend.Recurrent(inputs, upstream, RecurrentExamples.Before(inputs, seed: 73)));
                };
                computations[$"Recurrence {variant} T={t} B={b} I={i} H={h}"] = recurrence;
            }
        }
        computations["Lstm with lengths"] = backend =>
        {
            (RecurrentInputs inputs, RecurrentUpstream upstream) = RecurrentExamples.Case(new(CellKind.Lstm), 7, 17, 5, 65, bias: true, lengths: true, seed: 74);
            return LstmOf(backend, inputs, upstream, RecurrentExamples.Before(inputs, seed: 75)).All;
        };
        computations["CopySequence 257×17×65"] = backend => backend.CopySequence(
            257, 17, 65, reverse: true, RecurrentExamples.Lengths(257, 17), Draw(1, 257 * 17 * 65), 65, Draw(2, 257 * 17 * 65), 65, accumulate: true);
        computations["LastState 257×17×65"] = backend => backend.LastState(17, 65, Draw(1, 258 * 17 * 65), RecurrentExamples.Lengths(257, 17));
    }

    private static float[] Draw(ulong seed, int length) => new UniformInputs(seed).Floats(length);
}
