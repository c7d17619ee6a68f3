using System.Globalization;
using System.Text.Json.Nodes;
using LstmGpu.Data.Vectors;
using LstmGpu.Tests.Training;
using Xunit;

namespace LstmGpu.Tests.Cli;

public sealed class VectorsCommandTests
{
    private const string Table = "king 1 0.5 0.25\nqueen 1 -0.5 0.25\nman 0.2 0.6 -0.1\nwoman 0.2 -0.55 -0.1\napple -0.7 0.1 0.9\nnothing 0 0 0\n";

    // W = {'king': [1, .5, .25], 'queen': [1, -.5, .25], 'man': [.2, .6, -.1], 'woman': [.2, -.55, -.1], 'apple': [-.7, .1, .9]}
    // n = list(W); M = np.array([W[k] for k in n], dtype=np.float32).astype(float); U = M/np.linalg.norm(M, axis=1, keepdims=True)
    // print([(n[i], U[i] @ U[0]) for i in np.argsort(-(U @ U[0]))])
    [Fact]
    public void Nearest_HasTheCosinesOfNumpy()
    {
        JsonNode json = Json("nearest", "king", "--count", "4");
        AssertNeighbours(json, ("man", 0.6475182637978943), ("queen", 0.6190476190476192), ("woman", -0.14701809426254028), ("apple", -0.3241183573127777));
        Assert.Equal(4, Json("nearest", "KING")["neighbours"]!.AsArray().Count);
        Assert.Single(Json("nearest", "king", "--count", "1")["neighbours"]!.AsArray());
    }

    // t = U[0] - U[2] + U[3]; t /= np.linalg.norm(t); print([(n[i], U[i] @ t) for i in np.argsort(-(U @ t))])
    [Fact]
    public void Analogy_Is3CosAdd_WithoutTheWordsThatWereGiven() =>
        AssertNeighbours(Json("analogy", "man", "king", "woman"), ("queen", 0.8544374826776353), ("apple", -0.3012290025449287));

    [Fact]
    public void Similarity_IsTheCosine()
    {
        Assert.Equal(0.6475182637978943, (double)Json("similarity", "man", "king")["cosine"]!, 1e-12);
        using TemporaryDirectory directory = new();
        Assert.Equal((0, "0.6475\n"), Shell.Run("vectors", "similarity", "man", "king", "--table", directory.Write("t", Table)) is var (code, output, _) ? (code, output) : default);
    }

    [Theory]
    [InlineData(3, "'qeen' is not among the 6 words", "nearest", "qeen")]
    [InlineData(3, "did you mean 'queen'?", "nearest", "qeen")]
    [InlineData(3, "the vector of 'nothing'", "similarity", "king", "nothing")]
    [InlineData(2, "--count", "nearest", "king", "--count", "0")]
    [InlineData(2, "expected one of them", "nearest", "king", "run")]
    [InlineData(2, "--format: found 'csv', expected glove, word2vec or word2vec-binary", "export", "out", "--format", "csv")]
    [InlineData(2, "found unexpected argument 'four'", "similarity", "one", "two", "three", "four")]
    public void Command_RefusesWhatItCannotDo(int expected, string message, params string[] arguments)
    {
        using TemporaryDirectory directory = new();
        (int code, _, string error) = Shell.Run(["vectors", .. arguments, "--table", directory.Write("t", Table)]);
        Assert.Equal(expected, code);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("glove")]
    [InlineData("word2vec")]
    [InlineData("word2vec-binary")]
    public void Export_WritesTheEmbeddingOfARun(string format)
    {
        using SmallRuns runs = new();
        File.WriteAllText(runs.Corpus, string.Concat(Enumerable.Repeat("ab c\n", 40)));
        runs.Train("run", runs.Options(new() { Embedding = 4, Hidden = 6 }, new() { Steps = 2 }));
        (int code, string output, string error) = Shell.Run("vectors", "export", runs.At("out"), runs.At("run"), "--format", format);
        Assert.True(code == 0, error);
        Assert.Equal($"5 words of 4 numbers written to {runs.At("out")}\n", output);

        EmbeddingTable table = EmbeddingReader.Read(runs.At("out"));
        Assert.Equal(["\\u000A", "▁", "a", "b", "c"], table.Words);
        using LstmGpu.Formats.SafetensorsReader file = LstmGpu.Formats.SafetensorsReader.Open(Path.Combine(runs.Checkpoints("run").Best()!, "model.safetensors"));
        float[] weight = new float[20];
        file.Read("embedding.weight", weight);
        Assert.Equal(weight, table.Rows.SelectMany(row => row));

        string line = Shell.Run("vectors", "nearest", "a", runs.At("run"), "--count", "1").Output.Split('\n')[1];
        int best = Enumerable.Range(0, 5).Where(row => row != 2).MaxBy(row => Cosine(table.Rows[row], table.Rows[2]));
        Assert.Equal([table.Words[best], Cosine(table.Rows[best], table.Rows[2]).ToString("F4", CultureInfo.InvariantCulture)], line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void ModelWithoutAnEmbedding_IsRefused()
    {
        using SmallRuns runs = new();
        runs.Train("run", runs.Options(new() { Embedding = 0, Hidden = 6 }, new() { Steps = 1 }));
        (int code, _, string error) = Shell.Run("vectors", "nearest", "a", runs.At("run"));
        Assert.Equal(2, code);
        Assert.Contains("reads one-hot vectors and has no embedding", error, StringComparison.Ordinal);
    }

    private static JsonNode Json(params string[] arguments)
    {
        using TemporaryDirectory directory = new();
        (int code, string output, string error) = Shell.Run(["vectors", .. arguments, "--json", "--table", directory.Write("t", Table)]);
        Assert.True(code == 0, error);
        return JsonNode.Parse(output)!;
    }

    private static void AssertNeighbours(JsonNode json, params (string Word, double Cosine)[] expected)
    {
        JsonArray found = json["neighbours"]!.AsArray();
        Assert.Equal(expected.Select(e => e.Word), found.Select(n => (string?)n!["word"]));
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First.Cosine, (double)pair.Second!["cosine"]!, 1e-12));
    }

    private static double Cosine(float[] a, float[] b)
    {
        double Dot(float[] x, float[] y) => x.Zip(y, (p, q) => (double)p * q).Sum();
        return Dot(a, b) / Math.Sqrt(Dot(a, a) * Dot(b, b));
    }
}
