using System.Globalization;
using System.Text.RegularExpressions;

namespace LstmGpu.Training;

/// <summary>A time as settings spell it: <c>90s</c>, <c>15m</c>, <c>2h</c>, with a decimal point where wanted, or hours, minutes and seconds as <c>1:30:00</c>.</summary>
internal static partial class Duration
{
    /// <param name="name">The setting, for the message.</param>
    /// <exception cref="ConfigurationException">Another spelling, zero, or more than 10,000 days.</exception>
    public static TimeSpan Parse(string name, string text)
    {
        double seconds = Units().Match(text) is { Success: true } one ? Number(one, 1) * (one.Groups[2].Value switch { "s" => 1, "m" => 60, _ => 3600 })
            : Clock().Match(text) is { Success: true } clock ? Number(clock, 1) * 3600 + Number(clock, 2) * 60 + Number(clock, 3)
            : 0;
        return seconds is > 0 and <= 10_000 * 86_400.0
            ? TimeSpan.FromSeconds(seconds)
            : throw new ConfigurationException($"{name} is '{text}', expected a time above zero such as 90s, 15m, 2h or 1:30:00");
    }

    private static double Number(Match match, int group) => double.Parse(match.Groups[group].ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^([0-9]{1,9}(?:\.[0-9]{1,9})?)([smh])\z", RegexOptions.CultureInvariant)]
    private static partial Regex Units();

    [GeneratedRegex(@"^([0-9]{1,6}):([0-5][0-9]):([0-5][0-9])\z", RegexOptions.CultureInvariant)]
    private static partial Regex Clock();
}
