using LstmGpu.Devices;
using LstmGpu.Devices.Portable;
using LstmGpu.Layers;
using LstmGpu.Tasks;
using LstmGpu.Tests.Training;
using LstmGpu.Training;
using Xunit;

namespace LstmGpu.Tests.Devices.Cuda;

/// <summary>A training step that is captured in two graphs: forward to norm, and update to carry.</summary>
[Collection(FakeCudaTests.Name)]
public sealed class CudaReplayTests
{
    private const string Begin = "cuStreamBeginCapture_v2", End = "cuStreamEndCapture", Replayed = "cuGraphLaunch";

    private static readonly ModelOptions Dropped = new()
    {
        Embedding = 2,
        Hidden = 3,
        Layers = 2,
        Dropout = 0.3,
        OutputDropout = 0.2,
        InputDropout = 0.1,
        Variational = true,
        EmbeddingDropout = 0.2,
        WeightDrop = 0.4,
        HiddenDropout = 0.2,
        ActivationPenalty = 1,
        TemporalPenalty = 1,
    };

    [SkippableFact]
    public void Capture_HasTheCommandsOfTheDirectStep_ArgumentByArgument_AndEveryLaterStepReplaysThem()
    {
        using FakeCuda fake = new();
        using KernelBackend backend = fake.Backend();
        using TrainingStep step = Small(backend, Dropped, "adamw");
        string[] first = Logged(fake, () => Take(step, 1)), second = Logged(fake, () => Take(step, 2)), third = Logged(fake, () => Take(step, 3));

        // The first is direct, and loads the kernels; what the host moves, and what changes from step to step, is not captured.
        string[] direct = [.. first.Where(line => line.Contains(" grid ", StringComparison.Ordinal) || line is "cuMemsetD32Async" or "cuMemcpyDtoDAsync_v2")
            .Where(line => !line.StartsWith("StepKernels", StringComparison.Ordinal))];
        string[] captured = [.. Captured(second, 0), .. Captured(second, 1)];
        Assert.Equal(direct, captured);
        Assert.InRange(direct.Length, 60, 500);
        Assert.Contains(direct, line => line.StartsWith("DropoutKernels_ApplyPeriodic", StringComparison.Ordinal));
        Assert.Equal(2, second.Count(line => line == Replayed));
        Assert.Equal(
            ["cuMemcpyHtoDAsync_v2", "cuMemcpyHtoDAsync_v2", "StepKernels_SetDropout", Replayed, "cuMemcpyDtoHAsync_v2", "cuMemcpyDtoHAsync_v2", "StepKernels_SetUpdate", Replayed],
            third.Select(line => line.Split(' ')[0]).Where(line => line.StartsWith("cuMemcpy", StringComparison.Ordinal) || line.Contains("Kernels_", StringComparison.Ordinal) || line == Replayed));
    }

    [SkippableTheory]
    [InlineData("sgd")]
    [InlineData("adam")]
    [InlineData("adamw")]
    [InlineData("rmsprop")]
    [InlineData("adagrad")]
    public void Training_WithTheGraph_HasTheBytesOfTrainingWithout(string optimizer)
    {
        using FakeCuda fake = new();
        EmulatedLaunch.InstallIn(fake);
        using SmallRuns runs = new();
        RunOptions with = Options(runs, optimizer);
        (int on, int off) = (Train("on", with), Train("off", with with { Device = with.Device with { Graph = "off" } }));

        Assert.Null(EmulatedLaunch.Failure);
        Assert.Equal((2 * (Steps - 1), 0), (on, off));
        Assert.Equal(runs.Results("off").Select(r => r.Bytes), runs.Results("on").Select(r => r.Bytes));
        Assert.Equal((0, 0), (fake.Live, fake.ReleasedTwice));

        int Train(string name, RunOptions options)
        {
            fake.ClearLog();
            using (TrainingRun run = TrainingRun.Create(options, runs.At(name), _ => fake.Backend()))
            {
                run.Run();
            }
            return fake.Log.Count(line => line == Replayed);
        }
    }

    [SkippableFact]
    public void Training_StoppedInTheMiddleAndTakenUpInANewContext_FollowsTheDirectRun()
    {
        using FakeCuda fake = new();
        EmulatedLaunch.InstallIn(fake);
        using SmallRuns runs = new();
        RunOptions with = Options(runs, "adam"), without = with with { Device = with.Device with { Graph = "off" } };
        string checkpoint = Directory.CreateDirectory(runs.At("checkpoint")).FullName;
        List<float> direct = [], replayed = [];
        using (Trained whole = new(fake, runs, without))
        {
            whole.Advance(Steps, direct);
            using (Trained begun = new(fake, runs, with))
            {
                begun.Advance(3, replayed);
                begun.Save(checkpoint);
            }
            using Trained resumed = new(fake, runs, with, checkpoint);
            resumed.Advance(Steps - 3, replayed);

            Assert.Equal(whole.Parameters(), resumed.Parameters());
        }
        Assert.Equal(direct, replayed);
        Assert.Equal(Steps, direct.Distinct().Count()); // each step moved the parameters
        Assert.Null(EmulatedLaunch.Failure);
    }

    [SkippableFact]
    public void WindowOfAnotherLength_IsLaunchedAsItIs()
    {
        using FakeCuda fake = new();
        using KernelBackend backend = fake.Backend();
        using TrainingStep step = Small(backend, Dropped, "adam");
        Take(step, 1);
        Take(step, 2);

        string[] calls = Logged(fake, () => Differentiate(step, [0, 1, 2], [1, 2, 3], 3));

        Assert.DoesNotContain(Replayed, calls);
        Assert.Contains(calls, line => line.StartsWith("LstmKernels", StringComparison.Ordinal) || line.StartsWith("LstmCellKernels", StringComparison.Ordinal));
    }

    [SkippableFact]
    public void ReplayedStep_AllocatesNothing()
    {
        using FakeCuda fake = new();
        using KernelBackend backend = fake.Backend();
        using TrainingStep step = Small(backend, Dropped, "adam");
        int number = 0;
        for (int n = 0; n < 40; n++)
        {
            Take(step, ++number);
        }
        Assert.Equal(0, Allocations.Of(() => Take(step, ++number)));
    }

    [SkippableFact]
    public void CaptureThatTheDriverRefuses_NamesTheSwitch_AndEverythingIsReleased()
    {
        using FakeCuda fake = new();
        using (KernelBackend backend = fake.Backend())
        {
            using TrainingStep step = Small(backend, Dropped, "adam");
            Take(step, 1);
            fake.Fail("cuGraphInstantiateWithFlags", 1, 2);

            var error = Assert.Throws<DeviceException>(() => Take(step, 2));

            Assert.StartsWith("the training step cannot be captured: CUDA could not make a graph of the work of 'Fake GPU 0': CUDA_ERROR_OUT_OF_MEMORY (2): ", error.Message, StringComparison.Ordinal);
            Assert.EndsWith("; --graph off trains without capturing it", error.Message, StringComparison.Ordinal);
            Take(step, 2); // the stream goes on
        }
        Assert.Equal((0, 0), (fake.Live, fake.ReleasedTwice));
    }

    [SkippableFact]
    public void FailureOfAnyCallOfTheFirstSteps_IsADeviceError_AndEverythingIsReleased()
    {
        using FakeCuda fake = new();
        void Work()
        {
            using KernelBackend backend = fake.Backend();
            using TrainingStep step = Small(backend, new() { Embedding = 4, Hidden = 6, Dropout = 0.5, Layers = 2 }, "adam");
            for (int number = 1; number < 4; number++)
            {
                Take(step, number);
            }
        }
        int before = fake.Calls;
        Work();
        int calls = fake.Calls - before, refused = 0;
        for (int call = 40; call < calls; call += 7)
        {
            fake.Reset();
            fake.FailAt(call, 719);
            try
            {
                Work();
            }
            catch (DeviceException)
            {
                refused++;
            }
            Assert.True(fake.Live == 0 && fake.ReleasedTwice == 0, $"call {call} of {calls}: {fake.Live} objects are left, {fake.ReleasedTwice} released twice");
        }
        Assert.InRange(refused, calls / 14, calls);
    }

    [SkippableFact]
    public void ValuesOfAStep_AreNeverCaptured()
    {
        using FakeCuda fake = new();
        using KernelBackend backend = fake.Backend();
        using DeviceBuffer buffer = backend.Allocate("x", 400);
        DeviceSlice<float> x = new(buffer, 0, 100);
        backend.Dropout(x, x, 0.5f, new DropoutKey(1, 1, 0));

        Assert.Throws<InvalidOperationException>(() => backend.Capture(() => backend.Dropout(x, x, 0.5f, new DropoutKey(1, 2, 0))));

        backend.SetDropoutStep(2);
        using ICapturedWork captured = backend.Capture(() => backend.Dropout(x, x, 0.5f, new DropoutKey(1, 2, 0)));
    }

    private const int Steps = 5;

    // A schedule, so that the rate changes at every step; evaluations in between, which leave other host state behind.
    private static RunOptions Options(SmallRuns runs, string optimizer) => runs.Options(Dropped, new()
    {
        Optimizer = optimizer,
        Momentum = 0.9,
        ClipNorm = 0.5,
        ClipValue = 0.05,
        WarmupSteps = 5,
        LearningRateDecay = 0.1,
        LearningRate = 0.02,
        Steps = Steps,
        EvalEvery = 3,
    });

    private static TrainingStep Small(KernelBackend backend, ModelOptions model, string optimizer, bool graph = true)
    {
        TrainingOptions training = new() { Batch = 3, Bptt = 2, ClipNorm = 1, ClipValue = 1, Optimizer = optimizer };
        TrainingStep step = new(backend, training, new LanguageModel(backend, model, vocabulary: 5, steps: 2, batch: 3, training: true), graph);
        step.Allocate();
        step.Network.ParametersChanged();
        return step;
    }

    private static void Take(TrainingStep step, int number)
    {
        Differentiate(step, [0, 1, 2, 3, 4, 0], [1, 2, 3, 4, 0, 1], number);
        step.Apply(0.001 * number, number);
    }

    private static void Differentiate(TrainingStep step, ReadOnlySpan<int> inputs, ReadOnlySpan<int> targets, int number)
    {
        ((LanguageModel)step.Network).SetWindow(inputs, targets);
        step.Gradients(new DropoutKey(1, (ulong)number, 0));
    }

    private static string[] Logged(FakeCuda fake, Action work)
    {
        fake.ClearLog();
        work();
        return [.. fake.Log.Select(line => line.Trim()).Where(line => line is not ("cuCtxSetCurrent" or "cuLaunchKernel"))];
    }

    /// <summary>The commands of the n-th capture of a log.</summary>
    private static string[] Captured(string[] log, int index)
    {
        int start = Enumerable.Range(0, log.Length).Where(n => log[n] == Begin).ElementAt(index);
        return [.. log.Skip(start + 1).TakeWhile(line => line != End)];
    }

    private sealed class Trained : IDisposable
    {
        private readonly KernelBackend backend;
        private readonly TrainingTask task;
        private readonly Trainer trainer;

        public Trained(FakeCuda fake, SmallRuns runs, RunOptions options, string? checkpoint = null)
        {
            backend = fake.Backend();
            task = TaskCatalog.Open(options with { Data = options.Data with { ValidationFraction = 0 } }, run: null);
            trainer = new Trainer(backend, options, task.Open(backend), Steps);
            trainer.Allocate();
            if (checkpoint is null)
            {
                trainer.Network.Initialise(seed: 1);
                trainer.StartAt(0);
            }
            else
            {
                Checkpoint.Load(checkpoint, backend, trainer);
                trainer.StartAt(Checkpoint.ReadState(checkpoint).Step);
            }
        }

        public void Advance(int steps, List<float> losses)
        {
            for (int n = 0; n < steps; n++)
            {
                losses.Add((float)trainer.Advance().Loss);
            }
        }

        public void Save(string directory) =>
            Checkpoint.Write(directory, backend, trainer, new TrainingState(TrainingState.CurrentVersion, trainer.Step, null, null, 0, 5, "", null, 0));

        public float[] Parameters()
        {
            DeviceSlice<float> all = trainer.Network.Memory.Parameters.All;
            var values = new float[all.Length];
            backend.Download(all, values.AsSpan());
            return values;
        }

        public void Dispose()
        {
            trainer.Dispose();
            task.Dispose();
            backend.Dispose();
        }
    }
}
