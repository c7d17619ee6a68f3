using System.Globalization;
using System.Xml.Linq;
using static LstmGpu.Reporting.PageMarkup;

namespace LstmGpu.Reporting;

/// <summary>Gates and cells of LSTM units along a text as heat maps: a column for each character, lines of text below each other.</summary>
/// <param name="Symbols">The characters, one for each column.</param>
internal sealed record GateMap(string Title, string Subtitle, IReadOnlyList<string> Symbols, IReadOnlyList<GateMapUnit> Units)
{
    // Units of the view box: as wide as a curve.
    private const double Width = 480, Left = 62, Cell = 17, Row = 18;
    private const int Columns = 24;

    /// <summary>What open and closed gates do to the cell: c = f∘c' + i∘g.</summary>
    private static readonly (string Input, string Forget, string Effect)[] Legend =
    [
        ("closed", "open", "keeps what the cell holds"),
        ("open", "open", "adds to what it holds"),
        ("closed", "closed", "erases it"),
        ("open", "closed", "overwrites it"),
    ];

    private const string OutputLegend = "The output gate shows the cell to the next layer (open) or hides it (closed).";
    private const string ColourLegend = "Gates: the darker or brighter against the ground, the more open. Cell: blue is positive, orange negative.";

    public string ToHtml() => ReportStyle.Html(
        Title,
        [
            Html("h1", "", Title),
            Html("p", "quietly", Subtitle),
            ReportStyle.Table("", ["input gate", "forget gate", "the cell"], Legend.Select(row => new[] { row.Input, row.Forget, row.Effect })),
            Html("p", "quietly", OutputLegend + " " + ColourLegend),
            Html("div", "charts", [.. Units.Select(unit => Html("section", "", Html("h2", "", Name(unit)), Picture(unit)))]),
        ]);

    /// <summary>The same as one picture.</summary>
    public string ToSvg()
    {
        List<XElement> parts = [Text(Title, 4, 20, "start", ("class", "name")), Text(Subtitle, 4, 42, "start")];
        double y = 70;
        foreach ((string input, string forget, string effect) in Legend.Prepend(("input gate", "forget gate", "the cell")))
        {
            string kind = input == "input gate" ? "name" : "plain";
            parts.Add(Text(input, 4, y, "start", ("class", kind)));
            parts.Add(Text(forget, 104, y, "start", ("class", kind)));
            parts.Add(Text(effect, 204, y, "start", ("class", kind)));
            y += 20;
        }
        foreach (string line in (string[])["The output gate shows the cell (open) or hides it (closed).", "Gates: stronger is more open. Cell: blue positive, orange negative."])
        {
            parts.Add(Text(line, 4, y + 4, "start"));
            y += 20;
        }
        foreach (GateMapUnit unit in Units)
        {
            parts.Add(Text(Name(unit), 4, y + 24, "start", ("class", "name")));
            XElement map = Element("g", ("transform", $"translate(0 {Number(y + 34)})"));
            y += 34 + Draw(map, unit);
            parts.Add(map);
        }
        XElement picture = Canvas(y + 8, Title);
        picture.Add(new XElement(Svg + "style", ReportStyle.Drawing), Element("rect", ("class", "ground"), ("width", Number(Width)), ("height", Number(y + 8))), parts);
        return Document("", picture);
    }

    private XElement Picture(GateMapUnit unit)
    {
        XElement map = Element("g");
        double height = Draw(map, unit);
        XElement picture = Canvas(height, Name(unit));
        picture.Add(map);
        return picture;
    }

    private static XElement Canvas(double height, string label) =>
        Element("svg", ("class", "chart"), ("viewBox", $"0 0 {Number(Width)} {Number(height)}"), ("role", "img"), ("aria-label", label));

    private static string Name(GateMapUnit unit) =>
        string.Create(CultureInfo.InvariantCulture, $"unit {unit.Unit}: cell from {Figure(unit.Cell.Min())} to {Figure(unit.Cell.Max())}");

    // Returns the height.
    private double Draw(XElement map, GateMapUnit unit)
    {
        double y = 0, scale = Math.Max(1e-12, unit.Cell.Max(value => Math.Abs((double)value)));
        for (int first = 0; first < Symbols.Count; first += Columns)
        {
            int count = Math.Min(Columns, Symbols.Count - first);
            for (int n = 0; n < count; n++)
            {
                map.Add(Text(Visible(Symbols[first + n]), Left + ((n + 0.5) * Cell), y + 14, "middle", ("class", "symbol")));
            }
            y += 20;
            foreach ((string name, IReadOnlyList<float> values, bool isCell) in unit.Rows)
            {
                map.Add(Text(name, Left - 8, y + 14, "end"));
                for (int n = 0; n < count; n++)
                {
                    map.Add(Square(Left + (n * Cell), y, first + n, name, values[first + n], isCell ? scale : 0));
                }
                map.Add(Element("rect", ("class", "frame"), ("x", Number(Left)), ("y", Number(y)), ("width", Number(count * Cell)), ("height", Number(Row - 2))));
                y += isCell ? Row : Row - 2;
            }
            y += 10;
        }
        return y;
    }

    /// <param name="scale">The value of full colour for a cell; 0 for a gate.</param>
    private XElement Square(double x, double y, int place, string name, float value, double scale)
    {
        string kind = scale == 0 ? "gate" : value < 0 ? "minus" : "plus";
        double strength = scale == 0 ? value : Math.Abs(value) / scale;
        XElement square = Element(
            "rect",
            ("class", "cell " + kind),
            ("x", Number(x)),
            ("y", Number(y)),
            ("width", Number(Cell)),
            ("height", Number(Row - 2)),
            ("fill-opacity", Number(double.IsFinite(strength) ? strength : 0)));
        square.Add(Hover(string.Create(CultureInfo.InvariantCulture, $"{name} {value:0.000} at “{Visible(Symbols[place])}”, character {place + 1}")));
        return square;
    }
}

/// <summary>One unit of a <see cref="GateMap"/>; every list has a value for each character.</summary>
internal sealed record GateMapUnit(int Unit, IReadOnlyList<float> Input, IReadOnlyList<float> Forget, IReadOnlyList<float> Output, IReadOnlyList<float> Cell)
{
    public IEnumerable<(string Name, IReadOnlyList<float> Values, bool IsCell)> Rows => [("input", Input, false), ("forget", Forget, false), ("output", Output, false), ("cell", Cell, true)];
}
