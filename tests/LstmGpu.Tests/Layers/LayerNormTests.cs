using LstmGpu.Tests.Devices;
using Xunit;
using static LstmGpu.Tests.Layers.PublicLayers;
using static LstmGpu.Tests.Layers.RecurrentUnderTest;

namespace LstmGpu.Tests.Layers;

public sealed class LayerNormTests
{
    public static TheoryData<string> Devices => BackendContract.Devices;

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void LayerNorm_IsPyTorchs(string name)
    {
        // x, dy = v(12, 5).view(3, 4).requires_grad_(), v(12, 7).view(3, 4)
        // n = torch.nn.LayerNorm(4); n.weight.data = v(4, 3); n.bias.data = v(4, 4)
        // y = n(x); y.backward(dy)
        // show("y", y); show("dx", x.grad); show("dw", n.weight.grad); show("db", n.bias.grad)
        // x.grad = None; y = F.layer_norm(x, [4]); y.backward(dy)
        // show("plain y", y); show("plain dx", x.grad)
        double[] y =
        [
            -0.246380895, 0.125, 0.110523567, -0.242761791, -0.599001527, 0.125,
            0.550332844, 0.346228093, -0.246380895, 0.125, 0.110523567, -0.242761791,
        ];
        double[] dX =
        [
            0.0888942182, -0.580660403, -0.383982927, 0.875749111, 0.565751433, -0.217948899,
            0.209641159, -0.557443738, 0.0397248566, 0.452041268, 0.255363792, -0.747129917,
        ];
        double[] plainY =
        [
            -0.342984289, 1.37193716, -1.37193716, 0.342984289, 0.597337484, -1.52652907,
            -0.199112475, 1.12830412, -0.342984289, 1.37193716, -1.37193716, 0.342984289,
        ];
        double[] plainDX =
        [
            -1.04915261, -0.262185097, 0.262185097, 1.04915261, 0.456087142, -0.0151282847,
            -0.152029037, -0.28892979, 0.524589181, 0.131040931, -0.13104099, -0.524589241,
        ];
        using Device device = Open(name);
        using LayerNorm layer = new(device, 4), plain = new(device, 4, gain: false, bias: false);
        Assert.Equal(["weight", "bias"], layer.Parameters.Select(p => p.Name));
        Assert.Empty(plain.Parameters);

        // Ones and zeros are what it begins with.
        Same("y as constructed", plainY, layer.Forward(V(12, 5)));
        layer.Parameters[0].Write(V(4, 3));
        layer.Parameters[1].Write(V(4, 4));
        Same("y", y, layer.Forward(V(12, 5)));
        Same("dX", dX, layer.Backward(V(12, 7)));
        Same("dγ", [0.011078883, -1.31638896, 0, -0.803355038], Gradient(layer.Parameters[0]));
        Same("dβ", [-0.375, 0.625, 0, -0.625], Gradient(layer.Parameters[1]));
        Same("y without γ and β", plainY, plain.Forward(V(12, 5)));
        Same("dX without γ and β", plainDX, plain.Backward(V(12, 7)));
        plain.ClearGradients();
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void EitherParameterAlone_IsTheOtherAtItsStart(string name)
    {
        using Device device = Open(name);
        using LayerNorm both = new(device, 4), gain = new(device, 4, bias: false), bias = new(device, 4, gain: false);
        // Equal values and not bits: x + 0 is never −0.
        both.Parameters[0].Write(V(4, 3));
        gain.Parameters.Single().Write(V(4, 3));
        Assert.Equal(both.Forward(V(36, 5)), gain.Forward(V(36, 5)));
        Assert.Equal(both.Backward(V(36, 7)), gain.Backward(V(36, 7)));
        Assert.Equal(Gradient(both.Parameters[0]), Gradient(gain.Parameters.Single()));

        both.Parameters[0].Write([1, 1, 1, 1]);
        both.Parameters[1].Write(V(4, 4));
        bias.Parameters.Single().Write(V(4, 4));
        both.ClearGradients();
        Assert.Equal(both.Forward(V(12, 5)), bias.Forward(V(12, 5)));
        Assert.Equal(both.Backward(V(12, 7)), bias.Backward(V(12, 7)));
        Assert.Equal(Gradient(both.Parameters[1]), Gradient(bias.Parameters.Single()));
    }
}
