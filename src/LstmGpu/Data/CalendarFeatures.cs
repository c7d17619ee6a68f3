namespace LstmGpu.Data;

/// <summary>Where a time stands in the year, the week or the day, each as a point on a circle.</summary>
internal static class CalendarFeatures
{
    /// <summary>Parts of the calendar that there are.</summary>
    public static readonly string[] Names = ["month", "weekday", "hour", "day-of-year"];

    /// <param name="names">Some of <see cref="Names"/>, each once, separated by commas; null: none.</param>
    /// <exception cref="ConfigurationException">Another name, or one twice.</exception>
    public static string[] Parse(string? names)
    {
        string[] parts = names?.Split(',', StringSplitOptions.TrimEntries) ?? [];
        return parts.Distinct(StringComparer.Ordinal).Count() == parts.Length && parts.All(Names.Contains) ? parts
            : throw new ConfigurationException($"--calendar is '{names}', expected some of {string.Join(", ", Names)}, each once, separated by commas; correct it");
    }

    /// <summary>sin and cos of 2π times the share of each part's cycle that has passed.</summary>
    /// <param name="features">[2·parts].</param>
    public static void Write(DateTime time, ReadOnlySpan<string> parts, Span<float> features)
    {
        for (int n = 0; n < parts.Length; n++)
        {
            double angle = 2 * Math.PI * Share(time, parts[n]);
            (features[2 * n], features[2 * n + 1]) = ((float)Math.Sin(angle), (float)Math.Cos(angle));
        }
    }

    private static double Share(DateTime time, string part) => part switch
    {
        "month" => (time.Month - 1) / 12.0,
        "weekday" => ((int)time.DayOfWeek + 6) % 7 / 7.0, // from Monday
        "hour" => time.TimeOfDay.TotalDays,
        _ => (time.DayOfYear - 1) / (DateTime.IsLeapYear(time.Year) ? 366.0 : 365.0),
    };
}
