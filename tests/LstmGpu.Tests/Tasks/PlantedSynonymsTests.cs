using System.Globalization;
using LstmGpu.Tests.Training;
using Xunit;

namespace LstmGpu.Tests.Tasks;

/// <summary>Word vectors that know which words mean the same spare a language model the steps in which it would find that out.</summary>
public sealed class PlantedSynonymsTests
{
    private const int Meanings = 12, Words = 10, Width = 16;

    [Fact]
    public void PretrainedVectors_ReachALossInFewerStepsThanDrawnOnes()
    {
        using SmallRuns runs = new();
        Random random = new(1);
        File.WriteAllText(runs.Corpus, Text(random));
        File.WriteAllText(runs.At("vectors.txt"), Vectors(random));
        RunOptions options = runs.Options(new() { Embedding = Width, Hidden = 24 }) with { Task = new() { Name = "word-lm" } };
        options = options with { Training = new() { Batch = 8, Bptt = 10, Steps = 130, LearningRate = 0.01, EvalEvery = 10, LogEvery = 1000, SaveEvery = 0 } };
        runs.Train("drawn", options);
        runs.Train("pretrained", options with { Model = options.Model with { PretrainedEmbeddings = runs.At("vectors.txt") } });

        int drawn = StepsTo(runs, "drawn"), pretrained = StepsTo(runs, "pretrained");

        Assert.True(pretrained <= 0.6 * drawn, $"{pretrained} steps with vectors, {drawn} without");
    }

    // Of a word its synonyms are alike, and its meaning is drawn in one of ten cases, else known: the least loss that there is, and half a nat.
    private static int StepsTo(SmallRuns runs, string run)
    {
        double known = 0.9 + 0.1 / Meanings, other = 0.1 / Meanings;
        double least = Math.Log(Words) - known * Math.Log(known) - (Meanings - 1) * other * Math.Log(other);
        return runs.Rows(run).First(row => row.GetProperty("split").GetString() == "validation" && row.GetProperty("loss").GetDouble() < least + 0.5).GetProperty("step").GetInt32();
    }

    private static string Word(int meaning, int synonym) => $"{(char)('a' + meaning)}{(char)('a' + synonym)}";

    // Each meaning says which follows, but for one in ten; which of its words stands for it is a fair draw.
    private static string Text(Random random)
    {
        List<string> words = [];
        for (int meaning = 0; words.Count < 4000; meaning = random.Next(10) == 0 ? random.Next(Meanings) : (5 * meaning + 3) % Meanings)
        {
            words.Add(Word(meaning, random.Next(Words)));
        }
        return string.Join(' ', words);
    }

    // A direction for each meaning, with noise of each word.
    private static string Vectors(Random random)
    {
        double[][] directions = [.. Enumerable.Range(0, Meanings).Select(_ => Enumerable.Range(0, Width).Select(_ => random.NextDouble() - 0.5).ToArray())];
        string Line(int meaning, int synonym) =>
            string.Join(' ', directions[meaning].Select(x => (2 * x + 0.2 * (random.NextDouble() - 0.5)).ToString("F4", CultureInfo.InvariantCulture)).Prepend(Word(meaning, synonym)));
        return string.Concat(Enumerable.Range(0, Meanings * Words).Select(n => Line(n / Words, n % Words) + "\n"));
    }
}
