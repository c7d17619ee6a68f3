using System.Globalization;
using System.Xml.Linq;
using LstmGpu.Formats;
using static LstmGpu.Reporting.PageMarkup;

namespace LstmGpu.Reporting;

/// <summary>A line chart with a logarithmic axis as one SVG file that needs no other, in the colours that its reader prefers, light or dark.</summary>
/// <param name="Lines">At most as many as there are colours; a value stands at its index. What no logarithm exists of leaves a gap.</param>
internal sealed record LogChart(string Title, string Subtitle, string XLabel, string YLabel, IReadOnlyList<LogChartLine> Lines)
{
    // Units of the view box. Text of 16 in a width of 600 is 10.7 pixels high where the chart is shown at 400.
    private const double Width = 600, Height = 420, Left = 84, Right = 570, Top = 102, Bottom = 352;
    private const int MostTicks = 8;

    // After Okabe and Ito's palette, which most eyes tell apart; dashes do without colour. No CSS variables: few programs but browsers know them.
    private const string Style = """

        .ground { fill: #ffffff; }
        text { fill: #1b1b1b; font: 16px system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
        text.title { font-size: 20px; font-weight: 600; }
        .grid { stroke: #d9d9d9; stroke-width: 1; }
        .axis { stroke: #1b1b1b; stroke-width: 1.5; }
        .line { fill: none; stroke-width: 3; stroke-linejoin: round; stroke-linecap: round; }
        .line0 { stroke: #c04a00; stroke-dasharray: 1 7; }
        .line1 { stroke: #0072b2; stroke-dasharray: 12 7; }
        .line2 { stroke: #007a55; }
        @media (prefers-color-scheme: dark) {
          .ground { fill: #16181c; }
          text { fill: #ececec; }
          .grid { stroke: #3a3d44; }
          .axis { stroke: #ececec; }
          .line0 { stroke: #ff9447; }
          .line1 { stroke: #56b4e9; }
          .line2 { stroke: #2fd3a0; }
        }

        """;

    /// <summary>Writes the chart; the file is the old or the new one, never a part.</summary>
    /// <exception cref="DataException">The file system refused.</exception>
    public void Write(string path) => DurableFile.WriteAllText(path, ToXml() + "\n");

    public XElement ToXml()
    {
        int last = Math.Max(1, Lines.Max(line => line.Values.Count) - 1);
        (int low, int high) = Decades();
        double X(double index) => Left + (index / last * (Right - Left));
        double Y(double exponent) => Bottom - ((exponent - low) / (high - low) * (Bottom - Top));

        XElement chart = Element("svg", ("viewBox", $"0 0 {Number(Width)} {Number(Height)}"), ("role", "img"), ("aria-labelledby", "title subtitle"));
        chart.Add(
            new XElement(Svg + "style", Style),
            Element("rect", ("class", "ground"), ("width", Number(Width)), ("height", Number(Height))),
            Text(Title, 16, 30, "start", ("class", "title"), ("id", "title")),
            Text(Subtitle, 16, 54, "start", ("id", "subtitle")));
        foreach (double index in Ticks(0, last))
        {
            chart.Add(Segment("grid", X(index), Top, X(index), Bottom), Text(Number(index), X(index), Bottom + 22, "middle"));
        }
        foreach (double exponent in Ticks(low, high))
        {
            chart.Add(Segment("grid", Left, Y(exponent), Right, Y(exponent)), Text(Power((int)exponent), Left - 8, Y(exponent) + 5, "end"));
        }
        chart.Add(
            Segment("axis", Left, Top, Left, Bottom),
            Segment("axis", Left, Bottom, Right, Bottom),
            Text(XLabel, (Left + Right) / 2, Bottom + 50, "middle"),
            Text(YLabel, 0, 0, "middle", ("transform", $"translate(22 {Number((Top + Bottom) / 2)}) rotate(-90)")));
        for (int n = 0; n < Lines.Count; n++)
        {
            double legend = Left + (n * 130);
            chart.Add(Segment($"line line{Number(n)}", legend, 80, legend + 40, 80), Text(Lines[n].Name, legend + 50, 86, "start"));
            if (Path(Lines[n], X, Y) is { Length: > 0 } path)
            {
                chart.Add(Element("path", ("class", $"line line{Number(n)}"), ("d", path)));
            }
        }
        return chart;
    }

    // The whole powers of ten around everything that can be drawn
    private (int Low, int High) Decades()
    {
        double[] exponents = [.. Lines.SelectMany(line => line.Values).Where(Drawable).Select(Math.Log10)];
        if (exponents.Length == 0)
        {
            return (-1, 0);
        }
        int low = (int)Math.Floor(exponents.Min()), high = (int)Math.Ceiling(exponents.Max());
        return (low, Math.Max(high, low + 1));
    }

    private static string Path(LogChartLine line, Func<double, double> x, Func<double, double> y)
    {
        List<string> path = [];
        bool drawing = false;
        for (int n = 0; n < line.Values.Count; n++)
        {
            bool drawable = Drawable(line.Values[n]);
            if (drawable)
            {
                path.Add($"{(drawing ? 'L' : 'M')}{Number(x(n))} {Number(y(Math.Log10(line.Values[n])))}");
            }
            drawing = drawable;
        }
        return string.Join(' ', path);
    }

    private static bool Drawable(double value) => value > 0 && double.IsFinite(value);

    // Multiples of 1, 2 or 5 times a power of ten
    private static IEnumerable<double> Ticks(int low, int high)
    {
        int step = 1;
        for (int n = 0; (high - low) / step >= MostTicks; n++)
        {
            step = (int)Math.Pow(10, n / 3) * (n % 3) switch { 0 => 1, 1 => 2, _ => 5 };
        }
        for (int tick = (int)Math.Ceiling((double)low / step) * step; tick <= high; tick += step)
        {
            yield return tick;
        }
    }

    private static string Power(int exponent) =>
        "10" + string.Concat(exponent.ToString(CultureInfo.InvariantCulture).Select(c => c == '-' ? '⁻' : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c - '0']));
}

/// <summary>A line and its name in the legend.</summary>
internal sealed record LogChartLine(string Name, IReadOnlyList<double> Values);
