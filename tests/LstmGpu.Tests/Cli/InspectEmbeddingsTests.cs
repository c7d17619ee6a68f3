using System.Text.Json.Nodes;
using System.Xml.Linq;
using LstmGpu.Tests.Training;
using Xunit;

namespace LstmGpu.Tests.Cli;

public sealed class InspectEmbeddingsTests
{
    private const string Table = "king 1 0.5 0.25\nqueen 1 -0.5 0.25\nman 0.2 0.6 -0.1\nwoman 0.2 -0.55 -0.1\napple -0.7 0.1 0.9\nsame 1 0.5 0.25\n";

    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    // PrincipalComponentsTests has the snippet
    [Fact]
    public void Json_HasTheComponentsOfTheNamedWords()
    {
        JsonNode json = JsonNode.Parse(Run(0, "--words", "king,QUEEN,man,woman", "--words", "apple", "--json"))!;
        JsonArray words = json["words"]!.AsArray();
        Assert.Equal(["king", "queen", "man", "woman", "apple"], words.Select(word => (string?)word!["word"]));
        Assert.Equal(-0.5567284558497452, (double)words[0]!["x"]!, 3e-7);
        Assert.Equal(0.5811090074550107, (double)words[3]!["y"]!, 3e-7);
        Assert.Equal(0.5807716852707515, (double)json["share"]![0]!, 3e-7);
        Assert.Equal(0.28853820105633116, (double)json["variance"]![1]!, 3e-7);
    }

    [Fact]
    public void Table_HasTheFirstWords_AndTheShareOfVariance()
    {
        string[] lines = Run(0, "--top", "5").Split('\n');
        Assert.Equal(["word", "first", "second"], Cells(lines[0]));
        Assert.Equal(["king", "-0.5567", "-0.5394"], Cells(lines[1]));
        Assert.Equal(["apple", "1.2057", "0.0656"], Cells(lines[5]));
        Assert.Contains("the first principal component has 58.1 % of their variance, the second 30.2 %", lines[6], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("map.svg")]
    [InlineData("map.html")]
    public void Drawing_HasAPointForEveryWord_InTheirOrder(string name)
    {
        using TemporaryDirectory directory = new();
        string file = Path.Combine(directory.Path, name);
        Run(0, "--words", "king,queen,man,woman,apple", "--out", file);
        XElement[] dots = [.. XDocument.Parse(File.ReadAllText(file)).Descendants(Svg + "circle")];
        Assert.Equal(["king", "queen", "man", "woman", "apple"], dots.Select(dot => dot.Value.Split(' ')[0]));
        double Number(int dot, string attribute) => (double)dots[dot].Attribute(attribute)!;
        Assert.True(Number(4, "cx") > Number(2, "cx") && Number(2, "cx") > Number(1, "cx"), "larger first scores stand to the right");
        Assert.True(Number(3, "cy") < Number(2, "cy"), "larger second scores stand higher");
        // One scale: from queen to apple and from man to woman
        double scale = (Number(4, "cx") - Number(1, "cx")) / (1.2057296290864015 + 0.6708449625500372);
        Assert.Equal(scale, (Number(2, "cy") - Number(3, "cy")) / (0.5811090074550107 + 0.5613235233002717), scale * 1e-3);
        string[] texts = [.. XDocument.Parse(File.ReadAllText(file)).Descendants(Svg + "text").Select(text => text.Value)];
        Assert.Contains("woman", texts);
        Assert.Contains("first component, 58.1 % of the variance", texts);
        Assert.Contains("5 words of t", XDocument.Parse(File.ReadAllText(file)).Descendants().Where(element => !element.HasElements).Select(element => element.Value));
    }

    [Theory]
    [InlineData(2, "found both --words and --top", "--words", "king,man", "--top", "3")]
    [InlineData(2, "--words: found '', expected words separated by single commas", "--words", "")]
    [InlineData(2, "--words: found 'a,,b', expected words separated by single commas", "--words", "a,,b")]
    [InlineData(2, "--words: found 1 different words, expected 2 to 300", "--words", "king,KING")]
    [InlineData(2, "--top: found '1', expected a whole number from 2 to 300", "--top", "1")]
    [InlineData(2, "expected the name of a file that ends in .html or .svg, such as embedding.html", "--out", "map.png")]
    [InlineData(3, "'qeen' is not among the 6 words", "--words", "king,qeen")]
    [InlineData(3, "are all equal, expected some that differ", "--words", "king,same")]
    public void Command_RefusesWhatItCannotShow(int expected, string message, params string[] arguments) =>
        Assert.Contains(message, Run(expected, arguments), StringComparison.Ordinal);

    [Fact]
    public void Command_RefusesARunWithoutAnEmbedding_OfTokensOrAtAll()
    {
        using SmallRuns runs = new();
        runs.Train("bits", runs.Options(new() { Embedding = 0, Hidden = 4 }, new() { Steps = 1 }));
        (int code, _, string error) = Shell.Run("inspect", "embeddings", runs.At("bits"));
        Assert.Equal((2, true), (code, error.Contains("has no embedding", StringComparison.Ordinal)));

        File.WriteAllText(runs.At("table.csv"), "y\n" + string.Join('\n', Enumerable.Range(0, 40).Select(n => n % 7)) + "\n");
        Assert.Equal(0, Shell.Run("train", "--task", "forecast", "--data", runs.At("table.csv"), "--target", "y", "--test-last", "8", "--window", "6", "--hidden", "4", "--steps", "1", "--device", "cpu", "--out", runs.At("table")).Code);
        (code, _, error) = Shell.Run("vectors", "nearest", "a", runs.At("table"));
        Assert.Equal((2, true), (code, error.Contains("reads numbers and has no embedding", StringComparison.Ordinal)));
    }

    private static string Run(int expected, params string[] arguments)
    {
        using TemporaryDirectory directory = new();
        (int code, string output, string error) = Shell.Run(["inspect", "embeddings", "--table", directory.Write("t", Table), .. arguments]);
        Assert.True(code == expected, $"exit code {code}: {error}");
        return code == 0 ? output : error;
    }

    private static string[] Cells(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
