using LstmGpu.Tasks.Metrics;
using Xunit;

namespace LstmGpu.Tests.Tasks.Metrics;

/// <summary>Entities by hand, after the rules of conlleval that seqeval keeps where it is not strict.</summary>
public sealed class EntityScoresTests
{
    private static readonly string[] Names = ["B-LOC", "B-PER", "E-PER", "I-LOC", "I-PER", "O", "S-LOC"];

    [Theory]
    [InlineData("B-PER I-PER O B-LOC", "PER 0-1,LOC 3-3")]
    [InlineData("B-PER B-PER I-PER", "PER 0-0,PER 1-2")]
    [InlineData("O I-PER I-PER O I-LOC", "PER 1-2,LOC 4-4")] // I- alone begins one
    [InlineData("B-PER I-LOC I-LOC", "PER 0-0,LOC 1-2")] // another type begins another
    [InlineData("I-PER I-PER B-PER", "PER 0-1,PER 2-2")]
    [InlineData("B-PER I-PER E-PER I-PER", "PER 0-2,PER 3-3")]
    [InlineData("S-LOC S-LOC I-LOC O", "LOC 0-0,LOC 1-1,LOC 2-2")]
    [InlineData("I-PER E-PER E-PER", "PER 0-1,PER 2-2")]
    [InlineData("O O", "")]
    [InlineData("B-PER", "PER 0-0")] // the end of a sequence ends it
    public void Entities_AreFoundAsTheRulesSay(string labels, string expected)
    {
        string found = string.Join(',', EntityLabels.Of(Names)!.Find(Ids(labels)).OrderBy(entity => entity.First).Select(entity => $"{entity.Type} {entity.First}-{entity.Last}"));

        Assert.Equal(expected, found);
    }

    // Truth: PER 0-1, LOC 3-4 and LOC 0-0, PER 1-2: 4 entities. Found: PER 0-1, LOC 3-3, LOC 4-4 and LOC 0-0, LOC 1-2: 5, of which PER 0-1 and LOC 0-0 are
    // right; the last has the right tokens and the wrong type. Precision 2/5, recall 2/4, F1 = 2·2/(5 + 4).
    [Fact]
    public void Score_CountsWholeEntitiesOfTheRightType()
    {
        EntityScores scores = new(EntityLabels.Of(Names)!);
        scores.Add(Ids("B-PER I-PER O B-LOC I-LOC"), Ids("B-PER I-PER O B-LOC B-LOC"));
        scores.Add(Ids("B-LOC B-PER I-PER"), Ids("B-LOC B-LOC I-LOC"));

        Assert.Equal(new ClassScore(2 / 5.0, 2 / 4.0, 4 / 9.0, 4), scores.Score);
    }

    [Fact]
    public void Score_OfNoEntity_IsZero()
    {
        EntityScores scores = new(EntityLabels.Of(Names)!);
        scores.Add(Ids("O O"), Ids("O O"));

        Assert.Equal(default, scores.Score);
    }

    [Theory]
    [InlineData("B-X O I-X", true)]
    [InlineData("O I-X", true)]
    [InlineData("B-X I-X E-X S-X O", true)]
    [InlineData("O S-X", false)]
    [InlineData("B O I", false)]
    [InlineData("B-X O NOUN", false)]
    [InlineData("VERB NOUN", false)]
    [InlineData("B- O", false)]
    public void Labels_MarkEntitiesWhereAllHaveTheForm(string labels, bool expected) => Assert.Equal(expected, EntityLabels.Of(labels.Split(' ')) is not null);

    private static int[] Ids(string labels) => [.. labels.Split(' ').Select(label => Array.IndexOf(Names, label))];
}
