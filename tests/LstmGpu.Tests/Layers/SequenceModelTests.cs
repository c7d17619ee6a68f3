using LstmGpu.Devices;
using LstmGpu.Layers;
using LstmGpu.Memory;
using LstmGpu.Tests.Devices;
using Xunit;
using static LstmGpu.Tests.Layers.PublicLayers;

namespace LstmGpu.Tests.Layers;

/// <summary>The network of classification and labelling against the public layers, put together as a user of PyTorch would, on every device present.</summary>
public sealed class SequenceModelTests
{
    private const int Vocabulary = 7, Classes = 3, Steps = 5, Batch = 4, Hidden = 4, EmbeddingWidth = 3;

    private static readonly int[] Lengths = [3, 5, 0, 1];
    private static readonly int[] Tokens = [.. Enumerable.Range(0, Steps * Batch).Select(i => (i * 5 + 2) % Vocabulary)];

    public static TheoryData<string, string, bool> Cases()
    {
        TheoryData<string, string, bool> cases = [];
        foreach (string device in DeviceUnderTest.Names)
        {
            foreach (string pooling in (string[])["Last", "Mean", "Max", "none"])
            {
                cases.Add(device, pooling, false);
                cases.Add(device, pooling, true);
            }
        }
        return cases;
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void LossAndGradients_AreThoseOfTheLayersPutTogether(string device, string pooling, bool bidirectional)
    {
        using Device opened = RecurrentUnderTest.Open(device);
        Pooling? kind = pooling == "none" ? null : Enum.Parse<Pooling>(pooling);
        SequenceShape shape = new(Steps, Batch, Vocabulary, 0, Classes, kind);
        LabelLoss loss = new();
        ModelOptions options = new() { Embedding = EmbeddingWidth, Hidden = Hidden, Layers = 2, Bidirectional = bidirectional };
        using SequenceModel model = new(opened.Backend, options, shape, loss, training: true);
        model.Allocate();
        model.Initialise(seed: 7);
        model.ParametersChanged();
        int[] labels = Labels(kind is null);
        model.SetTokens(Tokens, Lengths);
        loss.SetLabels(labels);

        float found = DeviceValues.Of(opened.Backend, model.Gradients(default))[0];

        Expected expected = Compose(opened, model, kind, bidirectional, labels);
        Assert.Equal(expected.Loss, found, 1e-6f);
        Assert.Contains(expected.Gradients, gradient => gradient.Values.Any(value => Math.Abs(value) > 1e-2));
        foreach ((string name, float[] values) in expected.Gradients)
        {
            // The same operations in another order of sums: some tens of roundings of numbers below 1.
            Near.Equal("gradient of " + name, [.. values.Select(v => (double)v)], Read(opened.Backend, model.Memory.Gradients, name), 64 / 16777216.0);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Padding_HasNoPartInAnything(string device, string pooling, bool bidirectional)
    {
        using Device opened = RecurrentUnderTest.Open(device);
        Pooling? kind = pooling == "none" ? null : Enum.Parse<Pooling>(pooling);
        LabelLoss loss = new();
        ModelOptions options = new() { Embedding = EmbeddingWidth, Hidden = Hidden, Bidirectional = bidirectional };
        using SequenceModel model = new(opened.Backend, options, new(Steps, Batch, Vocabulary, 0, Classes, kind), loss, training: true);
        model.Allocate();
        model.Initialise(seed: 7);
        model.ParametersChanged();
        int[] other = [.. Tokens.Select((token, n) => n / Batch < Lengths[n % Batch] ? token : (token + 1) % Vocabulary)];
        loss.SetLabels(Labels(kind is null));

        (float Loss, float[] Gradients) Pass(int[] tokens)
        {
            model.SetTokens(tokens, Lengths);
            float mean = DeviceValues.Of(opened.Backend, model.Gradients(default))[0];
            return (mean, DeviceValues.Of(opened.Backend, model.Memory.Gradients.All));
        }
        (float before, float[] gradients) = Pass(Tokens);
        (float after, float[] again) = Pass(other);

        Assert.NotEqual(Tokens, other);
        Assert.Equal(before, after);
        Near.SameBits("gradients", gradients, again);
    }

    // A label for each step or sequence, and none for what is padding.
    private static int[] Labels(bool perStep) => perStep
        ? [.. Enumerable.Range(0, Steps * Batch).Select(n => n / Batch < Lengths[n % Batch] ? n % Classes : LabelLoss.Ignored)]
        : [.. Lengths.Select((length, b) => length > 0 ? b % Classes : LabelLoss.Ignored)];

    private static Expected Compose(Device device, SequenceModel model, Pooling? kind, bool bidirectional, int[] labels)
    {
        int width = bidirectional ? 2 * Hidden : Hidden;
        using Embedding embedding = new(device, Vocabulary, EmbeddingWidth);
        using Lstm lstm = new(device, new LstmOptions { InputSize = EmbeddingWidth, HiddenSize = Hidden, Layers = 2, Bidirectional = bidirectional });
        using Linear linear = new(device, width, Classes);
        using Losses losses = new(device);
        (string Prefix, IReadOnlyList<Parameter> Parameters)[] parts = [("embedding.", embedding.Parameters), ("lstm.", lstm.Parameters), ("linear.", linear.Parameters)];
        foreach ((string prefix, IReadOnlyList<Parameter> parameters) in parts)
        {
            foreach (Parameter parameter in parameters)
            {
                parameter.Write(Read(device.Backend, model.Memory.Parameters, prefix + parameter.Name));
            }
        }
        RecurrentOutput output = lstm.Forward(embedding.Forward(Tokens), Steps, Batch, lengths: Lengths, masks: new DropoutMasks(0, 0));
        LossValue loss;
        RecurrentGradient back;
        if (kind is null)
        {
            loss = losses.CrossEntropy(linear.Forward(output.Output), labels, Classes, ignoreIndex: LabelLoss.Ignored);
            back = lstm.Backward(linear.Backward(loss.Gradient));
        }
        else if (kind == Pooling.Last)
        {
            loss = losses.CrossEntropy(linear.Forward(LastOf(output.State.Hidden, bidirectional)), labels, Classes, ignoreIndex: LabelLoss.Ignored);
            float[] dLast = linear.Backward(loss.Gradient), dHidden = Spread(dLast, output.State.Hidden.Length, bidirectional);
            back = lstm.Backward(new float[output.Output.Length], new RecurrentState(dHidden, new float[output.State.Cell.Length]));
        }
        else
        {
            using SequencePooling pooling = new(device, (PoolingKind)kind, width);
            loss = losses.CrossEntropy(linear.Forward(pooling.Forward(output.Output, Steps, Batch, Lengths)), labels, Classes, ignoreIndex: LabelLoss.Ignored);
            back = lstm.Backward(pooling.Backward(linear.Backward(loss.Gradient)));
        }
        embedding.Backward(back.Input);
        return new(loss.Mean, [.. parts.SelectMany(part => part.Parameters.Select(parameter => (part.Prefix + parameter.Name, Gradient(parameter))))]);
    }

    // The last layer's rows of h_n, [L·D,B,H], side by side.
    private static float[] LastOf(float[] hidden, bool bidirectional)
    {
        int directions = bidirectional ? 2 : 1, width = directions * Hidden;
        float[] last = new float[Batch * width];
        for (int n = 0; n < last.Length; n++)
        {
            last[n] = hidden[Place(n, directions)];
        }
        return last;
    }

    private static float[] Spread(float[] dLast, int length, bool bidirectional)
    {
        float[] hidden = new float[length];
        for (int n = 0; n < dLast.Length; n++)
        {
            hidden[Place(n, bidirectional ? 2 : 1)] = dLast[n];
        }
        return hidden;
    }

    private static int Place(int n, int directions)
    {
        (int b, int unit) = Math.DivRem(n, directions * Hidden);
        (int direction, int h) = Math.DivRem(unit, Hidden);
        return (((directions + direction) * Batch) + b) * Hidden + h; // of layer 1
    }

    private static float[] Read(IBackend backend, Arena arena, string name) => DeviceValues.Of(backend, arena[arena.Layout.Entries.Single(entry => entry.Name == name)]);

    private sealed record Expected(float Loss, IReadOnlyList<(string Name, float[] Values)> Gradients);
}
