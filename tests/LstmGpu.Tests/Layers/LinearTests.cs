using LstmGpu.Tests.Devices;
using Xunit;
using static LstmGpu.Tests.Layers.PublicLayers;
using static LstmGpu.Tests.Layers.RecurrentUnderTest;

namespace LstmGpu.Tests.Layers;

public sealed class LinearTests
{
    public static TheoryData<string> Devices => BackendContract.Devices;

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void Linear_IsPyTorchs(string name)
    {
        // x, dy = v(12, 5).view(3, 4).requires_grad_(), v(6, 7).view(3, 2)
        // l = torch.nn.Linear(4, 2); l.weight.data = v(8, 3).view(2, 4); l.bias.data = v(2, 4)
        // y = l(x); y.backward(dy)
        // show("y", y); show("dx", x.grad); show("dW", l.weight.grad); show("db", l.bias.grad)
        double[] y = [-0.609375, 0.015625, 0.046875, 0.4375, -0.515625, 0.046875];
        double[] dX = [-0.109375, -0.0625, -0.015625, 0.03125, -0.21875, -0.078125, 0.0625, 0.203125, -0.328125, -0.09375, 0.140625, 0.375];
        double[] dW = [0.046875, -0.015625, 0.328125, -0.140625, -0.0625, 0.09375, -0.765625, 0.40625];
        using Device device = Open(name);
        using Linear layer = new(device, 4, 2);
        layer.Parameters[0].Write(V(8, 3));
        layer.Parameters[1].Write(V(2, 4));

        Same("y", y, layer.Forward(V(12, 5)));
        Same("dX", dX, layer.Backward(V(6, 7)));
        Assert.Equal(["weight", "bias"], layer.Parameters.Select(p => p.Name));
        Same("dW", dW, Gradient(layer.Parameters[0]));
        Same("db", [-0.75, 1.875], Gradient(layer.Parameters[1]));

        // Gradients add up until they are cleared.
        layer.Forward(V(12, 5));
        layer.Backward(V(6, 7));
        Same("2dW", [.. dW.Select(g => 2 * g)], Gradient(layer.Parameters[0]));
        layer.ClearGradients();
        Assert.All(layer.Parameters.SelectMany(Gradient), g => Assert.Equal(0, g));
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void BiasOff_IsABiasOfZero_AndLargerPassesKeepTheParameters(string name)
    {
        using Device device = Open(name);
        using Linear with = new(device, 4, 2), without = new(device, 4, 2, bias: false);
        with.Parameters[0].Write(V(8, 3));
        without.Parameters[0].Write(V(8, 3));
        Assert.Single(without.Parameters);

        foreach (int rows in (int[])[1, 5, 3, 70])
        {
            float[] x = V(rows * 4, 5), dy = V(rows * 2, 7);
            Near.SameBits($"y of {rows} rows", with.Forward(x), without.Forward(x));
            Near.SameBits($"dX of {rows} rows", with.Backward(dy), without.Backward(dy));
            Near.SameBits($"dW after {rows} rows", Gradient(with.Parameters[0]), Gradient(without.Parameters[0]));
        }
    }

    [Fact]
    public void Initialise_DrawsWithinPyTorchsBounds()
    {
        using Device device = Device.Open("cpu", threads: 1);
        using Linear layer = new(device, 25, 40);
        layer.Initialise(1);
        float[] drawn = [.. layer.Parameters.SelectMany(Read)];
        Assert.All(drawn, value => Assert.InRange(value, -0.2f, 0.2f));
        Assert.InRange(drawn.Max(), 0.19f, 0.2f);
        Assert.InRange(drawn.Min(), -0.2f, -0.19f);
    }
}
