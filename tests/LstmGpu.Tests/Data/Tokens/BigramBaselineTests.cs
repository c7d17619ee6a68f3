using LstmGpu.Data;
using LstmGpu.Data.Tokens;
using Xunit;

namespace LstmGpu.Tests.Data.Tokens;

public sealed class BigramBaselineTests
{
    // from collections import Counter; import math
    // train = "ababacbadabcad"; held = "abcdea"; V = 5
    // c = Counter(zip(train, train[1:])); n1 = sum(v == 1 for v in c.values()); n2 = sum(v == 2 for v in c.values()); D = n1/(n1+2*n2)
    // p1 = lambda w: max(sum(1 for k in c if k[1] == w) - D, 0)/len(c) + D*len({k[1] for k in c})/len(c)/V
    // def p(w, v):
    //     cv = sum(x for k, x in c.items() if k[0] == v)
    //     return p1(w) if cv == 0 else max(c[v, w] - D, 0)/cv + D*sum(1 for k in c if k[0] == v)/cv*p1(w)
    // sum(-math.log(p(w, v)) for v, w in zip(held, held[1:]))/(len(held) - 1)
    [Fact]
    public void Loss_IsThatOfTheDefinition()
    {
        using TemporaryFile file = new("ababacbadabcadabcdea");
        using TextCorpus corpus = TextCorpus.Open(file.Path, null);
        BigramBaseline bigram = BigramBaseline.Count(corpus, 0, 14);
        Assert.Equal(0.4638605442176871, bigram.Probability(0, 1), 1e-12);
        Assert.Equal(0.025510204081632654, bigram.Probability(0, 4), 1e-12);
        Assert.Equal(0.3571428571428571, bigram.Probability(4, 0), 1e-12);
        Assert.Equal(1.8424006478970099, bigram.Loss(corpus, 14, 6), 1e-12);
        Assert.Equal(14, bigram.Counted);
        for (int before = 0; before < 5; before++)
        {
            Assert.Equal(1, Enumerable.Range(0, 5).Sum(token => bigram.Probability(before, token)), 1e-12);
        }
    }

    [Fact]
    public void Counting_EndsWhereTheTableIsFull()
    {
        using TemporaryFile file = new("aaaabcd");
        using TextCorpus corpus = TextCorpus.Open(file.Path, null);
        BigramBaseline bigram = BigramBaseline.Count(corpus, 0, 7, mostPairs: 2);
        Assert.Equal(5, bigram.Counted);
        Assert.Equal(1, Enumerable.Range(0, 4).Sum(token => bigram.Probability(0, token)), 1e-12);
    }

    [SkippableFact]
    public void TinyShakespeare_HasABaselineBetweenItsUnigramsAndItsWords()
    {
        string path = Path.Combine(Path.GetDirectoryName(Repository.Root)!, "shared", "data", "tinyshakespeare.txt");
        Skip.IfNot(File.Exists(path), $"no {path}");
        WordTokenizer words = WordTokenizer.FromCounts(PieceCounts.OfFile(path, 0.9), 10_000, 2);
        using TokenCorpus corpus = TokenCorpus.Open(path, words);
        CorpusSplit split = CorpusSplit.Of(corpus.Length, 0.1);
        double loss = BigramBaseline.Count(corpus, 0, split.Training).Loss(corpus, split.Training, split.Validation);
        double unseen = BigramBaseline.Count(corpus, 0, 1).Loss(corpus, split.Training, split.Validation);
        Assert.Equal(Math.Log(words.Count), unseen, 1e-9);
        Assert.InRange(loss, 3.5, 5);
    }
}
