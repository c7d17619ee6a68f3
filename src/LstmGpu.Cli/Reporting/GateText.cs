using System.Text.Json.Nodes;
using LstmGpu.Reporting;
using LstmGpu.Tasks;

namespace LstmGpu.Cli.Reporting;

/// <summary>Gates along a text as a table, as JSON and as heat maps.</summary>
internal static class GateText
{
    public static void Write(GateTrace trace, TextWriter output)
    {
        TextTable table = new(">unit", ">cell from", ">to", ">deviation", ">mean input", ">mean forget", ">mean output");
        foreach (UnitTrace unit in trace.Units)
        {
            table.Add(
                Figures.Plain(unit.Unit),
                Figures.Fixed(unit.Cell.Min(), 3),
                Figures.Fixed(unit.Cell.Max(), 3),
                Figures.Fixed(Math.Sqrt(unit.Variance), 3),
                Figures.Fixed(unit.Input.Average(), 3),
                Figures.Fixed(unit.Forget.Average(), 3),
                Figures.Fixed(unit.Output.Average(), 3));
        }

        table.Write(output);
        output.WriteLine(About(trace));
    }

    public static JsonObject Json(GateTrace trace, string device) => new()
    {
        ["step"] = trace.Step,
        ["device"] = device,
        ["layer"] = trace.Layer,
        ["symbols"] = new JsonArray([.. trace.Symbols.Select(symbol => (JsonNode)symbol)]),
        ["units"] = new JsonArray([.. trace.Units.Select(unit => (JsonNode)new JsonObject
        {
            ["unit"] = unit.Unit,
            ["variance"] = Figures.Json(unit.Variance),
            ["input"] = Numbers(unit.Input),
            ["forget"] = Numbers(unit.Forget),
            ["candidate"] = Numbers(unit.Candidate),
            ["output"] = Numbers(unit.Output),
            ["cell"] = Numbers(unit.Cell),
        })]),
    };

    /// <exception cref="DataException">The file system refused.</exception>
    public static void Draw(GateTrace trace, string file)
    {
        GateMap map = new(
            "Gates along a text",
            About(trace),
            trace.Symbols,
            GateMaps.OfLstm(trace),
            GateLegend.Lstm);
        Drawing.Write(file, map.ToSvg, map.ToHtml);
    }

    private static string About(GateTrace trace) =>
        $"layer {Figures.Plain(trace.Layer)}, step {Figures.Plain(trace.Step)}, {Figures.Plain(trace.Symbols.Count)} characters from the zero state";

    private static JsonArray Numbers(IEnumerable<float> values) => new([.. values.Select(value => float.IsFinite(value) ? JsonValue.Create(value) : null)]);
}
