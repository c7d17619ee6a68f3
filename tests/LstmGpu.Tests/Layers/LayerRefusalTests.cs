using Xunit;

namespace LstmGpu.Tests.Layers;

/// <summary>What the layers beside the recurrence and the losses refuse, and how they say it.</summary>
public sealed class LayerRefusalTests
{
    [Fact]
    public void ArraysThatDoNotFit_AreRefusedWithBothShapes()
    {
        using Device device = Device.Open("cpu", threads: 1);
        using Embedding embedding = new(device, 7, 3);
        using Linear linear = new(device, 4, 2);
        using LayerNorm norm = new(device, 4);
        using SequencePooling pooling = new(device, PoolingKind.Mean, 2), batchFirst = new(device, PoolingKind.Max, 2, batchFirst: true);

        Refused("tokens has 0 elements, expected [R,1] = [R,1] with R at least 1", () => embedding.Forward([]));
        Refused("tokens[1] is 7, expected 0 to 6", () => embedding.Forward([6, 7]));
        Refused("tokens[0] is -1, expected 0 to 6", () => embedding.Forward([-1]));
        Refused("tokens[1] is 4, expected 0 to 3", () => OneHot.Encode([3, 4], 4));
        Refused("input has 7 elements, expected [R,I] = [R,4] with R at least 1", () => linear.Forward(new float[7]));
        Refused("input has 0 elements, expected [R,N] = [R,4] with R at least 1", () => norm.Forward([]));
        Refused("input has 7 elements, expected [T,B,H] = [4,3,2] = 24", () => pooling.Forward(new float[7], 4, 3));
        Refused("input has 7 elements, expected [B,T,H] = [3,4,2] = 24", () => batchFirst.Forward(new float[7], 4, 3));
        Refused("steps is 0 and batch 3", () => pooling.Forward([], 0, 3));
        Refused("lengths has 2 elements, expected [B] = [3]", () => pooling.Forward(new float[24], 4, 3, [1, 2]));
        Refused("lengths[1] is 5, expected 0 to 4", () => pooling.Forward(new float[24], 4, 3, [1, 5, 2]));

        embedding.Forward([1, 2]);
        Refused("dOutput has 5 elements, expected [R,E] = [2,3] = 6", () => embedding.Backward(new float[5]));
        linear.Forward(new float[12]);
        Refused("dOutput has 5 elements, expected [R,O] = [3,2] = 6", () => linear.Backward(new float[5]));
        norm.Forward(new float[12]);
        Refused("dOutput has 5 elements, expected [R,N] = [3,4] = 12", () => norm.Backward(new float[5]));
        pooling.Forward(new float[24], 4, 3);
        Refused("dOutput has 5 elements, expected [B,H] = [3,2] = 6", () => pooling.Backward(new float[5]));
        Refused("'weight' has the shape [2,4] = 8 elements, found 3", () => linear.Parameters[0].Write(new float[3]));
        Refused("'weight' has the shape [7,3] = 21 elements, found 3", () => embedding.Parameters[0].ReadGradient(new float[3]));
    }

    [Fact]
    public void LossesThatDoNotFit_AreRefusedWithBothShapes()
    {
        using Device device = Device.Open("cpu", threads: 1);
        using Losses losses = new(device);
        float[] logits = new float[6];

        Refused("logits has 6 elements, expected [R,V] = [R,4]", () => losses.CrossEntropy(logits, [0], 4));
        Refused("targets has 3 elements, expected [R] = [2] = 2", () => losses.CrossEntropy(logits, [0, 1, 2], 3));
        Refused("targets[1] is 3, expected 0 to 2, or -100 to ignore the row", () => losses.CrossEntropy(logits, [0, 3], 3));
        Refused("label smoothing is 1.5, expected from 0 to 1", () => losses.CrossEntropy(logits, [0, 1], 3, labelSmoothing: 1.5));
        Refused("class weights has 2 elements, expected [V] = [3] = 3", () => losses.CrossEntropy(logits, [0, 1], 3, classWeights: [1, 1]));
        Refused("class weights[1] is -1, expected at least 0", () => losses.CrossEntropy(logits, [0, 1], 3, classWeights: [1, -1, 1]));
        Refused("classes is 0", () => losses.CrossEntropy(logits, [0, 1], 0));
        Refused("targets has 5 elements, expected [N], as many as predictions, = [6] = 6", () => losses.MeanSquaredError(logits, new float[5]));
        Refused("predictions has 0 elements", () => losses.MeanAbsoluteError([], []));
        Refused("delta is 0, expected greater than 0", () => losses.Huber(logits, logits, 0));
    }

    [Fact]
    public void SizesThatMakeNoSense_AreRefusedWithTheReason()
    {
        using Device device = Device.Open("cpu", threads: 1);
        Senseless("symbols is 0, expected at least 1", () => new Embedding(device, 0, 3));
        Senseless("width is 0, expected 1 to", () => new Embedding(device, 3, 0));
        Senseless("the padding index is 7, expected 0 to 6", () => new Embedding(device, 7, 3, paddingIndex: 7));
        Senseless("inputs is 0, expected 1 to", () => new Linear(device, 0, 2));
        Senseless("outputs is 0, expected at least 1", () => new Linear(device, 2, 0));
        Senseless("width is -1, expected 1 to", () => new LayerNorm(device, -1));
        Senseless("the pooling is 9, expected Last, Mean, Max", () => new SequencePooling(device, (PoolingKind)9, 2));
        Assert.Throws<DeviceException>(() => new Embedding(device, int.MaxValue, 65_536));

        static void Senseless(string reason, Func<IDisposable> create) =>
            Assert.Contains(reason, Assert.Throws<ConfigurationException>(create).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Backward_NeedsAForwardPassOfItsOwn()
    {
        using Device device = Device.Open("cpu", threads: 1);
        using Embedding embedding = new(device, 2, 1, frozen: true);
        using Linear linear = new(device, 1, 1);
        using LayerNorm norm = new(device, 1);
        using SequencePooling pooling = new(device, PoolingKind.Last, 1);
        void Refuse()
        {
            Assert.Throws<InvalidOperationException>(() => embedding.Backward(new float[1]));
            Assert.Throws<InvalidOperationException>(() => linear.Backward(new float[1]));
            Assert.Throws<InvalidOperationException>(() => norm.Backward(new float[1]));
            Assert.Throws<InvalidOperationException>(() => pooling.Backward(new float[1]));
        }

        Refuse();
        embedding.Forward([1]);
        linear.Forward([1]);
        norm.Forward([1]);
        pooling.Forward([1], 1, 1);
        embedding.Backward([1]);
        linear.Backward([1]);
        norm.Backward([1]);
        pooling.Backward([1]);
        Refuse();
    }

    private static void Refused(string message, Action call) =>
        Assert.Contains(message, Assert.Throws<ArgumentException>(call).Message, StringComparison.Ordinal);
}
