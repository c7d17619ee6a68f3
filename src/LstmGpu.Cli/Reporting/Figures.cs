using System.Globalization;
using System.Text.Json.Nodes;

namespace LstmGpu.Cli.Reporting;

/// <summary>Numbers as the user reads them: with a point and, where it helps, thousands separated by commas, in every culture.</summary>
internal static class Figures
{
    /// <summary>Such as <c>1,234,567</c>.</summary>
    public static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    public static string Plain(long value) => value.ToString(CultureInfo.InvariantCulture);

    public static string Fixed(double value, int digits) => value.ToString("F" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    /// <summary>Six significant digits at most: <c>0.002</c>, <c>12.5</c>.</summary>
    public static string Short(double value) => value.ToString("G6", CultureInfo.InvariantCulture);

    /// <summary>e^nats.</summary>
    public static string Perplexity(double nats) => Fixed(Math.Exp(nats), 2);

    /// <summary>nats / ln 2.</summary>
    public static string BitsPerCharacter(double nats) => Fixed(nats / Math.Log(2), 4);

    /// <summary>Null for NaN and infinities, which JSON lacks.</summary>
    public static JsonNode? Json(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;

    public static string Percent(double share) => double.IsNaN(share) ? "-" : Fixed(share * 100, 1) + " %";

    /// <summary>Such as <c>1,234,567 bytes (1.18 MiB)</c>.</summary>
    public static string Bytes(long bytes) => $"{Count(bytes)} bytes ({Fixed(bytes / 1048576.0, 2)} MiB)";

    /// <summary><c>m:ss</c>, or <c>h:mm:ss</c> from one hour on; hours go beyond a day.</summary>
    public static string Duration(TimeSpan time)
    {
        long seconds = (long)Math.Max(0, time.TotalSeconds);
        string tail = string.Create(CultureInfo.InvariantCulture, $"{seconds % 60:D2}");
        return seconds < 3600
            ? string.Create(CultureInfo.InvariantCulture, $"{seconds / 60}:{tail}")
            : string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600}:{seconds / 60 % 60:D2}:{tail}");
    }
}
