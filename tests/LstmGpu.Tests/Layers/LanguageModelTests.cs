using LstmGpu.Devices;
using LstmGpu.Devices.Reference;
using LstmGpu.Layers;
using LstmGpu.Memory;
using LstmGpu.Tests.Devices;
using LstmGpu.Tests.Reference;
using LstmGpu.Training;
using Xunit;

namespace LstmGpu.Tests.Layers;

/// <summary>The whole model, embedding to loss, on every device present, against the composition of the reference operations.</summary>
public sealed class LanguageModelTests
{
    private const int Vocabulary = 7, Steps = 6, Batch = 3;

    private static readonly DropoutKey Mask = new(Seed: 5, Step: 3, Site: 0);

    public static TheoryData<string, int, int, double> Cases()
    {
        TheoryData<string, int, int, double> cases = [];
        foreach (string device in DeviceUnderTest.Names)
        {
            cases.Add(device, 3, 2, 0);
            cases.Add(device, 3, 2, 0.3);
            cases.Add(device, 0, 1, 0);
            cases.Add(device, 0, 3, 0.4);
        }
        return cases;
    }

    public static TheoryData<string, string> DevicesAndModels()
    {
        TheoryData<string, string> cases = [];
        foreach (string device in DeviceUnderTest.Names)
        {
            foreach (string model in Models.Named.Keys.Where(name => !AwkwardSizes.IsSlow(device) || name is "plain" or "gru" or "everything, tiny"))
            {
                cases.Add(device, model);
            }
        }
        return cases;
    }

    [SkippableTheory]
    [MemberData(nameof(DevicesAndModels))]
    public void Gradients_OfTheSecondWindow_MatchFiniteDifferencesOfTheReference(string device, string model)
    {
        using Windows windows = new(device, Models.Named[model]);
        ReferenceModel reference = windows.Reference();
        var state = reference.Forward(Steps, Batch, windows.Tokens(0), windows.Targets(0), reference.ZeroState(Batch)).State;
        windows.Forward(0, mask: null);
        windows.Model.Stack.Carry(Steps);

        double loss = windows.Forward(1, Mask);
        windows.Model.Backward(Steps, Mask);

        var expectedLoss = reference.Forward(Steps, Batch, windows.Tokens(1), windows.Targets(1), state, Mask);
        // A mean of R losses near ln V, each from some 5·H additions of numbers near 1: well within 64 roundings. The penalties are no part of it.
        Assert.Equal(expectedLoss.Losses.Average(), loss, 64 * Precision.Rounding * Math.Log(Vocabulary));
        double Loss()
        {
            var (losses, penalty, _, _) = reference.Forward(Steps, Batch, windows.Tokens(1), windows.Targets(1), state, Mask);
            return losses.Average() + penalty;
        }
        double largest = 0;
        List<(string Name, double[] Expected, float[] Found)> gradients = [];
        foreach ((string name, double[] values) in reference.Parameters)
        {
            // Narrow enough that neither the edge of a ReLU nor the curvature of a norm is felt; 2⁻⁵²/s stays below 1e-10.
            double[] expected = FiniteDifferences.Gradient(values, Loss, step: 1e-5);
            largest = Math.Max(largest, expected.Max(Math.Abs));
            gradients.Add((name, expected, windows.Gradient(name)));
        }
        Assert.True(largest > 1e-2, "the example has no gradient to speak of");
        foreach ((string name, double[] expected, float[] found) in gradients)
        {
            // Through T steps and L layers each of R·4H contributions passes about 10·T·L roundings, relative to the largest of them.
            Near.Equal("gradient of " + name, expected, found, 10 * Steps * Models.Named[model].Layers * Precision.Rounding * largest);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(DevicesAndModels))]
    public void Evaluation_BetweenTwoForwards_UsesNoMaskAndLeavesThemAlone(string device, string model)
    {
        using Windows windows = new(device, Models.Named[model]);
        ReferenceModel reference = windows.Reference();
        double[] expected = reference.Forward(Steps, Batch, windows.Tokens(1), windows.Targets(1), reference.ZeroState(Batch)).Logits;

        double before = windows.Forward(0, Mask);
        float[] evaluated = windows.Logits(1);
        double after = windows.Forward(0, Mask);

        // As the loss above; the norm of a cell whose elements are alike magnifies by as much as 1/√ε = 316, in the examples by less than 4.
        Near.Equal("logits of the evaluation", expected, evaluated, 4 * 64 * Precision.Rounding);
        Assert.Equal(before, after);
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void TwoWindows_ThatCarryTheState_AreOneWindowOfTwiceTheLength(string device, int embedding, int layers, double dropout)
    {
        Assert.InRange(dropout, 0, 1); // without a mask it plays no part
        ModelOptions options = new() { Embedding = embedding, Hidden = 5, Layers = layers, Dropout = dropout };
        using Windows halves = new(device, options);
        using Windows whole = new(device, options, longest: 2 * Steps);
        ReferenceModel reference = halves.Reference();
        int[] tokens = [.. halves.Tokens(0), .. halves.Tokens(1)];
        int[] targets = [.. halves.Targets(0), .. halves.Targets(1)];

        float[] first = halves.Logits(0);
        halves.Model.Stack.Carry(Steps);
        float[] second = halves.Logits(1);
        whole.Model.SetWindow(tokens, targets);
        float[] both = DeviceValues.Of(whole.Backend, whole.Model.Forward(2 * Steps, mask: null));

        double[] expected = reference.Forward(2 * Steps, Batch, tokens, targets, reference.ZeroState(Batch)).Logits;
        // As the loss above: sums of a few tens of products below 1.
        Near.Equal("logits of one window", expected, both, 64 * Precision.Rounding);
        Near.Equal("logits of two windows", expected, [.. first, .. second], 64 * Precision.Rounding);
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void ResetState_ForgetsTheWindowBefore(string device, int embedding, int layers, double dropout)
    {
        using Windows windows = new(device, new() { Embedding = embedding, Hidden = 5, Layers = layers, Dropout = dropout });
        float[] fresh = windows.Logits(0);
        windows.Model.Stack.Carry(Steps);
        float[] carried = windows.Logits(0);
        windows.Model.Stack.ResetState();
        float[] reset = windows.Logits(0);

        Assert.NotEqual(fresh, carried);
        Near.SameBits("logits after the reset", fresh, reset);
    }

    /// <summary>A model on a device and two windows of tokens.</summary>
    private sealed class Windows : IDisposable
    {
        private readonly ModelOptions options;
        private readonly int[] tokens = new UniformInputs(11).Integers(2 * Steps * Batch, Vocabulary);
        private readonly int[] targets = new UniformInputs(12).Integers(2 * Steps * Batch, Vocabulary);

        public Windows(string device, ModelOptions options, int longest = Steps)
        {
            this.options = options;
            Backend = DeviceUnderTest.Open(device);
            Model = new LanguageModel(Backend, options, Vocabulary, longest, Batch, training: true);
            Model.Allocate();
            Model.Initialise(seed: 3);
            Model.ParametersChanged();
            Model.Stack.ResetState();
        }

        public IBackend Backend { get; }

        public LanguageModel Model { get; }

        public int[] Tokens(int window) => tokens[(window * Steps * Batch)..((window + 1) * Steps * Batch)];

        public int[] Targets(int window) => targets[(window * Steps * Batch)..((window + 1) * Steps * Batch)];

        public ReferenceModel Reference()
        {
            Arena parameters = Model.Memory.Parameters;
            return ReferenceModel.Of(options, Vocabulary, parameters.Layout.Entries.Select(e => (e.Name, DeviceValues.Of(Backend, parameters[e]))));
        }

        public float[] Logits(int window)
        {
            Model.SetWindow(Tokens(window), Targets(window));
            return DeviceValues.Of(Backend, Model.Forward(Steps, mask: null));
        }

        /// <summary>The mean loss; the logits become its gradient.</summary>
        public double Forward(int window, DropoutKey? mask)
        {
            Model.SetWindow(Tokens(window), Targets(window));
            Model.Forward(Steps, mask);
            return DeviceValues.Of(Backend, Model.Loss(Steps, 1f / (Steps * Batch), gradient: true))[0];
        }

        public float[] Gradient(string name) =>
            DeviceValues.Of(Backend, Model.Memory.Gradients[Model.Memory.ParameterLayout.Entries.Single(e => e.Name == name)]);

        public void Dispose()
        {
            Model.Dispose();
            Backend.Dispose();
        }
    }
}
