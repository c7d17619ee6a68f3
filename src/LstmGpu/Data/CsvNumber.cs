using System.Globalization;
using LstmGpu.Formats;

namespace LstmGpu.Data;

/// <summary>A number as a data file writes it: sign, digits, decimal point, exponent; spaces around it. No culture, no NaN, no infinity.</summary>
internal static class CsvNumber
{
    private const NumberStyles Style =
        NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite | NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    /// <summary>Reads a number, or says what stands there instead.</summary>
    /// <returns>null, or "found …, expected …; next step".</returns>
    public static string? Fault(string field, out double value)
    {
        if (double.TryParse(field, Style, CultureInfo.InvariantCulture, out value) && double.IsFinite(value))
        {
            return null;
        }

        ReadOnlySpan<char> text = field.AsSpan().Trim();
        if (text.IsEmpty)
        {
            return "found an empty field, expected a number; fill it in or remove the row";
        }

        if (IsNotFinite(text))
        {
            return $"found {Quote.Name(field)}, expected a finite number; replace it or remove the row";
        }

        return DecimalComma(text) is { } corrected
            ? $"found {Quote.Name(field)}, expected a number with a decimal point; a comma is no part of a number, write {corrected}"
            : $"found {Quote.Name(field)}, expected a number such as 12.5 or 1e-3; correct the field, or leave the column out";
    }

    private static bool IsNotFinite(ReadOnlySpan<char> text)
    {
        ReadOnlySpan<char> word = text.TrimStart("+-");
        return word.Equals("nan", StringComparison.OrdinalIgnoreCase)
            || word.Equals("inf", StringComparison.OrdinalIgnoreCase)
            || word.Equals("infinity", StringComparison.OrdinalIgnoreCase)
            || double.TryParse(text, Style, CultureInfo.InvariantCulture, out double _); // 1e999: digits beyond the range
    }

    private static string? DecimalComma(ReadOnlySpan<char> text)
    {
        string corrected = text.ToString().Replace(',', '.');
        return text.Count(',') == 1 && !text.Contains('.') && double.TryParse(corrected, Style, CultureInfo.InvariantCulture, out _) ? Quote.Name(corrected)[1..^1] : null;
    }
}
