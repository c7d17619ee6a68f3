using System.Globalization;
using System.Xml.Linq;
using static LstmGpu.Reporting.PageMarkup;

namespace LstmGpu.Reporting;

/// <summary>Vectors of words in the plane of their two principal components: near points are alike, both axes have one scale.</summary>
/// <param name="Shares">Of the variance, along each axis.</param>
internal sealed record EmbeddingMap(string Title, string Subtitle, IReadOnlyList<EmbeddingPoint> Points, (double X, double Y) Shares)
{
    // Units of the view box: text of 14 is 10.7 pixels high where the map is shown at 366.
    private const double Width = 480, Left = 26, Margin = 14, Below = 28, LeastHeight = 200, MostHeight = 520, Radius = 3.5, TextHeight = 14;

    public string ToHtml() => ReportStyle.Html(Title, [Html("h1", "", Title), Html("p", "quietly", Subtitle), Picture()]);

    /// <summary>The map within a page.</summary>
    public XElement Picture()
    {
        XElement map = Element("g");
        double height = Draw(map);
        XElement picture = Canvas(height);
        picture.SetAttributeValue("class", "chart map");
        picture.Add(map);
        return picture;
    }

    /// <summary>The same as one picture.</summary>
    public string ToSvg()
    {
        XElement map = Element("g", ("transform", "translate(0 52)"));
        double height = Draw(map) + 52;
        XElement picture = Canvas(height);
        picture.Add(
            new XElement(Svg + "style", ReportStyle.Drawing),
            Element("rect", ("class", "ground"), ("width", Number(Width)), ("height", Number(height))),
            Text(Title, 4, 20, "start", ("class", "name")),
            Text(Subtitle, 4, 42, "start"),
            map);
        return Document("", picture);
    }

    private XElement Canvas(double height) =>
        Element("svg", ("class", "chart"), ("viewBox", $"0 0 {Number(Width)} {Number(height)}"), ("role", "img"), ("aria-label", Title));

    // Returns the height.
    private double Draw(XElement map)
    {
        double wide = Width - Left - 4, x0 = Points.Min(point => point.X), y1 = Points.Max(point => point.Y);
        double rangeX = Math.Max(1e-12, Points.Max(point => point.X) - x0), rangeY = y1 - Points.Min(point => point.Y);
        double scale = Math.Min((wide - (4 * Margin)) / rangeX, (MostHeight - (2 * Margin)) / Math.Max(1e-12, rangeY));
        double high = Math.Max(LeastHeight, (scale * rangeY) + (2 * Margin));
        double fromX = (wide - (scale * rangeX)) / 2, fromY = (high - (scale * rangeY)) / 2;
        double X(double x) => fromX + ((x - x0) * scale);
        double Y(double y) => fromY + ((y1 - y) * scale);

        XElement plot = Element("g", ("transform", $"translate({Number(Left)} 0)"));
        plot.Add(
            Segment("grid", X(0), 0, X(0), high), // the mean of the vectors
            Segment("grid", 0, Y(0), wide, Y(0)),
            Element("rect", ("class", "frame"), ("width", Number(wide)), ("height", Number(high))));
        LabelBoxes labels = new(wide, high, TextHeight);
        foreach (EmbeddingPoint point in Points)
        {
            labels.AddPoint(X(point.X), Y(point.Y), Radius);
        }

        foreach (EmbeddingPoint point in Points)
        {
            string word = Terse(point.Word);
            XElement mark = Element("circle", ("class", "dot"), ("cx", Number(X(point.X))), ("cy", Number(Y(point.Y))), ("r", Number(Radius)));
            mark.Add(Hover(string.Create(CultureInfo.InvariantCulture, $"{Readable(point.Word)} at {Figure(point.X)}, {Figure(point.Y)}")));
            plot.Add(mark);
            if (labels.Place(X(point.X), Y(point.Y), word) is { } place)
            {
                plot.Add(Text(word, place.X, place.Y + (0.35 * TextHeight), "middle"));
            }
        }

        map.Add(
            plot,
            Text($"first component, {Share(Shares.X)} of the variance", Left + (wide / 2), high + 20, "middle"),
            Text($"second, {Share(Shares.Y)}", 0, 0, "middle", ("transform", $"translate(14 {Number(high / 2)}) rotate(-90)")));
        return high + Below;
    }

    private static string Share(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.0} %");
}

/// <summary>A word and its scores.</summary>
internal sealed record EmbeddingPoint(string Word, double X, double Y);
