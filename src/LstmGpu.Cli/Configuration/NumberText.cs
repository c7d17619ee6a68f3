using System.Globalization;

namespace LstmGpu.Cli.Configuration;

/// <summary>Reads numbers as they are typed on a command line: with a point, whatever the culture, and never NaN or infinite.</summary>
internal static class NumberText
{
    /// <param name="name">The flag or path that the message shows.</param>
    /// <exception cref="ConfigurationException">Not a number, not finite, or out of range.</exception>
    public static double Real(string name, string text, NumberRange range) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && range.Contains(value)
            ? value
            : throw Unusable(name, $"'{text}'", RealWords(range));

    /// <inheritdoc cref="Real"/>
    public static long Whole(string name, string text, NumberRange range) =>
        long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out long value) && range.Contains(value)
            ? value
            : throw Unusable(name, $"'{text}'", WholeWords(range));

    public static string RealWords(NumberRange range) => $"{Join("a number", range)} such as 0.1, with a point";

    public static string WholeWords(NumberRange range) => Join("a whole number", range);

    public static ConfigurationException Unusable(string name, string found, string expected) => new($"{name}: found {found}, expected {expected}");

    private static string Join(string noun, NumberRange range) => range.Words() switch
    {
        "" => noun,
        { } limit when limit.StartsWith("at ", StringComparison.Ordinal) => $"{noun} of {limit}",
        { } limits => $"{noun} {limits}",
    };
}
