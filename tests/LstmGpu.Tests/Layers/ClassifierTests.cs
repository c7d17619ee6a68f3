using LstmGpu.Tests.Devices;
using Xunit;
using static LstmGpu.Tests.Layers.RecurrentUnderTest;

namespace LstmGpu.Tests.Layers;

/// <summary>The example of the README, which stands there word for word.</summary>
public sealed class ClassifierTests
{
    public static TheoryData<string> Devices => BackendContract.Devices;

    [SkippableTheory(DisplayName = "The public parts train a classifier")]
    [MemberData(nameof(Devices))]
    public void ThePublicParts_TrainAClassifier(string name)
    {
        using Device device = Open(name);
        // Example
        int[] tokens = [3, 5, 2, 8, 1, 1, 4, 6, 7, 3, 9, 0, 0, 8, 0, 0];    // [T,B]: 4 steps of 4 sequences
        int[] lengths = [3, 4, 3, 2], labels = [1, 1, 0, 0];                // is the first symbol of each odd?

        using Embedding embedding = new(device, symbols: 10, width: 8, paddingIndex: 0);
        using Lstm lstm = new(device, new LstmOptions { InputSize = 8, HiddenSize = 8 });
        using SequencePooling pooling = new(device, PoolingKind.Last, width: 8);
        using Linear linear = new(device, inputs: 8, outputs: 2);
        using Losses losses = new(device);
        embedding.Initialise(seed: 1);
        lstm.Initialise(seed: 2);
        linear.Initialise(seed: 3);

        float[] Scores() => linear.Forward(pooling.Forward(lstm.Forward(embedding.Forward(tokens), 4, 4, lengths: lengths).Output, 4, 4, lengths));
        for (int step = 0; step < 20; step++)
        {
            LossValue loss = losses.CrossEntropy(Scores(), labels, classes: 2);
            embedding.Backward(lstm.Backward(pooling.Backward(linear.Backward(loss.Gradient))).Input);
            foreach (Parameter parameter in (Parameter[])[.. embedding.Parameters, .. lstm.Parameters, .. linear.Parameters])
            {
                float[] w = new float[parameter.Count], g = new float[parameter.Count];
                parameter.Read(w);
                parameter.ReadGradient(g);
                parameter.Write([.. w.Zip(g, (w, g) => w - g)]);
            }
            embedding.ClearGradients();
            lstm.ClearGradients();
            linear.ClearGradients();
        }
        // End of the example
        Assert.Equal(labels, Scores().Chunk(2).Select(scores => scores[1] > scores[0] ? 1 : 0));
        Assert.InRange(losses.CrossEntropy(Scores(), labels, classes: 2).Mean, 0, 0.1);
    }

    [Fact]
    public void TheExampleOfTheReadme_IsTheOneThatIsTested()
    {
        string[] lines = File.ReadAllLines(Path.Combine(Repository.Root, "tests/LstmGpu.Tests/Layers/ClassifierTests.cs"));
        int first = Array.FindIndex(lines, line => line.Trim() == "// Example") + 1, end = Array.FindIndex(lines, line => line.Trim() == "// End of the example");
        string example = string.Join('\n', lines[first..end].Select(line => line.Length > 8 ? line[8..] : ""));
        Assert.Contains(example, File.ReadAllText(Path.Combine(Repository.Root, "README.md")), StringComparison.Ordinal);
    }
}
