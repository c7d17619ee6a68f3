using LstmGpu.Devices;
using LstmGpu.Devices.Cuda;
using LstmGpu.Devices.Portable;
using LstmGpu.Devices.Reference;
using Xunit;

namespace LstmGpu.Tests.Devices.Cuda;

/// <summary>Layers on the memory and the stream of another library, which another context object plays here.</summary>
[Collection(FakeCudaTests.Name)]
public sealed partial class CudaInteropTests
{
    private const int T = 3, B = 2, I = 5, H = 4;

    public static TheoryData<string> Layers => ["lstm", "bidirectional lstm", "projected lstm", "gru", "rnn", "dropped lstm"];

    [SkippableTheory]
    [MemberData(nameof(Layers))]
    public void Tensors_GoThroughALayer_WithTheBitsOfArrays_NoCopy_AndOnTheGivenStreamAlone(string name)
    {
        using FakeCuda fake = new();
        EmulatedLaunch.InstallIn(fake);
        using CudaContext other = fake.Open();
        using Device device = Open(fake, other);
        using Recurrent layer = Make(name, device);
        layer.Initialise(seed: 5);
        DropoutMasks? masks = name == "dropped lstm" ? new(Seed: 3, Step: 4) : null;
        float[] x = Values(T * B * I, 1);
        RecurrentOutput expected = layer.Forward(x, T, B, masks: masks);
        float[] dy = Values(expected.Output.Length, 2);
        RecurrentGradient gradient = layer.Backward(dy);
        float[][] weights = Gradients(layer);
        layer.ClearGradients();
        CudaTensor xs = Foreign(other, x), dys = Foreign(other, dy), dxs = Foreign(other, new float[x.Length]);
        other.Finish();
        (int before, int onStream) = (fake.Commands(0), fake.Commands(Handle(other)));
        fake.ClearLog();

        CudaTensor output = layer.Forward(xs, T, B, masks: masks);
        layer.Backward(dys, dxs);

        Assert.DoesNotContain(fake.Log, line => line.StartsWith("cuMemcpy", StringComparison.Ordinal) || line.Contains("Synchronize", StringComparison.Ordinal));
        Assert.InRange(fake.Launches().Count(), 10, 200);
        Assert.Equal(fake.Commands(0) - before, fake.Commands(Handle(other)) - onStream);
        Assert.Equal(expected.Output, Read(other, output));
        Assert.Equal(gradient.Input, Read(other, dxs));
        Assert.Equal(weights, Gradients(layer));
        Assert.Equal<float[]>([x, dy], [Read(other, xs), Read(other, dys)]);
        Assert.Null(EmulatedLaunch.Failure);
    }

    [SkippableFact]
    public void States_GoInAndComeOut_AndLengthsAreThoseOfArrays()
    {
        using FakeCuda fake = new();
        EmulatedLaunch.InstallIn(fake);
        using CudaContext other = fake.Open();
        using Device device = Open(fake, other);
        using Recurrent layer = Make("bidirectional lstm", device);
        layer.Initialise(seed: 5);
        float[] x = Values(T * B * I, 1), dy = Values(T * B * 2 * H, 2), h = Values(4 * B * H, 3), c = Values(4 * B * H, 4);
        int[] lengths = [3, 1];
        RecurrentOutput expected = layer.Forward(x, T, B, new(h, c), lengths);
        RecurrentGradient gradient = layer.Backward(dy, new(c, h));
        CudaState Empty() => new(Foreign(other, new float[h.Length]), Foreign(other, new float[c.Length]));
        (CudaState last, CudaState dInitial) = (Empty(), Empty());
        CudaTensor dx = Foreign(other, new float[x.Length]);

        layer.Forward(Foreign(other, x), T, B, new(Foreign(other, h), Foreign(other, c)), last, lengths);
        layer.Backward(Foreign(other, dy), dx, new(Foreign(other, c), Foreign(other, h)), dInitial);

        Assert.Equal<float[]>([expected.State.Hidden, expected.State.Cell], [Read(other, last.Hidden), Read(other, last.Cell)]);
        Assert.Equal<float[]>([gradient.State.Hidden, gradient.State.Cell], [Read(other, dInitial.Hidden), Read(other, dInitial.Cell)]);
        Assert.Equal(gradient.Input, Read(other, dx));
    }

    [SkippableFact]
    public void Linear_ReadsAndWritesTensorsWhereTheyLie()
    {
        using FakeCuda fake = new();
        EmulatedLaunch.InstallIn(fake);
        using CudaContext other = fake.Open();
        using Device device = Open(fake, other);
        using Linear layer = new(device, I, H);
        layer.Initialise(seed: 5);
        float[] x = Values(7 * I, 1), dy = Values(7 * H, 2), expected = layer.Forward(x), dExpected = layer.Backward(dy);
        CudaTensor xs = Foreign(other, x), y = Foreign(other, new float[7 * H]), dys = Foreign(other, dy), dxs = Foreign(other, new float[7 * I]);
        other.Finish();
        fake.ClearLog();

        layer.Forward(xs, y);
        layer.Backward(dys, dxs);

        Assert.DoesNotContain(fake.Log, line => line.StartsWith("cuMemcpy", StringComparison.Ordinal));
        Assert.Equal<float[]>([expected, dExpected], [Read(other, y), Read(other, dxs)]);
        layer.Forward(xs, y);
        Assert.Equal(dExpected, layer.Backward(dy)); // of either kind
        Assert.Equal(
            "output has 27 elements, expected [R,O] = [7,4] = 28",
            Assert.Throws<ArgumentException>(() => layer.Forward(xs, y with { Count = 27 })).Message);
    }

    [SkippableFact]
    public void WrongSizes_AreRefusedWithBothShapes_AndAddressesThatCannotBe()
    {
        using FakeCuda fake = new();
        using CudaContext other = fake.Open();
        using Device device = Open(fake, other);
        using Recurrent layer = Make("lstm", device), first = new Lstm(device, new LstmOptions { InputSize = I, HiddenSize = H, BatchFirst = true });
        CudaTensor x = Foreign(other, new float[T * B * I]), y = Foreign(other, new float[T * B * H]);
        fake.ClearLog();

        Assert.Equal("input has 29 elements, expected [T,B,I] = [3,2,5] = 30", Message(() => layer.Forward(x with { Count = 29 }, T, B)));
        Assert.Equal("state.Cell has 0 elements, expected [L·D,B,H] = [1,2,4] = 8", Message(() => layer.Forward(x, T, B, new CudaState(x with { Count = 8 }))));
        Assert.Equal("a CudaTensor has the address 0x0 and 30 elements, expected the address of device memory, a multiple of 4", Message(() => layer.Forward(x with { Pointer = 0 }, T, B)));
        Assert.Contains("expected the address of device memory", Message(() => layer.Forward(x with { Pointer = x.Pointer + 2 }, T, B)), StringComparison.Ordinal);
        Assert.Empty(fake.Launches());
        layer.Forward(x, T, B);
        Assert.Equal("dOutput has 23 elements, expected [T,B,D·P] = [3,2,4] = 24", Message(() => layer.Backward(y with { Count = 23 }, x)));
        Assert.Equal("dInput has 31 elements, expected [T,B,I] = [3,2,5] = 30", Message(() => layer.Backward(y, x with { Count = 31 })));
        Assert.Contains("expected one without; hand over [T,B,·]", Assert.Throws<InvalidOperationException>(() => first.Forward(x, T, B)).Message, StringComparison.Ordinal);
        Assert.Null(Record.Exception(() => layer.Backward(y, default)));

        static string Message(Action call) => Assert.Throws<ArgumentException>(call).Message;
    }

    [SkippableFact]
    public void Stream_IsTheCallersOrTheDefaultOne_AndStaysWhenTheDeviceCloses()
    {
        using FakeCuda fake = new();
        using CudaContext other = fake.Open();
        CudaDevice found = fake.Device();
        int live = fake.Live;
        Open(fake, other).Dispose();
        using (CudaContext standard = new(found, 1024, borrowed: 0))
        {
            using CudaBuffer buffer = standard.Allocate("x", 400);
            Assert.InRange(fake.Commands(1), 2, 10);
        }

        var error = Assert.Throws<DeviceException>(() => new CudaContext(found, 1024, borrowed: 0xBAD));

        Assert.Equal("the stream 0xbad belongs to another context, expected the primary context of 'Fake GPU 0'; hand over a stream of it", error.Message);
        Assert.Equal((live, 0), (fake.Live, fake.ReleasedTwice));
        other.Finish();
    }

    [Fact]
    public void OtherDevices_RefuseTensors()
    {
        using Device device = Device.Open("cpu", threads: 1);
        using Linear layer = new(device, 2, 2);

        var error = Assert.Throws<DeviceException>(() => layer.Forward(new CudaTensor(256, 2), new CudaTensor(512, 2)));

        Assert.Equal("device 'cpu' takes no memory of CUDA; open one with Device.OpenCuda, or hand over arrays", error.Message);
    }

    private static Recurrent Make(string name, Device device) => name switch
    {
        "gru" => new Gru(device, new GruOptions { InputSize = I, HiddenSize = H }),
        "rnn" => new Rnn(device, new RnnOptions { InputSize = I, HiddenSize = H, Layers = 2 }),
        "dropped lstm" => new Lstm(device, new LstmOptions { InputSize = I, HiddenSize = H, InputDropout = 0.3, OutputDropout = 0.5, HiddenDropout = 0.2 }),
        "projected lstm" => new Lstm(device, new LstmOptions { InputSize = I, HiddenSize = H, ProjectionSize = 2 }),
        "bidirectional lstm" => new Lstm(device, new LstmOptions { InputSize = I, HiddenSize = H, Layers = 2, Bidirectional = true }),
        _ => new Lstm(device, new LstmOptions { InputSize = I, HiddenSize = H }),
    };

    private static Device Open(FakeCuda fake, CudaContext other, ProductPrecision precision = ProductPrecision.Fp32Strict)
    {
        CudaDevice device = fake.Device();
        return new Device(new KernelBackend(new CudaQueue(new CudaContext(device, 1024, Handle(other)), CudaEntry.Describe(device)), precision));
    }

    private static nint Handle(CudaContext context) => context.Stream.DangerousGetHandle();

    private static CudaTensor Foreign(CudaContext owner, float[] values)
    {
        CudaBuffer buffer = owner.Allocate("foreign", values.Length * sizeof(float));
        owner.Upload<float>(values, new(buffer, 0, values.Length));
        return new(buffer.Address, values.Length);
    }

    private static float[] Read(CudaContext owner, CudaTensor tensor)
    {
        float[] values = new float[tensor.Count];
        owner.Download(CudaBuffer.Borrow(tensor, owner), values);
        return values;
    }

    private static float[][] Gradients(Recurrent layer) => [.. layer.Parameters.Select(parameter =>
    {
        float[] values = new float[parameter.Count];
        parameter.ReadGradient(values);
        return values;
    })];

    private static float[] Values(int count, ulong seed) => new UniformInputs(seed).Floats(count);
}
