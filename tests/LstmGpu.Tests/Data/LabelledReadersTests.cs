using LstmGpu.Data;
using LstmGpu.Tests.Cli;
using Xunit;

namespace LstmGpu.Tests.Data;

/// <summary>What the readers of labelled data take and refuse, and what is held out of it.</summary>
public sealed class LabelledReadersTests
{
    [Fact]
    public void Tagged_ReadsColumnsAndWhereASequenceBegins()
    {
        using TemporaryFile file = new("\uFEFF-DOCSTART- O\r\n\r\nEU NNP B-ORG\r\nrejects VBZ O\r\n\r\n\r\nPeter NNP B-PER");

        List<TaggedSequence> found = TaggedFile.Read(file.Path);

        Assert.Equal([["EU", "rejects"], ["Peter"]], found.Select(sequence => sequence.Tokens));
        Assert.Equal([["B-ORG", "O"], ["B-PER"]], found.Select(sequence => sequence.Labels));
        Assert.Equal([3L, 7], found.Select(sequence => sequence.Line));
    }

    [Theory]
    [InlineData("", "found no token")]
    [InlineData("a X\nb\n", "line 2: found 'b', expected a token, a tab or space, and its label")]
    [InlineData("a X\nb c Y\n", "line 2: found 3 columns, expected 2")]
    [InlineData("a\t\n", "expected a token, a tab or space, and its label")]
    public void Tagged_RefusesWithTheLine(string text, string message)
    {
        using TemporaryFile file = new(text);

        Assert.Contains(message, Assert.Throws<DataException>(() => TaggedFile.Read(file.Path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("@classLabel true a b\n@data\n1,2:c\n", "line 3: found the label 'c', expected one that @classLabel lists")]
    [InlineData("@classLabel true a b\n@data\n1,?:a\n", "the missing value '?'")]
    [InlineData("@classLabel true a b\n@data\n1,2:3:a\n", "dimensions of 2 and 1 steps")]
    [InlineData("@classLabel true a b\n@dimensions 2\n@data\n1,2:a\n", "1 dimensions before the label, expected 2")]
    [InlineData("@classLabel true a b\n@equalLength true\n@data\n1,2:a\n1:b\n", "line 5: found 1 steps, expected 2")]
    [InlineData("@timestamps true\n@data\n", "cases with timestamps")]
    [InlineData("@classLabel true a b\n1,2:a\n", "expected an entry of a .ts header")]
    [InlineData("@data\n", "found no case after @data")]
    public void Series_RefusesWithTheLine(string text, string message)
    {
        using TemporaryFile file = new(text);

        Assert.Contains(message, Assert.Throws<DataException>(() => TimeSeriesFile.Read(file.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Folder_OfAFolderPerLabel_TakesEachTextAsAnExample()
    {
        using TemporaryDirectory directory = new();
        foreach (string label in (string[])["neg", "pos"])
        {
            Directory.CreateDirectory(Path.Combine(directory.Path, label, "deep"));
            directory.Write($"{label}/1.txt", $"{label} one\r\nline two\n");
            directory.Write($"{label}/deep/2.txt", $"{label} two");
        }

        LabelledFolder folder = LabelledFolder.Read(directory.Path);

        Assert.Equal(["neg one\nline two", "neg two", "pos one\nline two", "pos two"], folder.Examples.Select(example => example.Text));
        Assert.Equal([("neg", 0), ("neg", 0), ("pos", 1), ("pos", 1)], folder.Examples.Select(example => (example.Label, example.Group)));
    }

    [Fact]
    public void Folder_ThatMixesFormsOrHasOneLabel_IsRefused()
    {
        using TemporaryDirectory directory = new();
        directory.Write("a.txt", "x\n");
        Assert.Contains("has 1 labels", Assert.Throws<DataException>(() => LabelledFolder.Read(directory.Path)).Message, StringComparison.Ordinal);
        Directory.CreateDirectory(Path.Combine(directory.Path, "b"));
        Assert.Contains("expected a text file per label or a folder per label", Assert.Throws<DataException>(() => LabelledFolder.Read(directory.Path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("last:0.4", new[] { 3, 4, 6, 7 })]
    [InlineData("last:1", new[] { 4, 7 })]
    [InlineData("every:2", new[] { 1, 3, 6 })]
    [InlineData("file:other.csv", new int[0])]
    public void HoldOut_TakesPlacesOfEachGroup(string text, int[] expected)
    {
        (int[] training, int[] heldOut) = HoldOut.Parse(text).Split([0, 0, 0, 0, 0, 1, 1, 1], seed: 1, "data");

        Assert.Equal(expected, heldOut);
        Assert.Equal(Enumerable.Range(0, 8).Except(expected), training);
    }

    [Fact]
    public void HoldOut_AtRandom_FollowsTheSeedAlone()
    {
        int[] Drawn(long seed) => HoldOut.Parse("random:0.25").Split(new int[40], seed, "data").HeldOut;

        Assert.Equal(10, Drawn(1).Distinct().Count());
        Assert.Equal(Drawn(1), Drawn(1));
        Assert.NotEqual(Drawn(1), Drawn(2));
    }

    [Theory]
    [InlineData("last")]
    [InlineData("last:1.5")]
    [InlineData("every:1")]
    [InlineData("random:2")]
    [InlineData("file:")]
    public void HoldOut_ThatIsNone_IsRefused(string text) =>
        Assert.Contains("expected last:0.1", Assert.Throws<ConfigurationException>(() => HoldOut.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Table_OfFeatures_IsASequenceARow_OrAGroup()
    {
        using TemporaryFile file = new("id,a,b,label\n1,1,2,x\n1,3,4,x\n2,5,6,y\n");
        SequenceData Read(string? group)
        {
            using TextLines lines = TextLines.Open(file.Path, "data file");
            return SequenceTable.Read(lines, new DataOptions { FeatureColumns = "a, b", GroupColumn = group }, labelled: true, ',');
        }

        SequenceData rows = Read(null), groups = Read("id");

        Assert.Equal((1, 3), (rows.FeatureCount, rows.Examples.Count));
        Assert.Equal([3f, 4f], rows.Examples[1].Features!);
        Assert.Equal((2, 2), (groups.FeatureCount, groups.Examples.Count));
        Assert.Equal([1f, 2, 3, 4], groups.Examples[0].Features!);
        Assert.Equal(["x", "y"], groups.Examples.Select(example => example.Label));
    }

    [Theory]
    [InlineData("id,a,label\n1,1,x\n1,2,y\n", "line 3: column 'label': found the label 'y', expected 'x' as in line 2")]
    [InlineData("id,a,label\n1,1,x\n2,2,y\n1,3,x\n", "line 4: column 'id': found '1' again")]
    [InlineData("id,a,label\n1,1,\n", "line 2: column 'label': found an empty field, expected a label")]
    [InlineData("id,a,label\n1,NaN,x\n", "line 2: column 'a': found 'NaN'")]
    [InlineData("id,b,label\n1,1,x\n", "no column 'a'")]
    public void Table_RefusesWithTheLine(string text, string message)
    {
        using TemporaryFile file = new(text);
        using TextLines lines = TextLines.Open(file.Path, "data file");

        DataException refused = Assert.Throws<DataException>(() => SequenceTable.Read(lines, new DataOptions { FeatureColumns = "a", GroupColumn = "id" }, labelled: true, ','));

        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }
}
