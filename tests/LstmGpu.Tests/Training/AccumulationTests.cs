using System.Text.Json;
using LstmGpu.Devices;
using LstmGpu.Devices.Reference;
using LstmGpu.Layers;
using LstmGpu.Tests.Devices;
using LstmGpu.Training;
using Xunit;

namespace LstmGpu.Tests.Training;

/// <summary>An update of several batches is the update of one that holds them all, and batches follow each other as they do without.</summary>
public sealed class AccumulationTests
{
    private const int Symbols = 11;
    private const int Steps = 5;
    private const int Updates = 4;

    public static TheoryData<string> Devices => [.. DeviceUnderTest.Names];

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void SmallBatches_UpdateAsOneBatchOfAllTheirRows(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        TrainingOptions options = new() { Optimizer = "sgd", LearningRate = 0.5, Momentum = 0.9, ClipNorm = 0.2 };

        (StepResult[] small, float[] parameters) = Train(backend, options with { Accumulate = 3 }, rows: 2);
        (StepResult[] large, float[] expected) = Train(backend, options, rows: 6);

        // Float32 sums in another order: some hundred roundings of numbers around 1, and what four updates make of them.
        Near.Equal("loss", [.. large.Select(step => step.Loss)], [.. small.Select(step => (float)step.Loss)], _ => 2e-6);
        Near.Equal("norm", [.. large.Select(step => step.GradNorm)], [.. small.Select(step => (float)step.GradNorm)], _ => 2e-6);
        Near.Equal("parameters", expected.ToDoubles(), parameters, _ => 2e-6);
    }

    [Fact]
    public void Batches_KeepTheirOrderTheirStateAndTheirMasks()
    {
        using SmallRuns runs = new();
        // A rate that leaves every parameter as it is: the losses of the batches are those of a run with one each, in pairs, across the end of an epoch.
        RunOptions options = runs.Options(
            new() { Embedding = 4, Hidden = 6, Layers = 2, Dropout = 0.4 },
            new() { Optimizer = "sgd", LearningRate = 1e-30, Steps = 2 * SmallRuns.WindowsPerEpoch });
        runs.Train("single", options);
        runs.Train("pairs", options with { Training = options.Training with { Steps = SmallRuns.WindowsPerEpoch, Accumulate = 2 } });

        double[] single = Losses("single");
        double[] pairs = Losses("pairs");

        Assert.Equal([.. Enumerable.Range(0, SmallRuns.WindowsPerEpoch).Select(n => (single[2 * n] + single[(2 * n) + 1]) / 2)], pairs);
        Assert.Equal([0, 0, 0, 0, 1, 1, 1, 1, 1], Training("pairs").Select(row => row.GetProperty("epoch").GetInt64()));

        IEnumerable<JsonElement> Training(string run) => runs.Rows(run).Where(row => row.GetProperty("split").ValueEquals("train"));

        double[] Losses(string run) => [.. Training(run).Select(row => row.GetProperty("loss").GetDouble())];
    }

    [Theory]
    [InlineData(1, 18)]
    [InlineData(2, 9)]
    [InlineData(4, 5)] // 4 × 5 batches: the last update takes two of a third epoch
    public void Epochs_TakeAllTheirBatches(int accumulate, long steps)
    {
        using SmallRuns runs = new();
        Assert.Equal(steps, runs.Train("run", runs.Options(training: new() { Epochs = 2, Accumulate = accumulate })).Step);
    }

    private static (StepResult[] Steps, float[] Parameters) Train(IBackend backend, TrainingOptions options, int rows)
    {
        LanguageModel model = new(backend, new() { Embedding = 3, Hidden = 4 }, Symbols, Steps, rows, training: true);
        using Trainer trainer = new(backend, new RunOptions { Training = options }, new Rows(model), Updates);
        trainer.Allocate();
        model.Initialise(seed: 3);
        trainer.Start();
        StepResult[] steps = [.. Enumerable.Range(0, Updates).Select(_ => trainer.Advance())];
        float[] parameters = new float[model.Memory.ParameterLayout.Length];
        backend.Download(model.Memory.Parameters.All, parameters);
        return (steps, parameters);
    }

    /// <summary>An endless list of rows that begin from a zero state; a batch takes the next.</summary>
    private sealed class Rows(LanguageModel model) : ITaskNetwork
    {
        public ITrainable Network => model;

        public long BatchesPerEpoch => 1000;

        public bool IsCrossEntropy => true;

        public long Load(long step)
        {
            int[] inputs = new int[Steps * model.Batch];
            int[] targets = new int[inputs.Length];
            for (int n = 0; n < inputs.Length; n++)
            {
                long row = (step * model.Batch) + (n % model.Batch);
                inputs[n] = Symbol(row, n / model.Batch);
                targets[n] = Symbol(row, (n / model.Batch) + 1);
            }
            model.Stack.ResetState();
            model.SetWindow(inputs, targets);
            return inputs.Length;
        }

        public Evaluation? Evaluate(CancellationToken cancel) => null;

        public void Dispose() => model.Dispose();

        private static int Symbol(long row, int step) => (int)(((row * 7) + (step * step * 3) + (row * step)) % Symbols);
    }
}
