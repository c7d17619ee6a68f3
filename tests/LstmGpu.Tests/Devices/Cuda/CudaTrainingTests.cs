using LstmGpu.Devices;
using LstmGpu.Devices.Cuda;
using LstmGpu.Devices.Emulator;
using LstmGpu.Devices.Portable;
using LstmGpu.Devices.Reference;
using LstmGpu.Formats;
using LstmGpu.Layers;
using LstmGpu.Tasks;
using LstmGpu.Tests.Cli;
using LstmGpu.Tests.Training;
using LstmGpu.Training;
using Xunit;

namespace LstmGpu.Tests.Devices.Cuda;

[Collection(FakeCudaTests.Name)]
public sealed class CudaTrainingTests
{
    [SkippableFact]
    public void EveryOperation_WithItsLaunchesRunInTheEmulator_IsWithinItsTolerance()
    {
        using FakeCuda fake = new();
        EmulatedLaunch.InstallIn(fake);
        CudaDevice device = fake.Device();
        // The emulator's name, for its few and small shapes.
        using KernelBackend backend = new(new CudaQueue(new CudaContext(device, 1024), CudaEntry.Describe(device) with { Name = EmulatorDevice.Name }));

        Assert.All(new OperationChecks(backend).All(CancellationToken.None), finding =>
        {
            Assert.Null(finding.Failure);
            Assert.InRange(finding.Worst, 0, 1);
        });
        Assert.Null(EmulatedLaunch.Failure);
    }

    [SkippableFact]
    public void Training_WithEveryLaunchRunInTheEmulator_HasItsBytes()
    {
        using FakeCuda fake = new();
        EmulatedLaunch.InstallIn(fake);
        using SmallRuns runs = new();
        RunOptions options = runs.Options(
            new() { Embedding = 4, Hidden = 6, Layers = 2, Dropout = 0.3, OutputDropout = 0.2 },
            new() { Optimizer = "adamw", ClipNorm = 0.5, Steps = 2, EvalEvery = 2 });
        using (TrainingRun run = TrainingRun.Create(options, runs.At("fake"), _ => fake.Backend()))
        {
            run.Run();
        }
        using (TrainingRun run = TrainingRun.Create(options, runs.At("emulator"), _ => new KernelBackend(new EmulatorQueue())))
        {
            run.Run();
        }

        Assert.Null(EmulatedLaunch.Failure);
        Assert.Equal((0, 0), (fake.Live, fake.ReleasedTwice));
        Assert.Equal(runs.Results("emulator").Select(r => r.Bytes), runs.Results("fake").Select(r => r.Bytes));
    }

    [SkippableFact]
    public void TrainingStep_IsALineOfLaunches_AndReadsBackTheLossAndTheNormAlone()
    {
        using FakeCuda fake = new();
        using KernelBackend backend = fake.Backend();
        TrainingOptions training = new() { Batch = 3, Bptt = 2, ClipNorm = 1, Optimizer = "adam" };
        LanguageModel model = new(backend, new() { Embedding = 4, Hidden = 6, Layers = 1 }, vocabulary: 5, steps: 2, batch: 3, training: true);
        using TrainingStep step = new(backend, training, model, graph: false);
        step.Allocate();
        model.ParametersChanged();
        void Step(int number)
        {
            model.SetWindow([0, 1, 2, 3, 4, 0], [1, 2, 3, 4, 0, 1]);
            step.Gradients(new DropoutKey(1, (ulong)number, 0));
            step.Apply(0.001, number);
        }
        Step(1);
        fake.ClearLog();

        Step(2);

        string[] launched = [.. fake.Launches().Select(line => line[..line.IndexOf(' ', StringComparison.Ordinal)])];
        Assert.Equal(
            [
                "EmbeddingKernels_Gather",
                "GemmKernels_Multiply_1_0", "LstmKernels_ForwardStep_1_0", "LstmKernels_ForwardStep_1_0",
                "GemmKernels_Multiply_1_0", "BiasKernels_Add",
                "LossKernels_SoftmaxCrossEntropy_false", "ReductionKernels_PartialSums_false", "ReductionKernels_Total_false",
                "GemmKernels_Multiply_2_0", "BiasKernels_ColumnSums", "GemmKernels_Multiply_0_0",
                "LstmKernels_BackwardStep_1_0", "LstmKernels_BackwardStep_1_0",
                "GemmKernels_Multiply_0_0", "GemmKernels_Multiply_2_0", "GemmKernels_Multiply_2_0", "BiasKernels_ColumnSums", "GemmKernels_Multiply_0_0",
                "EmbeddingKernels_Scatter",
                "ReductionKernels_PartialSums_true", "ReductionKernels_Total_true",
                "StepKernels_SetUpdate", "OptimizerKernels_ClipFactor", "OptimizerKernels_Adam",
                "LstmKernels_Pack_0", "LstmKernels_AddBiases",
            ],
            launched);
        string[] calls = fake.Log;
        Assert.Equal(["  4 bytes", "  4 bytes"], calls.Where((_, n) => n > 0 && calls[n - 1] == "cuMemcpyDtoHAsync_v2"));
        Assert.Equal(2, calls.Count(line => line == "cuMemcpyHtoDAsync_v2")); // inputs and targets
        Assert.DoesNotContain(calls, line => line.StartsWith("cuMemAlloc", StringComparison.Ordinal) || line.StartsWith("cuModule", StringComparison.Ordinal));
    }

    [SkippableFact]
    public void Program_WithTheFakeDriver_ListsTheDeviceAndItsKernels()
    {
        (string, string)[] driver = [("LD_LIBRARY_PATH", Path.GetDirectoryName(FakeCuda.FileOrSkip())!)];

        (int code, string devices, _) = CliProcess.Run(driver, "devices");
        Assert.Equal(0, code);
        Assert.Matches(@"(?m)^cuda +Fake GPU 0 +compute capability 8\.6 +CUDA 12\.4 +13 +1\.5 GiB +failed", devices);
        (_, string absent, _) = CliProcess.Run([.. driver, ("FAKE_CUDA_DEVICES", "0")], "devices");
        Assert.Contains("cuda: the CUDA driver shows no device; check nvidia-smi and CUDA_VISIBLE_DEVICES", absent, StringComparison.Ordinal);
        (_, string old, _) = CliProcess.Run([.. driver, ("FAKE_CUDA_VERSION", "11040")], "devices");
        Assert.Contains("cuda: the driver has CUDA 11.4, the kernels need 12.0; install NVIDIA's driver 525 or later", old, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Doctor_TellsWhatKernelsTake_AndFailsWhereAHotOneSpills()
    {
        using FakeCuda fake = new();
        using KernelBackend backend = fake.Backend();

        DeviceHealth health = new(backend.Device, []) { Kernels = DeviceDoctor.Compiled(backend) };

        Assert.True(health.Passed);
        Assert.Equal(66, health.Kernels.Count(k => k.Hot));
        KernelHealth spilling = health.Kernels.First(k => k.Hot);
        spilling = spilling with { Resources = spilling.Resources with { SpillBytes = 48 } };
        Assert.False((health with { Kernels = [spilling] }).Passed);
        Assert.True((health with { Kernels = [spilling with { Hot = false }] }).Passed);
        using StringWriter output = new() { NewLine = "\n" };
        LstmGpu.Cli.Reporting.HealthReport.Write(health with { Kernels = [spilling] }, output);
        Assert.Matches(@"(?m)^GemmKernels_Multiply_0_0 +77 +8,704 +48 +6 +failed: a hot kernel must not spill$", output.ToString());
    }

    [SkippableFact]
    public void ProgramWhoseDeviceIsLost_EndsWithExitCode4_AndTheLastCheckpointContinuesOnTheCpu()
    {
        string directory = Path.GetDirectoryName(FakeCuda.FileOrSkip())!;
        using SmallRuns runs = new();
        string run = runs.At("run");

        (int code, _, string error) = CliProcess.Run(
            [("LD_LIBRARY_PATH", directory), ("FAKE_CUDA_FAIL", "cuGraphLaunch:9:700")],
            "train", "--data", runs.Corpus, "--out", run, "--steps", "100", "--save-every", "1", "--eval-every", "0", "--device", "cuda",
            "--batch", "3", "--bptt", "5", "--hidden", "6", "--embedding", "4");

        Assert.Equal(4, code);
        Assert.Contains("CUDA_ERROR_ILLEGAL_ADDRESS (700)", error, StringComparison.Ordinal);
        Assert.Contains("device is lost to this process", error, StringComparison.Ordinal);
        Assert.Contains("is the last checkpoint", error, StringComparison.Ordinal);
        CheckpointStore.Verify(runs.Checkpoints("run").Last()!);
        (code, _, error) = Shell.Run("resume", run, "--steps", "12", "--device", "cpu", "--threads", "1", "--precision", "fp32-strict");
        Assert.True(code == 0, error);
    }
}
