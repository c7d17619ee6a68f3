using System.Text.Json.Nodes;
using LstmGpu.Data.Vectors;
using LstmGpu.Reporting;
using LstmGpu.Tasks;

namespace LstmGpu.Cli.Reporting;

/// <summary>Words in the plane of their principal components as a table, as JSON and as a map.</summary>
internal static class EmbeddingText
{
    public static void Write(EmbeddingPlane plane, string source, TextWriter output)
    {
        TextTable table = new("word", ">first", ">second");
        foreach (EmbeddingPoint point in plane.Points)
        {
            table.Add(EmbeddingWriter.Word(point.Word), Figures.Fixed(point.X, 4), Figures.Fixed(point.Y, 4));
        }

        table.Write(output);
        output.WriteLine($"{About(plane, source)}: the first principal component has {Figures.Percent(plane.Shares.X)} of their variance, the second {Figures.Percent(plane.Shares.Y)}");
    }

    public static JsonObject Json(EmbeddingPlane plane, string source) => new()
    {
        ["source"] = source,
        ["variance"] = Pair(plane.Variances),
        ["share"] = Pair(plane.Shares),
        ["words"] = new JsonArray([.. plane.Points.Select(point => (JsonNode)new JsonObject
        {
            ["word"] = point.Word,
            ["x"] = Figures.Json(point.X),
            ["y"] = Figures.Json(point.Y),
        })]),
    };

    /// <exception cref="DataException">The file system refused.</exception>
    public static void Draw(EmbeddingPlane plane, string source, string file)
    {
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(source)); // a path may be wider than a picture
        EmbeddingMap map = plane.Map(About(plane, name));
        Drawing.Write(file, map.ToSvg, map.ToHtml);
    }

    private static string About(EmbeddingPlane plane, string source) => $"{Figures.Plain(plane.Points.Count)} words of {source}";

    private static JsonArray Pair((double First, double Second) values) => [Figures.Json(values.First), Figures.Json(values.Second)];
}
