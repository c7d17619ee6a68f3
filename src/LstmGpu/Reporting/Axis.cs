using System.Globalization;

namespace LstmGpu.Reporting;

/// <summary>One axis of a chart: where a value lies between its ends, 0 to 1, and which values are marked.</summary>
internal sealed class Axis
{
    private const double ManyTimes = 200;
    private readonly double low, high;
    private readonly bool logarithmic;

    private Axis(double low, double high, bool logarithmic, IReadOnlyList<double> ticks) =>
        (this.low, this.high, this.logarithmic, Ticks) = (low, high, logarithmic, ticks);

    public IReadOnlyList<double> Ticks { get; }

    public double At(double value) => ((logarithmic ? Math.Log10(value) : value) - low) / (high - low);

    /// <summary>Short enough to stand beside an axis: 400k, 1.5M.</summary>
    public string Label(double tick) => Math.Abs(tick) switch
    {
        < 1e-3 or >= 1e9 when tick != 0 => tick.ToString(logarithmic ? "0e+0" : "0.###e+0", CultureInfo.InvariantCulture),
        >= 1e6 => PageMarkup.Figure(tick / 1e6) + "M",
        >= 1e4 => PageMarkup.Figure(tick / 1e3) + "k",
        _ => PageMarkup.Figure(tick),
    };

    /// <summary>From the smallest to the largest value, rounded outward to ticks. Positive values far apart share a logarithmic axis where that is allowed.</summary>
    public static Axis Around(IReadOnlyCollection<double> values, bool mayBeLogarithmic)
    {
        (double low, double high) = values.Count == 0 ? (0, 1) : (values.Min(), values.Max());
        return mayBeLogarithmic && low > 0 && high / low > ManyTimes ? Logarithmic(low, high) : Linear(low, high);
    }

    /// <summary>Steps: exactly from the first to the last.</summary>
    public static Axis Of(double first, double last)
    {
        double end = last > first ? last : first + 1;
        double step = Step(end - first);
        return new(first, end, false, [.. Multiples(Math.Ceiling(first / step) * step, end, step).Where(tick => tick == Math.Round(tick))]);
    }

    private static Axis Linear(double low, double high)
    {
        double size = Math.Max(Math.Abs(low), Math.Abs(high));
        if (high - low <= 1e-9 * size) // one value, which then lies in the middle
        {
            double room = size == 0 ? 1 : size / 2;
            (low, high) = (low - room, high + room);
        }
        double step = Step(high - low);
        double from = Math.Floor(low / step) * step, to = Math.Ceiling(high / step) * step;
        return new(from, to, false, [.. Multiples(from, to, step)]);
    }

    private static Axis Logarithmic(double low, double high)
    {
        double from = Math.Floor(Math.Log10(low)), to = Math.Ceiling(Math.Log10(high));
        double step = Math.Ceiling((to - from) / 6);
        return new(from, to, true, [.. Multiples(from, to, step).Select(exponent => Math.Pow(10, exponent))]);
    }

    private static IEnumerable<double> Multiples(double from, double to, double step)
    {
        int count = (int)Math.Floor(((to - from) / step) + 1e-6);
        return Enumerable.Range(0, count + 1).Select(n => Tidy(from + (n * step), step));
    }

    // 0.30000000000000004 is 0.3
    private static double Tidy(double tick, double step) => Math.Abs(tick) < step / 1e6 ? 0 : double.Parse(tick.ToString("G12", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    // 1, 2 or 5 times a power of ten: four to ten intervals
    private static double Step(double range)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(range / 4)));
        return (range / 4 / power) switch { >= 5 => 5, >= 2 => 2, _ => 1 } * power;
    }
}
