using System.Globalization;
using LstmGpu.Formats;

namespace LstmGpu.Data;

/// <summary>
/// The time of each row of a series, strictly ascending, as ISO 8601 writes it: a year, a year and month, a date, or a date and time with or without its
/// offset from UTC, all in the form of the first; and how the series goes on.
/// </summary>
internal sealed class TimeStamps
{
    private static readonly string[] Clocks = ["yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd HH:mm", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF", "yyyy-MM-dd HH:mm:ss.FFFFFFF"];
    private static readonly string[] Forms = ["yyyy", "yyyy-MM", "yyyy-MM-dd", .. Clocks, .. Clocks.Select(clock => clock + "'Z'"), .. Clocks.Select(clock => clock + "zzz")];

    private readonly string form;
    private readonly List<DateTimeOffset> times;

    private TimeStamps(string form, List<DateTimeOffset> times) => (this.form, this.times) = (form, times);

    public int Count => times.Count;

    /// <summary>The time of a row on the clock that the file goes by.</summary>
    public DateTime this[int row] => times[row].DateTime;

    /// <summary>The time of a row in the form of the file.</summary>
    public string Text(int row) => times[row].ToString(form, CultureInfo.InvariantCulture);

    /// <exception cref="DataException">A time cannot be read or is not after the one before it, with its line.</exception>
    public static TimeStamps Read(CsvTable table, string column)
    {
        IReadOnlyList<string> texts = table.Texts(column);
        string form = Array.Find(Forms, form => TryRead(texts[0], form, out _)) ?? throw table.Refuse(0, column, Unreadable(texts[0], "such as 2024-01, 2024-01-31 or 2024-01-31T13:00"));
        List<DateTimeOffset> times = [];
        for (int row = 0; row < texts.Count; row++)
        {
            if (!TryRead(texts[row], form, out DateTimeOffset time))
            {
                throw table.Refuse(row, column, Unreadable(texts[row], $"in the form of {Quote.Name(texts[0])} in line {table.LineOf(0)}"));
            }
            if (row > 0 && time <= times[^1])
            {
                throw table.Refuse(row, column, $"found {Quote.Name(texts[row])} after {Quote.Name(texts[row - 1])}, expected a later time in each row; sort the file, or give local times their offset from UTC");
            }
            times.Add(time);
        }
        return new(form, times);
    }

    /// <summary>
    /// With as many times more as the series would go on with: by the most frequent step between two rows, of months where all rows are at one day and
    /// hour of their months, in shorter months at the last day, or at the last days of all, else of time. A daily series that leaves weekends out goes on
    /// without them.
    /// </summary>
    /// <exception cref="DataException">There is one time only, or time ends.</exception>
    public TimeStamps With(int more)
    {
        if (Count < 2)
        {
            throw new DataException($"a series of {Count} row has no step of time, expected at least 2 rows; give a longer series");
        }
        try
        {
            return new(form, [.. times, .. IsMonthly ? Months(more) : Spans(more)]);
        }
        catch (ArgumentOutOfRangeException)
        {
            throw new DataException($"{more} rows after {Text(Count - 1)} go beyond the year 9999, expected fewer; correct the times or --steps");
        }
    }

    private bool IsMonthly => times.TrueForAll(time => time.TimeOfDay == times[0].TimeOfDay) && IsEach(MonthDay);

    // The day of the month that all rows are at, were every month long enough.
    private int MonthDay => AreMonthEnds ? 31 : times.Max(time => time.Day);

    private bool AreMonthEnds => IsEach(31);

    private bool IsEach(int day) => times.TrueForAll(time => time.Day == DayIn(time, day));

    private IEnumerable<DateTimeOffset> Months(int more)
    {
        int step = MostFrequent((before, after) => 12 * (after.Year - before.Year) + after.Month - before.Month);
        int day = MonthDay;
        for (int n = 1; n <= more; n++)
        {
            DateTimeOffset next = times[^1].AddMonths(n * step);
            yield return next.AddDays(DayIn(next, day) - next.Day);
        }
    }

    private static int DayIn(DateTimeOffset month, int day) => Math.Min(day, DateTime.DaysInMonth(month.Year, month.Month));

    private IEnumerable<DateTimeOffset> Spans(int more)
    {
        TimeSpan step = MostFrequent((before, after) => after - before);
        bool workdays = step == TimeSpan.FromDays(1) && !times.Exists(IsWeekend) && Enumerable.Range(1, Count - 1).Any(IsAfterWeekend);
        DateTimeOffset next = times[^1];
        for (int n = 0; n < more; n++)
        {
            do
            {
                next += step;
            }
            while (workdays && IsWeekend(next));
            yield return next;
        }
    }

    // The shortest of those that are as frequent.
    private T MostFrequent<T>(Func<DateTimeOffset, DateTimeOffset, T> step) =>
        Enumerable.Range(1, Count - 1).GroupBy(row => step(times[row - 1], times[row])).OrderByDescending(group => group.Count()).ThenBy(group => group.Key).First().Key;

    private bool IsAfterWeekend(int row) => times[row - 1].DayOfWeek == DayOfWeek.Friday && times[row] - times[row - 1] == TimeSpan.FromDays(3);

    private static bool IsWeekend(DateTimeOffset time) => time.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday;

    private static bool TryRead(string text, string form, out DateTimeOffset time) =>
        DateTimeOffset.TryParseExact(text.Trim(), form, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time);

    private static string Unreadable(string text, string expected) => $"found {Quote.Name(text)}, expected a time {expected}; correct it";
}
