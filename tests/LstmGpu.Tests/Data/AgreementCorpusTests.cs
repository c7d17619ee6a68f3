using System.Globalization;
using System.Text;
using LstmGpu.Data;
using Xunit;

namespace LstmGpu.Tests.Data;

public sealed class AgreementCorpusTests
{
    private static readonly AgreementOptions Bundled = new();

    [Fact]
    public void EverySentence_ParsesWithTheRightAnswerAndItsDistance()
    {
        int[] sentencesAt = new int[Bundled.MaxDistance + 1];
        for (int n = 0; n < Bundled.Sentences; n++)
        {
            string line = AgreementCorpus.Sentence(Bundled, n);
            Assert.True(AgreementSentence.TryParse(line, out AgreementSentence sentence), line);
            Assert.True(sentence.Agrees, line);
            Assert.Equal(line[sentence.DependentStart..], sentence.Dependent);
            Assert.Equal(line, line.Normalize());
            sentencesAt[sentence.Distance]++;
        }

        // Expected: 10,000 / 60 = 167 at each distance, and 10,000 / 10 = 1,000 more up to 10; 5 standard deviations to either side.
        Assert.Equal(0, sentencesAt[0]);
        Assert.All(sentencesAt[1..11], count => Assert.InRange(count, 1001, 1332));
        Assert.All(sentencesAt[11..], count => Assert.InRange(count, 102, 232));
    }

    [Fact]
    public void OneRemainder_CarriesEveryAnswer_AndNothingButCueAndLastWordDiffer()
    {
        for (int n = 0; n < 3_000; n++)
        {
            AgreementPlan plan = AgreementCorpus.Plan(Bundled, n);
            HashSet<string> remainders = [];
            for (int answer = 0; answer < plan.Answers; answer++)
            {
                string line = plan.Say(answer);
                Assert.True(AgreementSentence.TryParse(line, out AgreementSentence sentence) && sentence.Agrees, line);
                Assert.Equal(plan.Pattern.Answers[answer], sentence.Dependent);
                int cueStart = line.IndexOf(sentence.Cue, StringComparison.Ordinal);
                remainders.Add(line[..sentence.DependentStart].Remove(cueStart, sentence.Cue.Length));
            }

            Assert.Single(remainders);
        }
    }

    [Fact]
    public void EveryAnswerOfAPattern_IsEquallyLikely()
    {
        var answersByPattern = Enumerable.Range(0, Bundled.Sentences)
            .GroupBy(n => AgreementCorpus.Plan(Bundled, n).Pattern, n => Parse(AgreementCorpus.Sentence(Bundled, n)).Dependent);
        foreach (IGrouping<AgreementPattern, string> pattern in answersByPattern)
        {
            double share = 1.0 / pattern.Key.Answers.Length;
            double expected = pattern.Count() * share;
            double deviation = Math.Sqrt(expected * (1 - share));
            foreach (string answer in pattern.Key.Answers)
            {
                Assert.InRange(pattern.Count(word => word == answer), expected - 4 * deviation, expected + 4 * deviation);
            }
        }
    }

    [Fact]
    public void AfterAFrame_OnlyTheLastWordCanFollow()
    {
        // "speaks" beside "speaks fluent" would leave a network to guess which comes, and the guess would count as a lost agreement.
        foreach (AgreementLanguage language in new[] { AgreementLanguage.English, AgreementLanguage.Chinese })
        {
            string[] frames = [.. language.Patterns.SelectMany(pattern => pattern.Frames).Select(language.Piece)];
            Assert.All(frames, frame => Assert.DoesNotContain(frames, other => !other.EndsWith(frame, StringComparison.Ordinal) && other.Contains(frame, StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void HeldOutSentences_BeyondTheShortest_AreNotInTheTrainingPart()
    {
        // Up to a distance of 10 there are only some thousand different sentences; beyond it the answer cannot be had by heart.
        string[] lines = BundledText().TrimEnd('\n').Split('\n');
        HashSet<string> training = [.. lines[..(lines.Length * 9 / 10)]];
        string[] heldOut = [.. lines[(lines.Length * 9 / 10)..].Where(line => AgreementSentence.TryParse(line, out AgreementSentence s) && s.Distance > 10)];

        Assert.True(heldOut.Length > 500);
        Assert.InRange(heldOut.Count(training.Contains) / (double)heldOut.Length, 0, 0.005);
    }

    [Fact]
    public void TheBundledFile_IsWhatTheGeneratorMakes()
    {
        using MemoryStream made = new();
        AgreementCorpus.Write(made, Bundled);

        Assert.Equal(File.ReadAllBytes(BundledPath()), made.ToArray());
    }

    [Fact]
    public void TheBundledFile_StaysSmall()
    {
        using TextCorpus corpus = TextCorpus.Open(BundledPath(), null);
        int latin = Enumerable.Range(0, corpus.Vocabulary.Count).Count(id => corpus.Vocabulary.Symbol(id)[0] < 0x80);

        Assert.InRange(corpus.Bytes, 1_500_000, 2_000_000);
        Assert.InRange(latin, 1, 60);
        Assert.InRange(corpus.Vocabulary.Count - latin, 1, 250);
        Assert.All(BundledText().Split('\n'), line => Assert.InRange(line.Length, 0, 280));
    }

    [Theory]
    [InlineData("de-DE")]
    [InlineData("tr-TR")]
    [InlineData("ar-SA")]
    public void Sentences_AreTheSameUnderEveryCulture(string culture)
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        string[] expected = [.. BundledText().Split('\n').Take(200)];
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo(culture);
            Assert.Equal(expected, Enumerable.Range(0, 200).Select(n => AgreementCorpus.Sentence(Bundled, n)));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void AnotherSeed_MakesAnotherCorpus() =>
        Assert.NotEqual(AgreementCorpus.Sentence(Bundled, 0), AgreementCorpus.Sentence(Bundled with { Seed = 1 + (1L << 40) }, 0));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(150)]
    public void LargestDistance_IsKept(int largest)
    {
        AgreementOptions options = new(MaxDistance: largest);
        int[] distances = [.. Enumerable.Range(0, 2_000).Select(n => Parse(AgreementCorpus.Sentence(options, n)).Distance)];

        Assert.Equal((1, largest), (distances.Min(), distances.Max()));
    }

    [Fact]
    public void OptionsOutOfRange_AreRefused()
    {
        Assert.Throws<ConfigurationException>(() => AgreementCorpus.Write(Stream.Null, new(Seed: -1)));
        Assert.Throws<ConfigurationException>(() => AgreementCorpus.Write(Stream.Null, new(Sentences: 0)));
        Assert.Throws<ConfigurationException>(() => AgreementCorpus.Write(Stream.Null, new(MaxDistance: 0)));
        Assert.Throws<ConfigurationException>(() => AgreementCorpus.Write(Stream.Null, new(MaxDistance: 1001)));
    }

    private static AgreementSentence Parse(string line) => AgreementSentence.TryParse(line, out AgreementSentence sentence) ? sentence : throw new FormatException(line);

    private static string BundledText() => File.ReadAllText(BundledPath(), Encoding.UTF8);

    private static string BundledPath()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "LstmGpu.sln")))
        {
            folder = folder.Parent;
        }

        return Path.Combine(folder?.FullName ?? throw new DirectoryNotFoundException("no folder above the tests holds LstmGpu.sln"), "data", "agreement.txt");
    }
}
