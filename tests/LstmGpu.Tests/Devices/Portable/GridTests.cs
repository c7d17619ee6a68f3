using LstmGpu.Devices;
using LstmGpu.Devices.Cuda;
using LstmGpu.Devices.Portable;
using LstmGpu.Devices.Reference;
using LstmGpu.Kernels;
using Xunit;

namespace LstmGpu.Tests.Devices.Portable;

/// <summary>CUDA takes 2³¹ − 1 groups along x and 65,535 along y and z. Sizes are those that no int or memory of 2⁶³ bytes forbids.</summary>
public sealed class GridTests
{
    // Their grids are as many groups as the device has, along x.
    private static readonly string[] Measurements = ["PeakKernels_", "ExchangeKernels_", "ClusterKernels_", "RateKernels_", "ApproximateKernels_"];

    // Rows beyond 65,535 tiles of 64, of 16 and of 4.
    private static readonly int[] Sizes = [1, 63, 64, 65, 1_048_561, 4_194_241, 73_000_001];

    [Fact]
    public void EveryKernel_KeepsToTheLargestGrid_OfAnyRowsBatchOrWidth()
    {
        var queue = new GridQueue();
        foreach (ProductPrecision precision in Enum.GetValues<ProductPrecision>())
        {
            foreach (bool tensorCores in (bool[])[false, true])
            {
                queue.HasTensorCores = tensorCores;
                using KernelBackend backend = new(queue, precision);
                Launch(backend);
            }
        }

        Assert.All(queue.Launches, l =>
        {
            Assert.InRange(l.Grid.X, 1, int.MaxValue);
            Assert.True(l.Grid.Y is >= 1 and <= CudaQueue.MostAcross && l.Grid.Z is >= 1 and <= CudaQueue.MostAcross, $"{l.Kernel}: {l.Grid}");
        });
        string[] missing = [.. KernelTexts.All.Select(t => t.Name).Except(queue.Launches.Select(l => l.Kernel)).Where(name => !Measurements.Any(m => name.StartsWith(m, StringComparison.Ordinal)))];
        Assert.True(missing.Length == 0, $"never launched here: {string.Join(", ", missing)}");
    }

    private static void Launch(KernelBackend backend)
    {
        foreach (int size in Sizes)
        {
            Dense(backend, size, 7);
            Dense(backend, 7, size);
            backend.Gemm(GemmLayout.NT, 7, 9, size, Floats(7L * size), Floats(9L * size), Floats(63), true); // k in parts
            Sequences(backend, size);
            Elements(backend, 64L * size);
            Recurrences(backend, size);
        }
    }

    private static void Dense(KernelBackend backend, int rows, int width)
    {
        long all = (long)rows * width;
        foreach (GemmLayout layout in Enum.GetValues<GemmLayout>())
        {
            backend.Gemm(layout, rows, width, 5, Floats(5L * rows), Floats(5L * width), Floats(all), false);
        }
        backend.AddBias(rows, width, Floats(width), Floats(all));
        backend.BiasGradient(rows, width, Floats(all), Floats(width));
        backend.OneHot(rows, width, Ints(rows), Floats(all));
        backend.EmbeddingForward(rows, width, Ints(rows), Floats(all), Floats(all));
        backend.EmbeddingBackward(rows, width, Ints(rows), Floats(all), Floats(all));
        backend.SoftmaxCrossEntropy(rows, width, Floats(all), Ints(rows), Floats(rows), 1);
        var options = new CrossEntropyOptions(IgnoreIndex: 3);
        backend.SoftmaxCrossEntropy(rows, width, Floats(all), Ints(rows), Floats(rows), 1, options);
        backend.TargetWeight(rows, Ints(rows), options, Floats(1));
        backend.ArgMax(rows, width, Floats(all), Ints(rows));
        // A row is a group's; columns lie across, so that 1,048,560 are the most.
        int normed = Math.Min(width, 16 * CudaQueue.MostAcross);
        backend.LayerNormForward(rows, normed, Floats(all), Floats(width), Floats(width), Floats(all), Floats(rows), Floats(rows));
        backend.LayerNormBackward(
            rows, normed, Floats(all), Floats(all), Floats(width), Floats(rows), Floats(rows), Floats(all), Floats(width), Floats(width), Floats(all));
    }

    private static void Sequences(KernelBackend backend, int batch)
    {
        long all = 6L * batch;
        backend.CopySequence(2, batch, 3, true, Ints(batch), Floats(all), 3, Floats(all), 3, false);
        backend.LastState(batch, 3, Floats(all), Ints(batch), Floats(all));
        backend.PoolForward(Pooling.Mean, 2, batch, 3, Ints(batch), Floats(all), Floats(all), default);
        backend.PoolBackward(Pooling.Mean, 2, batch, 3, Ints(batch), Floats(all), default, Floats(all));
        backend.ElementLoss(LossFunction.Huber, 2, batch, 3, Ints(batch), Floats(all), Floats(all), Floats(all), 1, 1);
        backend.QuantileLoss(batch, 3, Ints(batch), Floats(2), Floats(all), Floats(all / 2), Floats(all), 1);
        backend.GaussianLoss(batch, 3, Ints(batch), Floats(2 * all), Floats(all), Floats(all), 1);
        backend.ActivationPenalty(2, batch, 3, Ints(batch), Floats(all), 1, 1, Floats(all), Floats(1));
    }

    private static void Elements(KernelBackend backend, long length)
    {
        DeviceSlice<float> x = Floats(length), one = Floats(1);
        backend.Add(x, x);
        backend.MultiplyByMask(x, one, x);
        backend.Dropout(x, x, 0.5f, new DropoutKey(1, 2, 3));
        backend.Dropout(x, x, 0.5f, new DropoutKey(1, 2, 3), period: 5);
        backend.Dropout(x, x, 0.5f, new DropoutKey(1, 2, 3), period: Math.Max(1, length / 3));
        backend.Sum(x, 1, one);
        backend.Norm(x, one);
        backend.ClipFactor(one, 1, one);
        backend.ClipValue(x, one, 1);
        backend.Sgd(x, x, one, x, new SgdStep(0.1f, 0.9f, 0, true));
        backend.Adam(x, x, one, x, x, new AdamStep(0.1, 0.9, 0.999, 1e-8, 0, false, 1));
        backend.Rmsprop(x, x, one, x, x, new RmspropStep(0.1, 0.9, 1e-8, 0, 0));
        backend.Adagrad(x, x, one, x, new AdagradStep(0.1, 0, 1e-8, 0, 1));
        backend.Asgd(x, x, one, x, new AsgdStep(0.1, 0, 0.75, 0, 1, 1));
    }

    private static void Recurrences(KernelBackend backend, int batch)
    {
        // Wide enough for the step that takes four rows per thread.
        foreach (int hidden in (int[])[3, 130 * 16])
        {
            Plain(backend, new LstmShape(2, batch, 3, hidden));
        }
        foreach (RecurrentVariant variant in RecurrentExamples.AndProjected)
        {
            General(backend, variant, new RecurrentShape(variant.Cell, 2, batch, 3, 5, variant.Projection ? 3 : 5));
        }
    }

    private static void Plain(KernelBackend backend, LstmShape shape)
    {
        var weights = new LstmWeights(Floats(shape.WeightIhLength), Floats(shape.WeightHhLength), Floats(shape.GateWidth), Floats(shape.GateWidth));
        DeviceSlice<float> packed = Floats(backend.LstmPackedBytes(shape)), history = Floats(shape.HistoryLength), x = Floats((long)shape.Rows * shape.I);
        var reserve = new LstmReserve(history, history, Floats(shape.GatesLength));
        var gradients = new LstmGradients(history, x, weights.WeightIh, weights.WeightHh, weights.BiasIh, weights.BiasHh, history, history, default);
        backend.LstmPack(shape, weights, packed);
        backend.LstmForward(shape, x, weights, packed, reserve, Ints(shape.B));
        backend.LstmBackward(shape, x, weights, packed, reserve, gradients, Ints(shape.B));
    }

    private static void General(KernelBackend backend, RecurrentVariant variant, RecurrentShape shape)
    {
        CellOptions options = variant.Options;
        DeviceSlice<float> wide = Floats(6L * shape.B * shape.GateWidth), none = default;
        DeviceSlice<float> If(bool wanted) => wanted ? wide : none;
        var weights = new RecurrentWeights(
            wide, wide, wide, wide, If(shape.HasProjection), If(options.Peephole), If(options.LayerNorm), If(options.LayerNorm), If(options.LayerNorm), If(options.LayerNorm));
        var reserve = new RecurrentReserve(
            wide, If(shape.HasCellState), wide, If(shape.SeparatesHidden(options)), If(variant.HiddenMask), If(shape.Cell == CellKind.GruResetBefore),
            If(shape.HasProjection), If(options.LayerNorm), If(options.LayerNorm), If(options.LayerNorm));
        var masks = new RecurrentMasks(
            If(variant.HiddenMask), If(variant.CandidateMask), If(variant.Training && options.ZoneoutHidden > 0), If(variant.Training && options.ZoneoutCell > 0));
        DeviceSlice<float> workspace = Floats(backend.RecurrentWorkspaceBytes(shape, options));
        var gradients = new RecurrentGradients(weights, wide, wide, wide, If(shape.HasCellState), workspace);
        backend.RecurrentPack(shape, options, weights, default);
        backend.RecurrentForward(shape, options, wide, weights, default, reserve, masks, workspace, Ints(shape.B));
        backend.RecurrentBackward(shape, options, wide, weights, default, reserve, masks, gradients, Ints(shape.B));
    }

    private static DeviceSlice<float> Floats(long length) => new(null!, 0, length);

    private static DeviceSlice<int> Ints(long length) => new(null!, 0, length);
}
