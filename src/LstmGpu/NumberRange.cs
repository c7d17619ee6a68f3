using System.Globalization;

namespace LstmGpu;

/// <summary>The legal numbers of a setting or flag, and how they are told to the user.</summary>
internal sealed record NumberRange(
    double Minimum = double.NegativeInfinity,
    double Maximum = double.PositiveInfinity,
    bool ExclusiveMinimum = false,
    bool ExclusiveMaximum = false)
{
    /// <summary>False for NaN and infinities, whatever the limits.</summary>
    public bool Contains(double value) =>
        double.IsFinite(value)
        && (ExclusiveMinimum ? value > Minimum : value >= Minimum)
        && (ExclusiveMaximum ? value < Maximum : value <= Maximum);

    /// <summary>Such as <c>from 1 to 65536</c>, <c>at least 0</c>, <c>greater than 0</c> or <c>from 0 to less than 1</c>; empty without limits.</summary>
    public string Words()
    {
        string minimum = Text(Minimum), maximum = Text(Maximum);
        return (double.IsFinite(Minimum), double.IsFinite(Maximum)) switch
        {
            (false, false) => "",
            (true, false) => ExclusiveMinimum ? $"greater than {minimum}" : $"at least {minimum}",
            (false, true) => ExclusiveMaximum ? $"less than {maximum}" : $"at most {maximum}",
            _ when ExclusiveMinimum => $"greater than {minimum} and {(ExclusiveMaximum ? "less than" : "at most")} {maximum}",
            _ => $"from {minimum} to {(ExclusiveMaximum ? "less than " : "")}{maximum}",
        };
    }

    private static string Text(double limit) =>
        Math.Abs(limit) < 1e18 && limit == Math.Truncate(limit)
            ? ((long)limit).ToString(CultureInfo.InvariantCulture)
            : limit.ToString("R", CultureInfo.InvariantCulture);
}
