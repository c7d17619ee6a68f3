using System.Globalization;
using System.Xml.Linq;
using static LstmGpu.Reporting.PageMarkup;

namespace LstmGpu.Reporting;

/// <summary>Gates and states of recurrent units along a text as heat maps: a column for each token, lines of text below each other.</summary>
/// <param name="Symbols">The tokens, one for each column.</param>
internal sealed record GateMap(string Title, string Subtitle, IReadOnlyList<string> Symbols, IReadOnlyList<GateMapUnit> Units, GateLegend Legend)
{
    // Units of the view box: as wide as a curve.
    private const double Width = 480, Left = 62, Cell = 17, Row = 18, Letter = 8;
    private const int Columns = 24, LongestSymbol = 14;

    private const string GateColours = "Gates: stronger is more open.", StateColours = "blue positive, orange negative.";

    private readonly string noun = Symbols.All(symbol => Length(symbol) == 1) ? "character" : "token";

    private string Colours => $"{GateColours} {char.ToUpperInvariant(Units[0].State.Name[0])}{Units[0].State.Name[1..]}: {StateColours}";

    public string ToHtml() => ReportStyle.Html(Title, [Html("h1", "", Title), .. ToElements()]);

    /// <summary>Without the heading, for a page.</summary>
    public IEnumerable<XElement> ToElements() =>
    [
        Html("p", "quietly", Subtitle),
        ReportStyle.Table("", Texts(Legend.Headings), Legend.Rows.Select(Texts)),
        Html("p", "quietly", $"{Legend.Note} {Colours}"),
        Html("div", "charts", [.. Units.Select(unit => Html("section", "", Html("h3", "", Name(unit)), Picture(unit)))]),
    ];

    /// <summary>The same as one picture.</summary>
    public string ToSvg()
    {
        List<XElement> parts = [Text(Title, 4, 20, "start", ("class", "name")), Text(Subtitle, 4, 42, "start")];
        double y = 70;
        foreach ((string First, string Second, string Effect) row in Legend.Rows.Prepend(Legend.Headings))
        {
            string kind = row == Legend.Headings ? "name" : "plain";
            parts.Add(Text(row.First, 4, y, "start", ("class", kind)));
            parts.Add(Text(row.Second, 104, y, "start", ("class", kind)));
            parts.Add(Text(row.Effect, 204, y, "start", ("class", kind)));
            y += 20;
        }
        foreach (string line in (string[])[Legend.Note, Colours])
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

    private static string[] Texts((string First, string Second, string Effect) row) => [row.First, row.Second, row.Effect];

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
        string.Create(CultureInfo.InvariantCulture, $"unit {unit.Unit}: {unit.State.Name} from {Figure(unit.State.Values.Min())} to {Figure(unit.State.Values.Max())}");

    // Returns the height.
    private double Draw(XElement map, GateMapUnit unit)
    {
        double y = 0, scale = Math.Max(1e-12, unit.State.Values.Max(value => Math.Abs((double)value)));
        foreach (int[] columns in Enumerable.Range(0, Symbols.Count).Chunk(Columns))
        {
            y += Heads(map, columns, y);
            foreach (GateMapRow row in unit.Rows)
            {
                map.Add(Text(row.Name, Left - 8, y + 14, "end"));
                for (int n = 0; n < columns.Length; n++)
                {
                    map.Add(Square(Left + (n * Cell), y, columns[n], row, scale));
                }
                map.Add(Element("rect", ("class", "frame"), ("x", Number(Left)), ("y", Number(y)), ("width", Number(columns.Length * Cell)), ("height", Number(Row - 2))));
                y += row == unit.State ? Row : Row - 2;
            }
            y += 10;
        }
        return y;
    }

    // The tokens above their columns: characters upright, words on end. Returns the height.
    private double Heads(XElement map, int[] columns, double y)
    {
        string[] symbols = [.. columns.Select(column => Short(Terse(Symbols[column])))];
        int longest = symbols.Max(Length);
        double height = longest == 1 ? 20 : 12 + (Letter * longest);
        for (int n = 0; n < symbols.Length; n++)
        {
            double x = Left + ((n + 0.5) * Cell);
            map.Add(longest == 1
                ? Text(symbols[n], x, y + 14, "middle", ("class", "symbol"))
                : Text(symbols[n], 0, 0, "start", ("class", "symbol"), ("transform", $"translate({Number(x + 4)} {Number(y + height - 4)}) rotate(-90)")));
        }
        return height;
    }

    private static int Length(string symbol) => new StringInfo(symbol).LengthInTextElements;

    private static string Short(string symbol) => Length(symbol) <= LongestSymbol ? symbol : new StringInfo(symbol).SubstringByTextElements(0, LongestSymbol - 1) + "…";

    /// <param name="scale">The value of full colour for a state.</param>
    private XElement Square(double x, double y, int place, GateMapRow row, double scale)
    {
        float value = row.Values[place];
        string kind = row.IsGate ? "gate" : value < 0 ? "minus" : "plus";
        double strength = row.IsGate ? value : Math.Abs(value) / scale;
        XElement square = Element(
            "rect",
            ("class", "cell " + kind),
            ("x", Number(x)),
            ("y", Number(y)),
            ("width", Number(Cell)),
            ("height", Number(Row - 2)),
            ("fill-opacity", Number(double.IsFinite(strength) ? strength : 0)));
        square.Add(Hover(string.Create(CultureInfo.InvariantCulture, $"{row.Name} {value:0.000} at “{Readable(Symbols[place])}”, {noun} {place + 1}")));
        return square;
    }
}

/// <summary>One unit of a <see cref="GateMap"/>: its gates, and last the state that they work on.</summary>
internal sealed record GateMapUnit(int Unit, IReadOnlyList<GateMapRow> Rows)
{
    internal GateMapRow State => Rows[^1];
}

/// <summary>A value for each token, of a gate from 0 to 1.</summary>
internal sealed record GateMapRow(string Name, IReadOnlyList<float> Values, bool IsGate);
