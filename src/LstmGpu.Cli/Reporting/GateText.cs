using System.Text.Json.Nodes;
using LstmGpu.Formats;
using LstmGpu.Reporting;
using LstmGpu.Tasks;

namespace LstmGpu.Cli.Reporting;

/// <summary>Gates along a text as a table, as JSON and as heat maps.</summary>
internal static class GateText
{
    /// <summary>Checks the name of a drawing before the work, not after it.</summary>
    /// <exception cref="ConfigurationException">Neither .html nor .svg, or a directory.</exception>
    public static void RequireFile(string? file)
    {
        if (file is not null && (Directory.Exists(file) || !(IsSvg(file) || file.EndsWith(".html", StringComparison.OrdinalIgnoreCase))))
        {
            throw new ConfigurationException($"--out: found '{file}', expected the name of a file that ends in .html or .svg, such as gates.html; use another --out");
        }
    }

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
            [.. trace.Units.Select(unit => new GateMapUnit(unit.Unit, unit.Input, unit.Forget, unit.Output, unit.Cell))]);
        DurableFile.WriteAllText(file, IsSvg(file) ? map.ToSvg() : map.ToHtml());
    }

    private static string About(GateTrace trace) =>
        $"layer {Figures.Plain(trace.Layer)}, step {Figures.Plain(trace.Step)}, {Figures.Plain(trace.Symbols.Count)} characters from the zero state";

    private static bool IsSvg(string file) => file.EndsWith(".svg", StringComparison.OrdinalIgnoreCase);

    private static JsonArray Numbers(IEnumerable<float> values) => new([.. values.Select(value => float.IsFinite(value) ? JsonValue.Create(value) : null)]);
}
