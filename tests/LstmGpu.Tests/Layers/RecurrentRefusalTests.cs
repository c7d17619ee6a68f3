using Xunit;
using static LstmGpu.Tests.Layers.RecurrentUnderTest;

namespace LstmGpu.Tests.Layers;

/// <summary>What the layers refuse, and how they say it.</summary>
public sealed class RecurrentRefusalTests
{
    private static readonly LstmOptions Lstm = new() { InputSize = 3, HiddenSize = 5 };

    public static TheoryData<string, string> Senseless => new()
    {
        { "projection", "the projection has width 5, expected less than the hidden size, 5" },
        { "input", "input size is 0, expected 1 to" },
        { "dropout", "dropout is 1, expected a probability from 0 to below 1" },
        { "nan", "zoneout of h is NaN" },
        { "clip", "the cell clip is -1" },
        { "coupled", "a coupled forget gate is 1 − i and has no bias of its own" },
        { "bias", "there is a forget bias and no bias" },
        { "rnn", "a plain RNN has none; use hidden dropout" },
    };

    [Theory]
    [MemberData(nameof(Senseless))]
    public void OptionsThatMakeNoSense_AreRefusedWithTheReason(string which, string reason)
    {
        using Device device = Device.Open("cpu", threads: 1);
        RecurrentOptions options = which switch
        {
            "projection" => Lstm with { ProjectionSize = 5 },
            "input" => Lstm with { InputSize = 0 },
            "dropout" => Lstm with { Dropout = 1 },
            "nan" => Lstm with { ZoneoutHidden = double.NaN },
            "clip" => Lstm with { CellClip = -1 },
            "coupled" => Lstm with { CoupledInputForget = true, ForgetBias = 1 },
            "bias" => Lstm with { Bias = false, ForgetBias = 1 },
            _ => new RnnOptions { InputSize = 3, HiddenSize = 5, RecurrentDropout = 0.1 },
        };
        Assert.Contains(reason, Assert.Throws<ConfigurationException>(() => Create(device, options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ArgumentsThatDoNotFit_AreRefusedWithBothShapes()
    {
        using Device device = Device.Open("cpu", threads: 1);
        using Recurrent layer = Create(device, Lstm with { Layers = 2, Bidirectional = true, ProjectionSize = 4 });
        using Recurrent gru = Create(device, new GruOptions { InputSize = 3, HiddenSize = 5, BatchFirst = true });
        float[] x = new float[2 * 3 * 3];

        Refused("input has 18 elements, expected [T,B,I] = [4,3,3] = 36", () => layer.Forward(x, 4, 3));
        Refused("input has 18 elements, expected [B,T,I] = [3,4,3] = 36", () => gru.Forward(x, 4, 3));
        Refused("steps is 0 and batch 3", () => layer.Forward([], 0, 3));
        Refused("state.Hidden has 5 elements, expected [L·D,B,P] = [4,3,4] = 48", () => layer.Forward(x, 2, 3, new(new float[5], new float[60])));
        Refused("state.Cell has 5 elements, expected [L·D,B,H] = [4,3,5] = 60", () => layer.Forward(x, 2, 3, new(new float[48], new float[5])));
        Refused("state.Cell has 1 elements, expected none: this cell has no c", () => gru.Forward(x, 2, 3, new(new float[15], new float[1])));
        Refused("lengths has 2 elements, expected [B] = [3]", () => layer.Forward(x, 2, 3, lengths: [1, 2]));
        Refused("lengths[1] is 3, expected 0 to 2", () => layer.Forward(x, 2, 3, lengths: [1, 3, 0]));
        Refused("lengths[2] is -1, expected 0 to 2", () => layer.Forward(x, 2, 3, lengths: [1, 2, -1]));
        Refused("'weight_hr_l0' has the shape [4,5] = 20 elements, found 3", () => layer.Parameters.Single(p => p.Name == "weight_hr_l0").Write(new float[3]));
        layer.Forward(x, 2, 3);
        Refused("dOutput has 7 elements, expected [T,B,D·P] = [2,3,8] = 48", () => layer.Backward(new float[7]));
        Refused("dState.Hidden has 1 elements", () => layer.Backward(new float[48], new(new float[1], new float[60])));

        static void Refused(string message, Action call) => Assert.Contains(message, Assert.Throws<ArgumentException>(call).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Backward_NeedsAForwardPassOfItsOwn()
    {
        using Device device = Device.Open("cpu", threads: 1);
        using Recurrent layer = Create(device, Lstm);
        Assert.Throws<InvalidOperationException>(() => layer.Backward(new float[5]));
        Assert.Throws<InvalidOperationException>(() => layer.LayerOutput(0));
        layer.Forward(new float[3], 1, 1);
        layer.Backward(new float[5]);
        Assert.Throws<InvalidOperationException>(() => layer.Backward(new float[5]));
    }
}
