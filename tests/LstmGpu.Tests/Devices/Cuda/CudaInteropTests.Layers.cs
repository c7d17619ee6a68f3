using LstmGpu.Devices;
using LstmGpu.Devices.Cuda;
using Xunit;

namespace LstmGpu.Tests.Devices.Cuda;

public sealed partial class CudaInteropTests
{
    private const int R = 7, V = 6, W = 4;

    private static readonly int[] Ids = [3, 0, 3, 5, 1, 0, 3];

    [SkippableFact]
    public void Embedding_TakesIdsAndGivesRows_WithTheBitsOfArrays()
    {
        using Stage stage = new();
        using Embedding layer = new(stage.Device, V, W, paddingIndex: 1);
        layer.Initialise(seed: 5);
        float[] dy = Values(R * W, 2), expected = layer.Forward(Ids);
        layer.Backward(dy);
        float[] table = Gradient(layer.Parameters[0]);
        layer.ClearGradients();
        layer.Forward(new int[R]); // what the layer itself holds is of no use
        (CudaIndices ids, CudaTensor x, CudaTensor dx) = (stage.Put(Ids), stage.Empty(R * W), stage.Put(dy));

        stage.WithoutCopyOrWait(() =>
        {
            layer.Forward(ids, x);
            layer.Backward(dx);
        });

        Assert.Equal<float[]>([expected, table], [stage.Read(x), Gradient(layer.Parameters[0])]);
        layer.ClearGradients();
        layer.Forward(ids, x);
        layer.Backward(dy); // of either kind
        Assert.Equal(table, Gradient(layer.Parameters[0]));
        layer.Forward(Ids);
        layer.Backward(dx);
        Assert.Equal(table.Select(g => 2 * g), Gradient(layer.Parameters[0]));
        Assert.Equal("output has 27 elements, expected [R,E] = [7,4] = 28", stage.Refusal(() => layer.Forward(ids, x with { Count = 27 })));
        Assert.Equal("tokens has 0 elements, expected [R,1] = [R,1] with R at least 1", stage.Refusal(() => layer.Forward(default, x)));
        layer.Forward(ids, x);
        Assert.Equal("dOutput has 29 elements, expected [R,E] = [7,4] = 28", stage.Refusal(() => layer.Backward(dx with { Count = 29 })));
    }

    [SkippableFact]
    public void OneHot_IsWrittenWhereItShallBe()
    {
        using Stage stage = new();
        (CudaIndices ids, CudaTensor x) = (stage.Put(Ids), stage.Empty(R * V));

        stage.WithoutCopyOrWait(() => OneHot.Encode(stage.Device, ids, V, x));

        Assert.Equal(OneHot.Encode(Ids, V), stage.Read(x));
        Assert.Equal("output has 41 elements, expected [R,V] = [7,6] = 42", stage.Refusal(() => OneHot.Encode(stage.Device, ids, V, x with { Count = 41 })));
    }

    [SkippableFact]
    public void LayerNorm_ReadsAndWritesTensorsWhereTheyLie()
    {
        using Stage stage = new();
        using LayerNorm layer = new(stage.Device, W);
        layer.Parameters[0].Write(Values(W, 7));
        float[] x = Values(R * W, 1), dy = Values(R * W, 2), y = layer.Forward(x), dx = layer.Backward(dy);
        float[][] parameters = [.. layer.Parameters.Select(Gradient)];
        layer.ClearGradients();
        layer.Forward(Values(R * W, 9)); // what the layer itself holds is of no use
        (CudaTensor xs, CudaTensor ys, CudaTensor dys, CudaTensor dxs) = (stage.Put(x), stage.Empty(x.Length), stage.Put(dy), stage.Empty(x.Length));

        stage.WithoutCopyOrWait(() =>
        {
            layer.Forward(xs, ys);
            layer.Backward(dys, dxs);
        });

        Assert.Equal<float[]>([y, dx, dy], [stage.Read(ys), stage.Read(dxs), stage.Read(dys)]);
        Assert.Equal(parameters, layer.Parameters.Select(Gradient));
        layer.Forward(xs, ys);
        Assert.Equal(dx, layer.Backward(dy)); // of either kind
        layer.Forward(xs, ys);
        layer.Backward(dys, dys); // in place
        Assert.Equal(dx, stage.Read(dys));
        Assert.Equal("output has 27 elements, expected [R,N] = [7,4] = 28", stage.Refusal(() => layer.Forward(xs, ys with { Count = 27 })));
        Assert.Equal("input and output are the same memory, expected two: the backward pass reads the input again", stage.Refusal(() => layer.Forward(xs, xs)));
        layer.Forward(xs, ys);
        Assert.Equal("dInput has 0 elements, expected [R,N] = [7,4] = 28", stage.Refusal(() => layer.Backward(dys, default)));
    }

    [SkippableTheory]
    [InlineData(PoolingKind.Last)]
    [InlineData(PoolingKind.Mean)]
    [InlineData(PoolingKind.Max)]
    public void SequencePooling_ReadsAndWritesTensorsWhereTheyLie(PoolingKind kind)
    {
        using Stage stage = new();
        using SequencePooling layer = new(stage.Device, kind, W), first = new(stage.Device, kind, W, batchFirst: true);
        int[] lengths = [3, 1];
        float[] x = Values(T * B * W, 1), dy = Values(B * W, 2), y = layer.Forward(x, T, B, lengths), dx = layer.Backward(dy);
        layer.Forward(Values(x.Length, 9), T, B, [1, 2]); // what the layer itself holds is of no use
        (CudaTensor xs, CudaTensor ys, CudaTensor dys, CudaTensor dxs) = (stage.Put(x), stage.Empty(dy.Length), stage.Put(dy), stage.Put(x));

        layer.Forward(xs, ys, T, B, lengths);
        layer.Backward(dys, dxs);

        Assert.Equal<float[]>([y, dx], [stage.Read(ys), stage.Read(dxs)]);
        stage.WithoutCopyOrWait(() =>
        {
            layer.Forward(xs, ys, T, B);
            layer.Backward(dys, dxs);
        });
        Assert.Equal(layer.Forward(x, T, B), stage.Read(ys));
        Assert.Equal(layer.Backward(dy), stage.Read(dxs));
        layer.Forward(xs, ys, T, B, lengths);
        Assert.Equal(dx, layer.Backward(dy)); // of either kind
        Assert.Equal("input has 23 elements, expected [T,B,H] = [3,2,4] = 24", stage.Refusal(() => layer.Forward(xs with { Count = 23 }, ys, T, B)));
        Assert.Contains("expected one without; hand over [T,B,H]", Assert.Throws<InvalidOperationException>(() => first.Forward(xs, ys, T, B)).Message, StringComparison.Ordinal);
        layer.Forward(xs, ys, T, B);
        Assert.Equal("dInput has 25 elements, expected [T,B,H] = [3,2,4] = 24", stage.Refusal(() => layer.Backward(dys, dxs with { Count = 25 })));
    }

    [SkippableFact]
    public void CrossEntropy_LeavesMeanAndGradientOnTheDevice()
    {
        using Stage stage = new();
        using Losses losses = new(stage.Device);
        float[] logits = Values(R * V, 1), weights = [.. Values(V, 3).Select(Math.Abs)];
        int[] targets = [3, -100, 2, 5, 1, 0, 4];
        LossValue expected = losses.CrossEntropy(logits, targets, V, labelSmoothing: 0.1, classWeights: weights);
        (CudaTensor x, CudaIndices y, CudaTensor w, CudaTensor mean, CudaTensor dx) = (stage.Put(logits), stage.Put(targets), stage.Put(weights), stage.Empty(1), stage.Empty(R * V));

        losses.CrossEntropy(x, y, mean, dx, V, labelSmoothing: 0.1, classWeights: w);

        Assert.Equal<float[]>([[expected.Mean], expected.Gradient, logits], [stage.Read(mean), stage.Read(dx), stage.Read(x)]);
        stage.WithoutCopyOrWait(() => losses.CrossEntropy(x, y, mean, gradient: x, V, labelSmoothing: 0.1, classWeights: w));
        Assert.Equal<float[]>([[expected.Mean], expected.Gradient], [stage.Read(mean), stage.Read(x)]);
        Assert.Equal("targets has 6 elements, expected [R] = [7] = 7", stage.Refusal(() => losses.CrossEntropy(x, y with { Count = 6 }, mean, dx, V)));
        Assert.Equal("mean has 2 elements, expected [1] = [1] = 1", stage.Refusal(() => losses.CrossEntropy(x, y, mean with { Count = 2 }, dx, V)));
        Assert.Equal("gradient has 41 elements, expected [R,V] = [7,6] = 42", stage.Refusal(() => losses.CrossEntropy(x, y, mean, dx with { Count = 41 }, V)));
        Assert.Equal("class weights has 5 elements, expected [V] = [6] = 6", stage.Refusal(() => losses.CrossEntropy(x, y, mean, dx, V, classWeights: w with { Count = 5 })));
    }

    [SkippableFact]
    public void ElementLosses_LeaveMeanAndGradientOnTheDevice()
    {
        using Stage stage = new();
        using Losses losses = new(stage.Device);
        float[] x = Values(9, 1), y = [.. Values(9, 2).Select(Math.Abs)];
        (LossValue Expected, Action<CudaTensor, CudaTensor, CudaTensor, CudaTensor> Call)[] all =
        [
            (losses.BinaryCrossEntropyWithLogits(x, y), losses.BinaryCrossEntropyWithLogits),
            (losses.MeanSquaredError(x, y), losses.MeanSquaredError),
            (losses.MeanAbsoluteError(x, y), losses.MeanAbsoluteError),
            (losses.Huber(x, y, 0.5), (p, t, mean, gradient) => losses.Huber(p, t, mean, gradient, 0.5)),
        ];
        foreach ((LossValue expected, Action<CudaTensor, CudaTensor, CudaTensor, CudaTensor> call) in all)
        {
            (CudaTensor xs, CudaTensor ys, CudaTensor mean, CudaTensor dx) = (stage.Put(x), stage.Put(y), stage.Empty(1), stage.Empty(9));
            call(xs, ys, mean, dx);
            Assert.Equal<float[]>([[expected.Mean], expected.Gradient, x], [stage.Read(mean), stage.Read(dx), stage.Read(xs)]);
            stage.WithoutCopyOrWait(() => call(xs, ys, mean, xs));
            Assert.Equal<float[]>([[expected.Mean], expected.Gradient], [stage.Read(mean), stage.Read(xs)]);
            Assert.Equal("targets has 8 elements, expected [N], as many as predictions, = [9] = 9", stage.Refusal(() => call(xs, ys with { Count = 8 }, mean, dx)));
            Assert.Equal("gradient has 10 elements, expected [N], as many as predictions, = [9] = 9", stage.Refusal(() => call(xs, ys, mean, dx with { Count = 10 })));
        }
    }

    [SkippableFact]
    public void ProductsOnTensorCores_OfMemoryThatBeginsAnywhere_AskForNoVectors()
    {
        using Stage stage = new(ProductPrecision.Tf32);
        using Linear layer = new(stage.Device, 2 * W, W);
        layer.Initialise(seed: 5);
        float[] x = Values(R * 2 * W, 1), dy = Values(R * W, 2), y = layer.Forward(x), dx = layer.Backward(dy);
        (CudaTensor xs, CudaTensor ys, CudaTensor dys, CudaTensor dxs) = (stage.PutBehindOne(x), stage.Empty(y.Length), stage.PutBehindOne(dy), stage.Empty(dx.Length));

        stage.WithoutCopyOrWait(() =>
        {
            layer.Forward(xs, ys);
            layer.Backward(dys, dxs);
        });

        Assert.Equal<float[]>([y, dx], [stage.Read(ys), stage.Read(dxs)]);
        Assert.Contains(stage.Fake.Launches(), launch => launch.StartsWith("TensorGemmKernels_Multiply_", StringComparison.Ordinal));
    }

    [SkippableFact]
    public void MemoryOfAnotherDevice_AndWhatIsNone_IsRefused()
    {
        using Stage stage = new();
        using Linear layer = new(stage.Device, W, W);
        CudaTensor x = stage.Empty(W), y = stage.Empty(W);

        string unknown = Assert.Throws<DeviceException>(() => layer.Forward(x with { Pointer = 0x40 }, y)).Message;
        stage.Fake.Attribute((CudaDeviceAttribute)255, 1);
        string other = Assert.Throws<DeviceException>(() => layer.Forward(x, y)).Message;

        Assert.Equal("0x40 is no memory that the CUDA driver knows, expected memory of device 0, 'Fake GPU 0'; hand over a tensor that lies there", unknown);
        Assert.Equal($"0x{x.Pointer:x} is memory of CUDA device 1, expected memory of device 0, 'Fake GPU 0'; hand over a tensor that lies there", other);
        Assert.Empty(stage.Fake.Launches());
    }

    [Fact]
    public void OtherDevices_RefuseIndicesToo()
    {
        using Device device = Device.Open("cpu", threads: 1);
        using Embedding layer = new(device, V, W);

        Assert.Throws<DeviceException>(() => layer.Forward(new CudaIndices(256, 2), new CudaTensor(512, 2 * W)));
    }

    private static float[] Gradient(Parameter parameter)
    {
        float[] values = new float[parameter.Count];
        parameter.ReadGradient(values);
        return values;
    }

    /// <summary>A device on the stream of another library, whose memory the test fills and reads.</summary>
    private sealed class Stage : IDisposable
    {
        private readonly CudaContext other;

        public Stage(ProductPrecision precision = ProductPrecision.Fp32Strict)
        {
            EmulatedLaunch.InstallIn(Fake);
            other = Fake.Open();
            Device = Open(Fake, other, precision);
        }

        public FakeCuda Fake { get; } = new();

        public Device Device { get; }

        public CudaTensor Put(float[] values) => Foreign(other, values);

        /// <summary>At an address that is a multiple of 4 bytes and no more.</summary>
        public CudaTensor PutBehindOne(float[] values)
        {
            CudaTensor whole = Put([0, .. values]);
            return new(whole.Pointer + sizeof(float), values.Length);
        }

        public CudaTensor Empty(int count) => Foreign(other, new float[count]);

        public CudaIndices Put(int[] values)
        {
            CudaBuffer buffer = other.Allocate("foreign", values.Length * sizeof(int));
            other.Upload<int>(values, new(buffer, 0, values.Length));
            return new(buffer.Address, values.Length);
        }

        public float[] Read(CudaTensor tensor) => CudaInteropTests.Read(other, tensor);

        /// <summary>Everything that the calls do is launched in the other's stream.</summary>
        public void WithoutCopyOrWait(Action calls)
        {
            other.Finish();
            (int before, int onStream) = (Fake.Commands(0), Fake.Commands(Handle(other)));
            Fake.ClearLog();
            calls();
            Assert.DoesNotContain(Fake.Log, line => line.StartsWith("cuMemcpy", StringComparison.Ordinal) || line.Contains("Synchronize", StringComparison.Ordinal));
            Assert.NotEmpty(Fake.Launches());
            Assert.Equal(Fake.Commands(0) - before, Fake.Commands(Handle(other)) - onStream);
            Assert.Null(EmulatedLaunch.Failure);
        }

        /// <summary>The message of a call that is refused before anything is launched.</summary>
        public string Refusal(Action call)
        {
            Fake.ClearLog();
            string message = Assert.Throws<ArgumentException>(call).Message;
            Assert.Empty(Fake.Launches());
            return message;
        }

        public void Dispose()
        {
            Device.Dispose();
            other.Dispose();
            Fake.Dispose();
        }
    }
}
