using LstmGpu.Data;
using Xunit;

namespace LstmGpu.Tests.Data;

public sealed class StreamWindowsTests
{
    private static readonly int[] Awkward = [1, 2, 7, 31, 32, 33, 257];

    [Fact]
    public void Read_EqualsTheDefinition_OverAwkwardSizes()
    {
        string text = TextCorpusTests.MixedText(4_001);
        using TemporaryFile file = new(text);
        using TextCorpus corpus = TextCorpus.Open(file.Path, null);
        int[] ids = corpus.Vocabulary.Encode(text);
        foreach (int batch in Awkward)
        {
            foreach (int bptt in Awkward)
            {
                foreach ((int start, int length) in new[] { (0, 4_001), (3, 3_990), (1_000, batch * (bptt + 1)) })
                {
                    if (length >= batch * (bptt + 1L) && start + length <= ids.Length)
                    {
                        AssertEqualsDefinition(corpus, ids, start, length, batch, bptt);
                    }
                }
            }
        }
    }

    [Theory]
    [InlineData(4, 16, 67)]
    [InlineData(1, 1, 1)]
    [InlineData(1048576, 1048576, 100)]
    public void Construction_RefusesARangeShorterThanOneWindow(int batch, int bptt, int length)
    {
        using TemporaryFile file = new(TextCorpusTests.MixedText(100));
        using TextCorpus corpus = TextCorpus.Open(file.Path, null);

        DataException refused = Assert.Throws<DataException>(() => new StreamWindows(corpus, 0, length, batch, bptt));

        Assert.Contains($"found {length} of its {corpus.Length} characters for {batch} streams of {bptt + 1}, need at least {batch * (bptt + 1L)}", refused.Message);
    }

    [Fact]
    public void Read_AllocatesNothing_InOrderOrOut()
    {
        using TemporaryFile file = new(TextCorpusTests.MixedText(100_000));
        using TextCorpus corpus = TextCorpus.Open(file.Path, null);
        StreamWindows windows = new(corpus, 0, corpus.Length, batch: 8, bptt: 100);
        int[] inputs = new int[800];
        int[] targets = new int[800];
        windows.Read(0, inputs, targets);
        windows.Read(70, inputs, targets);

        Assert.Equal(0, Allocations.Of(() =>
        {
            for (long window = 0; window < windows.WindowsPerEpoch; window++)
            {
                windows.Read(window, inputs, targets);
                windows.Read(window * 37 % windows.WindowsPerEpoch, inputs, targets);
            }

            windows.ReadTail(inputs.AsSpan(0, windows.TailLength * 8), targets.AsSpan(0, windows.TailLength * 8));
        }));
    }

    private static void AssertEqualsDefinition(TextCorpus corpus, int[] ids, int start, int length, int batch, int bptt)
    {
        StreamWindows windows = new(corpus, start, length, batch, bptt);
        int streamLength = length / batch;
        Assert.Equal((streamLength - 1) / bptt, windows.WindowsPerEpoch);
        Assert.Equal((streamLength - 1) % bptt, windows.TailLength);

        // In order, the tail, then backwards and by leaps.
        int count = (int)windows.WindowsPerEpoch;
        int[] order = [.. Enumerable.Range(0, count), count, count - 1, 0, count / 2, count / 3, Math.Min(count / 3 + 1, count - 1), count];
        foreach (int window in order)
        {
            int steps = window < count ? bptt : windows.TailLength;
            int[] inputs = new int[steps * batch];
            int[] targets = new int[steps * batch];
            if (window < count)
            {
                windows.Read(window, inputs, targets);
            }
            else
            {
                windows.ReadTail(inputs, targets);
            }

            for (int t = 0; t < steps; t++)
            {
                for (int b = 0; b < batch; b++)
                {
                    int at = start + b * streamLength + window * bptt + t;
                    bool equal = inputs[t * batch + b] == ids[at] && targets[t * batch + b] == ids[at + 1];
                    Assert.True(equal, $"B={batch} T={bptt} window={window} t={t} b={b} differs from character {at}");
                }
            }
        }
    }
}
