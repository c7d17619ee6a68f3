using System.Globalization;
using System.Xml.Linq;
using static LstmGpu.Reporting.PageMarkup;

namespace LstmGpu.Reporting;

/// <summary>Curves over the steps of a run as one SVG element, with the values of some points on hover. Colours and fonts are those of <see cref="ReportStyle"/>.</summary>
/// <param name="YLabel">What is drawn, with its unit.</param>
/// <param name="MayBeLogarithmic">Values far apart share a logarithmic axis.</param>
/// <param name="XLabel">What the points are numbered by.</param>
internal sealed record CurveChart(string Title, string YLabel, IReadOnlyList<Curve> Curves, bool MayBeLogarithmic = false, string XLabel = "step")
{
    // Units of the view box. Text of 14 in a width of 480 is 10.7 pixels high where the chart is shown at 366.
    private const double Width = 480, Height = 300, Left = 82, Right = 466, Top = 44, Bottom = 246;
    private const int MostHovers = 120, MostDrawn = 1200;

    public XElement ToSvg()
    {
        Curve[] curves = [.. Curves.Select(curve => curve.Drawable())];
        CurvePoint[] points = [.. curves.SelectMany(curve => curve.Points).Where(point => double.IsFinite(point.Value))];
        Axis steps = points.Length == 0 ? Axis.Of(0, 1) : Axis.Of(points.Min(point => point.Step), points.Max(point => point.Step));
        Axis values = Axis.Around([.. points.Select(point => point.Value)], MayBeLogarithmic);
        double X(long step) => Left + (steps.At(step) * (Right - Left));
        double Y(double value) => Bottom - (values.At(value) * (Bottom - Top));

        XElement chart = Element("svg", ("class", "chart"), ("viewBox", $"0 0 {Number(Width)} {Number(Height)}"), ("role", "img"), ("aria-label", Title));
        foreach (double tick in steps.Ticks)
        {
            double x = Left + (steps.At(tick) * (Right - Left));
            chart.Add(Segment("grid", x, Top, x, Bottom), Text(steps.Label(tick), x, Bottom + 20, "middle"));
        }
        foreach (double tick in values.Ticks)
        {
            chart.Add(Segment("grid", Left, Y(tick), Right, Y(tick)), Text(values.Label(tick), Left - 7, Y(tick) + 5, "end"));
        }
        chart.Add(
            Segment("axis", Left, Top, Left, Bottom),
            Segment("axis", Left, Bottom, Right, Bottom),
            Text(XLabel, (Left + Right) / 2, Bottom + 44, "middle"),
            Text(YLabel, 0, 0, "middle", ("transform", $"translate(13 {Number((Top + Bottom) / 2)}) rotate(-90)")));
        for (int n = 0; n < curves.Length; n++)
        {
            Draw(chart, curves[n], n, curves.Length, X, Y);
        }
        if (points.Length == 0)
        {
            chart.Add(Text("nothing logged", (Left + Right) / 2, (Top + Bottom) / 2, "middle"));
        }
        return chart;
    }

    private void Draw(XElement chart, Curve curve, int place, int count, Func<long, double> x, Func<double, double> y)
    {
        string kind = "line" + place.ToString(CultureInfo.InvariantCulture);
        if (count > 1)
        {
            double legend = Left + (place * (count > 2 ? 115 : 150));
            chart.Add(Segment($"line {kind}", legend, 22, legend + 30, 22), Text(curve.Name, legend + 38, 27, "start"));
        }
        if (Path(curve.Thinned(MostDrawn), x, y) is { Length: > 0 } path)
        {
            chart.Add(Element("path", ("class", $"line {kind}"), ("d", path)));
        }
        CurvePoint[] finite = [.. curve.Points.Where(point => double.IsFinite(point.Value))];
        foreach (CurvePoint point in new Curve(curve.Name, finite).Spread(MostHovers))
        {
            XElement mark = Element(
                "circle", ("class", finite.Length > 40 ? "mark quiet" : $"mark {kind}"), ("cx", Number(x(point.Step))), ("cy", Number(y(point.Value))), ("r", "4"));
            mark.Add(Hover(string.Create(CultureInfo.InvariantCulture, $"{curve.Name} at {XLabel} {point.Step:#,0}: {Figure(point.Value)}")));
            chart.Add(mark);
        }
    }

    // A value that is no number leaves a gap.
    private static string Path(IEnumerable<CurvePoint> points, Func<long, double> x, Func<double, double> y)
    {
        List<string> path = [];
        bool drawing = false;
        foreach (CurvePoint point in points)
        {
            bool drawable = double.IsFinite(point.Value);
            if (drawable)
            {
                path.Add($"{(drawing ? 'L' : 'M')}{Number(x(point.Step))} {Number(y(point.Value))}");
            }
            drawing = drawable;
        }
        return string.Join(' ', path);
    }
}

/// <summary>A value of a step; NaN where the log has none.</summary>
internal readonly record struct CurvePoint(long Step, double Value);

/// <summary>Values in the order of their steps.</summary>
internal sealed record Curve(string Name, IReadOnlyList<CurvePoint> Points)
{
    private const double Largest = 1e30;

    /// <summary>Without what no picture has room for: a value that overflows the axis becomes a gap.</summary>
    public Curve Drawable() => this with { Points = [.. Points.Select(point => point with { Value = Math.Abs(point.Value) < Largest ? point.Value : double.NaN })] };

    /// <summary>At most about so many points: the smallest and the largest of every stretch, so that no spike is lost.</summary>
    public IEnumerable<CurvePoint> Thinned(int most)
    {
        int stretch = (int)Math.Ceiling(2.0 * Points.Count / most);
        return stretch <= 2 ? Points : Points.Chunk(stretch).SelectMany(chunk => new[] { chunk.MinBy(Key), chunk.MaxBy(Key) }.Distinct().OrderBy(point => point.Step));

        static double Key(CurvePoint point) => double.IsNaN(point.Value) ? double.NegativeInfinity : point.Value;
    }

    /// <summary>At most so many points, evenly spread, with the first and the last.</summary>
    public IEnumerable<CurvePoint> Spread(int most) => Points.Count <= most
        ? Points
        : Enumerable.Range(0, most).Select(n => Points[(int)((long)n * (Points.Count - 1) / (most - 1))]);
}
