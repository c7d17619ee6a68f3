using LstmGpu.Samples;
using LstmGpu.Tests.Training;
using Xunit;

namespace LstmGpu.Tests;

/// <summary>The programs of <c>samples/Library</c> do what they say.</summary>
public sealed class SamplesTests
{
    [Fact]
    public void TrainedModel_IsEvaluatedAndWrites()
    {
        using SmallRuns runs = new(characters: 40_000);
        using StringWriter output = new() { NewLine = "\n" };
        string run = runs.At("run");

        TrainModel.Run(runs.Corpus, run, steps: 3, output);
        Inference.Run(run, output);

        Assert.Matches(@"\ntrain 1: \d\.\d{4}\n|^train 1: \d\.\d{4}\n", output.ToString());
        Assert.Matches(@"\nstep 3: validation loss \d\.\d{4} in \d+ s\nstep 3: \d\.\d{4} nats per character on \w+", output.ToString());
    }

    [Fact]
    public void OwnLoop_LearnsItsWaves()
    {
        using StringWriter output = new();
        Assert.InRange(OwnLoop.Run(steps: 300, output, device: "cpu"), 0, 0.05f); // a wave's own mean square is 0.5
    }
}
