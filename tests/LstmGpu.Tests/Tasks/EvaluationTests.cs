using LstmGpu.Data;
using LstmGpu.Devices.Reference;
using LstmGpu.Formats;
using LstmGpu.Tasks;
using LstmGpu.Tests.Layers;
using LstmGpu.Tests.Reference;
using LstmGpu.Tests.Training;
using Xunit;

namespace LstmGpu.Tests.Tasks;

/// <summary>Evaluation and generation with a trained model.</summary>
public sealed class EvaluationTests
{
    [Theory]
    [InlineData(0.2)] // 12 characters a stream: two windows of 5 and a tail of 1
    [InlineData(0.08)] // 5 characters a stream: shorter than a window
    [InlineData(0.035)] // 2 characters a stream: one prediction
    public void Evaluate_EqualsANaiveComputation(double fraction)
    {
        EqualsANaiveComputation(new() { Embedding = 4, Hidden = 6, Layers = 2, Dropout = 0.3 }, fraction);
    }

    [Theory]
    [InlineData("gru")]
    [InlineData("gru, reset before")]
    [InlineData("rnn")]
    [InlineData("everything")]
    [InlineData("coupled")]
    public void Evaluate_OfAnyModel_UsesNoMask(string model) => EqualsANaiveComputation(Models.Named[model], fraction: 0.2);

    private static void EqualsANaiveComputation(ModelOptions network, double fraction)
    {
        using SmallRuns runs = new();
        RunOptions options = runs.Options(network, new() { Steps = 6 }, fraction);
        TrainingResult result = runs.Train("run", options);
        int[] ids = Ids(runs, out int vocabulary);
        int start = (int)(ids.Length * (1 - (decimal)fraction));
        int batch = options.Training.Batch, length = (ids.Length - start) / batch;
        ReferenceModel reference = ReferenceModel.Of(options.Model, vocabulary, Parameters(runs.LastFile("run", "model.safetensors")));

        int steps = length - 1;
        int[] tokens = [.. Enumerable.Range(0, steps * batch).Select(r => ids[start + r % batch * length + r / batch])];
        int[] targets = [.. Enumerable.Range(0, steps * batch).Select(r => ids[start + r % batch * length + r / batch + 1])];
        double expected = reference.Forward(steps, batch, tokens, targets, reference.ZeroState(batch)).Losses.Average();

        using TrainedModel model = TrainedModel.Load(runs.At("run"), "last", options.Device);
        EvaluationResult evaluated = model.Evaluate();
        // A mean of losses near ln V, each of some tens of roundings.
        Assert.Equal(expected, evaluated.Loss, 64 * Precision.Rounding * Math.Log(vocabulary));
        Assert.Equal(evaluated.Loss, result.Validation?.Loss);
        Assert.Equal((steps * batch, Math.Exp(evaluated.Loss)), (evaluated.Tokens, evaluated.Perplexity));
        Assert.Equal(evaluated.Loss / Math.Log(2), evaluated.BitsPerCharacter);
        Assert.Empty(evaluated.Agreement);
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("gru")]
    public void Generate_AtTemperatureZero_FollowsTheReferenceModelsFirstChoices(string network)
    {
        using SmallRuns runs = new();
        RunOptions options = runs.Options(Models.Named[network], training: new() { Steps = 60, LearningRate = 0.02, EvalEvery = 0 });
        runs.Train("run", options);
        using TextCorpus corpus = TextCorpus.Open(runs.Corpus, vocabulary: null);
        ReferenceModel reference = ReferenceModel.Of(options.Model, corpus.Vocabulary.Count, Parameters(runs.LastFile("run", "model.safetensors")));
        int[] text = corpus.Vocabulary.Encode("quick ");
        for (int n = 0; n < 30; n++)
        {
            double[] logits = reference.Forward(text.Length, 1, text, text, reference.ZeroState(1)).Logits;
            text = [.. text, ReferenceLoss.ArgMax(1, corpus.Vocabulary.Count, logits[^corpus.Vocabulary.Count..])[0]];
        }
        string expected = string.Concat(text[6..].Select(corpus.Vocabulary.Symbol));

        using TrainedModel model = TrainedModel.Load(runs.At("run"), "last", options.Device);
        Assert.Equal(expected, Text(model, new SamplingOptions(Temperature: 0)));
        Assert.Equal(expected, Text(model, new SamplingOptions(TopK: 1, Seed: 9)));
        Assert.Equal(expected, Text(model, new SamplingOptions(TopP: 1e-9, Seed: 9)));
        Assert.Equal(Text(model, new SamplingOptions(Seed: 3)), Text(model, new SamplingOptions(Seed: 3)));
        Assert.NotEqual(Text(model, new SamplingOptions(Seed: 3)), Text(model, new SamplingOptions(Seed: 4)));

        static string Text(TrainedModel model, SamplingOptions sampling) => string.Concat(model.Generate("quick ", 30, sampling));
    }

    [Fact]
    public void Generate_WithoutAPrime_BeginsEvenWhereTheVocabularyHasNoLineBreak()
    {
        using SmallRuns runs = new();
        RunOptions options = runs.Options(training: new() { Steps = 1 });
        runs.Train("run", options);
        Assert.DoesNotContain('\n', File.ReadAllText(runs.Corpus));

        using (TrainedModel model = TrainedModel.Load(runs.At("run"), "best", options.Device))
        {
            Assert.Equal(20, string.Concat(model.Generate("", 20, new SamplingOptions())).Length);
            Assert.Empty(model.Generate("", 0, new SamplingOptions()));
            Assert.Contains("'!'", Assert.Throws<DataException>(() => model.Generate("no!", 1, new SamplingOptions())).Message, StringComparison.Ordinal);
            Assert.Throws<ConfigurationException>(() => model.Generate("", -1, new SamplingOptions()));
        }
        (int code, string output, string error) = Cli.Shell.Run("generate", runs.At("run"), "--length", "20", "--threads", "1");
        Assert.Equal((0, ""), (code, error));
        Assert.Equal(20, output.Length);
    }

    internal static IEnumerable<(string Name, float[] Values)> Parameters(string path)
    {
        using SafetensorsReader file = SafetensorsReader.Open(path);
        foreach (TensorEntry entry in file.Entries)
        {
            float[] values = new float[entry.Count];
            file.Read(entry.Name, values);
            yield return (entry.Name, values);
        }
    }

    private static int[] Ids(SmallRuns runs, out int vocabulary)
    {
        string text = File.ReadAllText(runs.Corpus);
        char[] symbols = [.. text.Distinct().Order()];
        vocabulary = symbols.Length;
        return [.. text.Select(c => Array.IndexOf(symbols, c))];
    }
}
