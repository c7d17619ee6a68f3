using LstmGpu.Tests.Devices;
using Xunit;
using static LstmGpu.Tests.Layers.PublicLayers;
using static LstmGpu.Tests.Layers.RecurrentUnderTest;

namespace LstmGpu.Tests.Layers;

public sealed class EmbeddingTests
{
    private static readonly int[] Tokens = [2, 1, 0, 2];

    public static TheoryData<string> Devices => BackendContract.Devices;

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void Embedding_IsPyTorchs_AndItsPaddingRowGetsNoGradient(string name)
    {
        // e = torch.nn.Embedding(4, 3, padding_idx=1); e.weight.data = v(12, 5).view(4, 3)
        // y = e(torch.tensor([2, 1, 0, 2])); y.backward(v(12, 7).view(4, 3))
        // show("y", y); show("dW", e.weight.grad)
        using Device device = Open(name);
        using Embedding layer = new(device, 4, 3, paddingIndex: 1);
        Parameter weight = layer.Parameters.Single();
        weight.Write(V(12, 5));

        Same("y", [0.125, 0.75, -0.25, -0.125, 0.5, -0.5, -0.375, 0.25, -0.75, 0.125, 0.75, -0.25], layer.Forward(Tokens));
        layer.Backward(V(12, 7));
        Assert.Equal("weight", weight.Name);
        Assert.True(weight.Trainable);
        Same("dW", [0, -0.75, 0.125, 0, 0, 0, -1, 0.75, -0.75, 0, 0, 0], Gradient(weight));
        Near.SameBits("the padding row's gradient", new float[3], Gradient(weight)[3..6]);
        layer.ClearGradients();
        Assert.All(Gradient(weight), g => Assert.Equal(0, g));
        Assert.Equal(50 * 3, layer.Forward(new int[50]).Length);
        Near.SameBits("the table after a larger pass", V(12, 5), Read(weight));
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void FrozenTable_KeepsItsBytes_AndHasNoGradient(string name)
    {
        using Device device = Open(name);
        using Embedding layer = new(device, 4, 3, frozen: true), trained = new(device, 4, 3);
        Parameter weight = layer.Parameters.Single();
        weight.Write(V(12, 5));
        trained.Parameters.Single().Write(V(12, 5));

        Near.SameBits("y", trained.Forward(Tokens), layer.Forward(Tokens));
        layer.Backward(V(12, 7));
        layer.ClearGradients();
        Near.SameBits("the table", V(12, 5), Read(weight));
        Assert.False(weight.Trainable);
        string message = Assert.Throws<InvalidOperationException>(() => Gradient(weight)).Message;
        Assert.Equal("'weight' is frozen and has no gradient", message);
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void Initialise_DrawsFromTheNormal_AndClearsThePaddingRow(string name)
    {
        using Device device = Open(name);
        using Embedding layer = new(device, 40, 25, paddingIndex: 39);
        layer.Initialise(1);
        float[] drawn = Read(layer.Parameters.Single());
        Assert.All(drawn[^25..], value => Assert.Equal(0, value));
        // 975 draws: the mean is within 5/√975, the mean square within 5·√(2/975) of their expectations.
        Assert.InRange(drawn[..^25].Average(), -0.16, 0.16);
        Assert.InRange(drawn[..^25].Average(value => value * value), 0.77, 1.23);
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void OneHot_IsTheEmbeddingOfTheUnitMatrix(string name)
    {
        using Device device = Open(name);
        using Embedding layer = new(device, 4, 4);
        layer.Parameters.Single().Write([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]);
        Near.SameBits("one-hot", layer.Forward(Tokens), OneHot.Encode(Tokens, 4));
    }
}
