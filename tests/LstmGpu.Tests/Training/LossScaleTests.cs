using System.Text.Json.Nodes;
using LstmGpu.Devices;
using LstmGpu.Devices.Emulator;
using LstmGpu.Devices.Portable;
using LstmGpu.Formats;
using LstmGpu.Tasks;
using LstmGpu.Training;
using Xunit;

namespace LstmGpu.Tests.Training;

/// <summary>Dynamic loss scaling follows PyTorch's GradScaler and is part of the state of a run.</summary>
public sealed class LossScaleTests
{
    private const int Steps = 10;

    // torch.cuda.amp.GradScaler(): _scale 65536, growth_factor 2, backoff_factor 0.5, growth_interval 2000.
    [Fact]
    public void Scale_HalvesWhereAGradientIsNotFinite_AndDoublesAfter2000Updates()
    {
        LossScale scale = new();
        Assert.Equal(65536, scale.Scale);
        for (int n = 0; n < 1999; n++)
        {
            scale = scale.AfterUpdate();
        }
        Assert.Equal(new LossScale(65536, 1999, 0), scale);
        Assert.Equal(new LossScale(131072, 0, 0), scale.AfterUpdate());
        Assert.Equal(new LossScale(32768, 0, 1), scale.AfterSkip());
        Assert.Equal(new LossScale(16384, 1, 2), scale.AfterSkip().AfterSkip().AfterUpdate());
    }

    [Fact]
    public void Scale_NeverLeavesTheRangeOfFloat()
    {
        LossScale scale = new(float.ScaleB(1, 127), 1999);

        Assert.Equal(new LossScale(float.ScaleB(1, 127)), scale.AfterUpdate());
        Assert.False(new LossScale(1).MayHalve);
        Assert.True(new LossScale(2).MayHalve);
    }

    [Fact]
    public void Training_LeavesOutUpdatesUntilTheScaledGradientFits()
    {
        using SmallRuns runs = new();
        RunOptions options = Options(runs);
        runs.Train("run", options with { Training = options.Training with { Steps = 2 } });
        (byte[] model, byte[] moments) = Tensors(runs, "run");
        Edit(runs, "run", scale: float.ScaleB(1, 45));

        runs.Resume("run", 4);

        // 2⁴⁵ and 2⁴⁴ times a gradient are beyond 65,504, so steps 3 and 4 changed neither parameters nor moments; the state was carried on.
        JsonNode state = State(runs, "run");
        Assert.Equal(4, (int)state["step"]!);
        Assert.Equal(2, (int)state["loss_scale"]!["skipped"]!);
        Assert.Equal(MathF.ScaleB(1, 43), (float)state["loss_scale"]!["scale"]!);
        Assert.Equal(model, Tensors(runs, "run").Model);
        Assert.NotEqual(moments, Tensors(runs, "run").Moments); // the carried state is there too
        Assert.Contains("\"grad_norm\":null", File.ReadLines(Path.Combine(runs.At("run"), "metrics.jsonl")).Last(line => line.Contains("\"train\"", StringComparison.Ordinal)), StringComparison.Ordinal);
        Edit(runs, "run", scale: float.ScaleB(1, 24));
        runs.Resume("run", 12);
        Assert.InRange((int)State(runs, "run")["loss_scale"]!["skipped"]!, 1, 7);
        Assert.NotEqual(model, Tensors(runs, "run").Model);
    }

    [Fact]
    public void Resume_WhileTheScaleFalls_FollowsTheUninterruptedRun_ToTheBit()
    {
        using SmallRuns runs = new();
        RunOptions options = Options(runs);
        foreach (string name in (string[])["whole", "parts"])
        {
            runs.Train(name, options with { Training = options.Training with { Steps = 2 } });
            Edit(runs, name, scale: float.ScaleB(1, 24));
        }
        runs.Resume("whole", Steps);
        foreach (int k in (int[])[3, 5, 9])
        {
            runs.Resume("parts", Steps, interruptAt: k);
        }

        runs.Resume("parts", Steps);

        ResumeTests.AssertSameResults(runs, "whole", "parts");
        Assert.InRange((int)State(runs, "whole")["loss_scale"]!["skipped"]!, 1, 8);
    }

    // Adam's first update moves every parameter that has a gradient by the learning rate, however many steps were left out before.
    [Fact]
    public void FirstUpdate_AfterStepsThatWereLeftOut_IsTheFirstToTheOptimizer()
    {
        using SmallRuns runs = new();
        RunOptions options = Options(runs);
        using TrainingTask task = TaskCatalog.Open(options, run: null);
        using IBackend backend = new KernelBackend(new EmulatorQueue(), ProductPrecision.Fp16);
        using Trainer trainer = new(backend, options, task.Open(backend), Steps);
        trainer.Allocate();
        trainer.Network.Initialise(1);
        trainer.StartAt(0);
        trainer.LossScale = new(float.ScaleB(1, 24));
        float[] before = Parameters();
        while (trainer.Advance().Skipped)
        {
            Assert.Equal(before, Parameters());
        }

        Assert.InRange(trainer.Step, 2, 20);
        Assert.Equal(trainer.Step - 1, trainer.LossScale.Skipped);
        Assert.Equal(options.Training.LearningRate, before.Zip(Parameters(), (a, b) => Math.Abs((double)a - b)).Max(), 1e-5);

        float[] Parameters()
        {
            float[] values = new float[trainer.Network.Memory.Parameters.All.Length];
            backend.Download(trainer.Network.Memory.Parameters.All, values);
            return values;
        }
    }

    // Where the loss itself is not finite no scale helps.
    [Fact]
    public void Training_WhoseLossIsNotFinite_HasDiverged()
    {
        using SmallRuns runs = new();
        RunOptions options = Options(runs);
        options = options with { Training = options.Training with { Optimizer = "sgd", LearningRate = 1e30, ClipNorm = 0 } };

        DivergedException error = Assert.Throws<DivergedException>(() => runs.Train("run", options));

        Assert.Contains("training diverged at step 2: loss", error.Message, StringComparison.Ordinal);
    }

    private static RunOptions Options(SmallRuns runs)
    {
        RunOptions options = runs.Options(
            new() { Embedding = 4, Hidden = 6, Layers = 1 },
            new() { Optimizer = "adam", LearningRate = 0.01, ClipNorm = 0.5, Steps = Steps, EvalEvery = 0, SaveEvery = 3 },
            device: "emulator");
        return options with { Device = options.Device with { Precision = "fp16" } };
    }

    private static JsonNode State(SmallRuns runs, string name) => JsonNode.Parse(File.ReadAllBytes(runs.LastFile(name, "state.json")))!;

    private static (byte[] Model, byte[] Moments) Tensors(SmallRuns runs, string name) =>
        (File.ReadAllBytes(runs.LastFile(name, "model.safetensors")), File.ReadAllBytes(runs.LastFile(name, "optimizer.safetensors")));

    /// <summary>Writes the last checkpoint anew with another scale in it.</summary>
    private static void Edit(SmallRuns runs, string name, float scale)
    {
        CheckpointStore store = runs.Checkpoints(name);
        long step = store.Steps()[^1];
        (string, byte[])[] files = [.. ((string[])["model.safetensors", "optimizer.safetensors", "state.json"]).Select(file => (file, File.ReadAllBytes(runs.LastFile(name, file))))];
        store.Remove(step);
        store.Save(step, temporary =>
        {
            foreach ((string file, byte[] bytes) in files)
            {
                string path = Path.Combine(temporary, file);
                File.WriteAllBytes(path, bytes);
                if (file == "state.json")
                {
                    JsonNode state = JsonNode.Parse(bytes)!;
                    state["loss_scale"]!["scale"] = scale;
                    File.WriteAllText(path, state.ToJsonString());
                }
            }
        });
        store.SetLast(step);
    }
}
