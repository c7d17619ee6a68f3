using LstmGpu.Data;
using LstmGpu.Tasks;
using LstmGpu.Tests.Formats;
using Xunit;

namespace LstmGpu.Tests.Tasks;

/// <summary>Accuracy by distance, from predictions made by hand.</summary>
public sealed class AgreementScoreTests
{
    // The first line, whose beginning nobody predicts, never counts.
    private static readonly string[] Lines =
    [
        "Ash says the tall girl hurt herself",
        "Ash says Lou is a boy and we like him", // distance 3
        "Ash says Lou is a man who met a girl , flew to Spain , ate rice and we all like him", // distance 15
        "Ash says the tall girl hurt herself", // distance 1
        "老王知道小安是一个女孩，认识男人，大家都喜欢她", // distance 11
        "Ash says Jo from France met a man , saw Spain and reads French", // distance 8
    ];

    [Fact]
    public void Rows_OfPerfectPredictions_CountEverySentenceButTheFirst()
    {
        using Example example = new(batch: 1, window: 7);
        Assert.Equal([(1, 10, 3, 3), (11, 20, 2, 2)], example.Rows(wrongAt: []));
    }

    [Fact]
    public void Rows_WithAWrongCharacterOfTheLastWord_CountThatSentenceAsWrong()
    {
        using Example example = new(batch: 1, window: 7);
        int him = example.Start(2) + Lines[2].Length - 3;
        foreach (int at in (int[])[him, him + 1, him + 2])
        {
            Assert.Equal([(1, 10, 3, 3), (11, 20, 1, 2)], example.Rows(wrongAt: [at]));
        }
        Assert.Equal([(1, 10, 2, 3), (11, 20, 1, 2)], example.Rows(wrongAt: [him, example.Start(5) + Lines[5].Length - 1]));
    }

    [Fact]
    public void Rows_WithWrongCharactersElsewhere_DoNotMind()
    {
        using Example example = new(batch: 1, window: 7);
        int dependent = example.Start(2) + Lines[2].Length - 3;
        Assert.Equal([(1, 10, 3, 3), (11, 20, 2, 2)], example.Rows(wrongAt: [.. Enumerable.Range(example.Start(2), Lines[2].Length - 3), dependent + 3]));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Rows_LeaveOutTheSentencesThatAStreamBorderCuts(int batch)
    {
        using Example example = new(batch, window: 5);
        int length = example.Length / batch;
        int[] unpredicted = [.. Enumerable.Range(0, batch).Select(b => b * length), .. Enumerable.Range(batch * length, example.Length - batch * length)];
        int whole = Enumerable.Range(0, Lines.Length).Count(n => !unpredicted.Any(at => at >= example.Start(n) && at < example.Start(n) + Lines[n].Length));
        Assert.InRange(whole, 1, Lines.Length - 2);

        (int From, int To, long Right, long Total)[] rows = example.Rows(wrongAt: []);
        Assert.Equal((whole, whole), (rows.Sum(row => row.Right), rows.Sum(row => row.Total)));
    }

    [Fact]
    public void For_AnotherText_IsNull()
    {
        using ScratchDirectory directory = new();
        File.WriteAllText(directory["text"], string.Join('\n', [.. Lines, "To be, or not to be", .. Lines]));
        using TextCorpus corpus = TextCorpus.Open(directory["text"], vocabulary: null);
        Assert.Null(AgreementScore.For(corpus, 0, corpus.Length, 1));
    }

    private sealed class Example : IDisposable
    {
        private readonly ScratchDirectory directory = new();
        private readonly TextCorpus corpus;
        private readonly int[] ids;
        private readonly int batch, window, before;

        // Something stands before the range: positions count from the start of the range.
        public Example(int batch, int window)
        {
            (this.batch, this.window) = (batch, window);
            string text = string.Join('\n', Lines) + "\n";
            before = 11;
            File.WriteAllText(directory["text"], text[..before] + text);
            corpus = TextCorpus.Open(directory["text"], vocabulary: null);
            ids = new int[text.Length];
            corpus.Read(before, ids);
        }

        public int Length => ids.Length;

        public int Start(int line) => Lines.Take(line).Sum(l => l.Length + 1);

        public (int From, int To, long Right, long Total)[] Rows(int[] wrongAt)
        {
            AgreementScore score = AgreementScore.For(corpus, before, ids.Length, batch)!;
            int length = ids.Length / batch;
            int[] predictions = new int[window * batch];
            for (int first = 0; first < length - 1; first += window)
            {
                int steps = Math.Min(window, length - 1 - first);
                for (int n = 0; n < steps * batch; n++)
                {
                    int at = n % batch * length + first + n / batch + 1;
                    predictions[n] = wrongAt.Contains(at) ? ids[at] + 1 : ids[at];
                }
                score.Add(first, steps, predictions);
            }
            return [.. score.Rows().Select(row => (row.From, row.To, row.Correct, row.Total))];
        }

        public void Dispose()
        {
            corpus.Dispose();
            directory.Dispose();
        }
    }
}
