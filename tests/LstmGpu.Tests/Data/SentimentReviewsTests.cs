using LstmGpu.Data;
using LstmGpu.Tasks;
using LstmGpu.Tests.Training;
using Xunit;

namespace LstmGpu.Tests.Data;

public sealed class SentimentReviewsTests
{
    [Fact]
    public void Reviews_AreBalancedAndTheSameEverywhere()
    {
        string[] lines = [.. SentimentReviews.Lines(seed: 1, reviews: 1000)];

        Assert.Equal("text,label", lines[0]);
        Assert.Equal("\"this novel felt brilliant , although the seat seemed good\",positive", lines[2]);
        Assert.Equal(lines, SentimentReviews.Lines(seed: 1, reviews: 1000));
        Assert.NotEqual(lines, SentimentReviews.Lines(seed: 2, reviews: 1000));
        Assert.All(lines.Skip(1).Chunk(2), pair => Assert.Single(pair, line => line.EndsWith("\",positive", StringComparison.Ordinal)));
        Assert.InRange(lines.Skip(1).Where((_, n) => n % 2 == 0).Count(line => line.EndsWith("positive", StringComparison.Ordinal)), 200, 300);
    }

    [Fact]
    public void Network_LearnsTheLabels_WhichABagOfWordsDoesNotHave()
    {
        using SmallRuns runs = new();
        string data = runs.At("reviews.csv");
        string[] lines = [.. SentimentReviews.Lines(seed: 1, reviews: 2500)];
        File.WriteAllLines(data, lines);
        (string[] Words, bool Positive)[] reviews = [.. lines.Skip(1).Select(line => (line.Split('"')[1].Split(' '), line.EndsWith("positive", StringComparison.Ordinal)))];

        double bag = NaiveBayes(reviews[..2000], reviews[2000..]);
        TrainingResult result = runs.Train("run", new RunOptions
        {
            Task = new() { Name = "classify" },
            Model = new() { Embedding = 16, Hidden = 32 },
            Data = new() { Path = data, TextColumn = "text", Tokens = "words", HoldOut = "last:500" },
            Training = new() { Batch = 32, LearningRate = 0.01, Schedule = "cosine", ClipNorm = 1, Epochs = 8, EvalEvery = 0, SaveEvery = 0 },
            Device = new() { Name = "cpu", Threads = 1 },
        });

        Assert.InRange(bag, 0.4, 0.6);
        Assert.InRange(result.Validation!["accuracy"], 0.95, 1);
    }

    // Share of right labels by word counts, multinomial with one count added to each word.
    private static double NaiveBayes((string[] Words, bool Positive)[] training, (string[] Words, bool Positive)[] test)
    {
        int words = training.SelectMany(review => review.Words).Distinct().Count();
        Func<string, double> Weigh(bool label)
        {
            Dictionary<string, int> counts = training.Where(review => review.Positive == label).SelectMany(review => review.Words).GroupBy(word => word).ToDictionary(group => group.Key, group => group.Count());
            double total = counts.Values.Sum() + words;
            return word => Math.Log((counts.GetValueOrDefault(word) + 1) / total);
        }
        (Func<string, double> positive, Func<string, double> negative) = (Weigh(true), Weigh(false));
        return test.Average(review => review.Words.Sum(positive) > review.Words.Sum(negative) == review.Positive ? 1.0 : 0);
    }
}
