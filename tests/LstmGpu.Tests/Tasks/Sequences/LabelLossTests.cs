using LstmGpu.Data;
using LstmGpu.Devices;
using LstmGpu.Layers;
using LstmGpu.Memory;
using LstmGpu.Tasks.Sequences;
using LstmGpu.Tests.Devices;
using Xunit;

namespace LstmGpu.Tests.Tasks.Sequences;

public sealed class LabelLossTests
{
    private static readonly float[] Logits = [0.5f, -1, 2, 1.5f, 0.25f, -0.5f, 0, 1, -2, 3, 0, 0];

    // logits = torch.tensor([[0.5,-1.0,2.0],[1.5,0.25,-0.5],[0.0,1.0,-2.0],[3.0,0.0,0.0]]); labels = torch.tensor([2,0,-1,1]); w = torch.tensor([0.5,2.0,1.5])
    // cross_entropy(logits, labels, weight=w, ignore_index=-1, label_smoothing=0.1).item()  and  cross_entropy(logits, labels, ignore_index=-1).item()
    [Theory]
    [InlineData(true, 1.7262753248214722)]
    [InlineData(false, 1.2293953895568848)]
    public void Loss_OfTraining_HasSmoothingAndWeights_AndTheOneOfAnEvaluationHasNot(bool gradient, double expected)
    {
        using IBackend backend = DeviceUnderTest.Open("cpu");
        using ModelMemory memory = new(training: true);
        LabelLoss loss = new(0.1, [0.5f, 2, 1.5f]);
        ArenaEntry outputs = memory.ReserveLayout.Add("outputs", 4, 3);
        loss.Plan(memory, rows: 4, outputs: 3);
        memory.Allocate(backend);
        using DeviceBuffer integers = backend.Allocate("labels", sizeof(int) * loss.Integers(4));
        loss.Bind(backend, memory, new(integers, 0, loss.Integers(4)));
        backend.Upload<float>(Logits, memory.Reserve[outputs]);
        loss.SetLabels([2, 0, LabelLoss.Ignored, 1]);

        Assert.Equal(expected, DeviceValues.Of(backend, loss.Run(1, 4, default, memory.Reserve[outputs], gradient))[0], 1e-5);
    }

    // n / (K * n_k) over the labels that occur, as sklearn.utils.class_weight.compute_class_weight("balanced", …) documents it
    [Fact]
    public void BalancedWeights_AreThoseOfScikitLearn()
    {
        int[] labels = [0, 0, 0, 1, 3, 3, 3, 3];
        float[] expected = [8 / 9f, 8 / 3f, 0, 2 / 3f];

        Assert.Equal(expected, LabelCounts.Balanced(SequenceSet.OfTokens([.. labels.Select(_ => new[] { 0 })], labels), labels: 4));
        Assert.Equal(expected, LabelCounts.Balanced(SequenceSet.OfTaggedTokens([new int[3], new int[5]], [labels[..3], labels[3..]]), labels: 4));
    }
}
