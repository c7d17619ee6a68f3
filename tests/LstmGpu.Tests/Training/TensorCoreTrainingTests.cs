using LstmGpu.Devices;
using LstmGpu.Devices.Emulator;
using LstmGpu.Devices.Portable;
using LstmGpu.Tasks;
using Xunit;

namespace LstmGpu.Tests.Training;

public sealed class TensorCoreTrainingTests
{
    // Both round the same operands; their sums differ by their order, which at times rounds an operand to the other side. Such a flip is 2⁻⁸ of one
    // operand among dozens. An operand that was kept from before an update would be off by the update, at this rate a tenth of the loss.
    [Fact]
    public void Training_OnTensorCores_FollowsThePortableKernelsOfThePrecision()
    {
        using SmallRuns runs = new();
        RunOptions options = runs.Options(
            new() { Embedding = 4, Hidden = 6, Layers = 2 }, new() { Optimizer = "sgd", LearningRate = 2, Steps = 2, EvalEvery = 0 }, validation: 0);
        options = options with { Training = options.Training with { Batch = 2, Bptt = 3 } };
        foreach (bool tensorCores in (bool[])[false, true])
        {
            using TrainingRun run = TrainingRun.Create(
                options, runs.At($"{tensorCores}"), _ => new KernelBackend(new EmulatorQueue(tensorCores: tensorCores), ProductPrecision.Bf16));
            run.Run();
        }

        double[][] losses = [.. ((string[])["False", "True"]).Select(name => runs.Rows(name).Select(row => row.GetProperty("loss").GetDouble()).ToArray())];

        Assert.Equal(2, losses[0].Length);
        Assert.True(Math.Abs(losses[0][0] - losses[0][1]) > 0.1, $"an update must be felt, found the losses {string.Join(", ", losses[0])}");
        Near.EqualRelatively("loss", losses[0], losses[1], relative: 3e-3, floor: 0);
    }
}
