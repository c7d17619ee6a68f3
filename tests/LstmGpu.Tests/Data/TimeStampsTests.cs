using LstmGpu.Data;
using Xunit;

namespace LstmGpu.Tests.Data;

/// <summary>How times are read, refused and continued.</summary>
public sealed class TimeStampsTests
{
    [Theory]
    [InlineData("2023,2024", "2025 2026 2027")]
    [InlineData("1960-10,1960-11", "1960-12 1961-01 1961-02")]
    [InlineData("2024-01,2024-04,2024-07", "2024-10 2025-01 2025-04")]
    [InlineData("2024-02-27,2024-02-28", "2024-02-29 2024-03-01 2024-03-02")]
    [InlineData("2024-01-31,2024-02-29,2024-03-31", "2024-04-30 2024-05-31 2024-06-30")]
    [InlineData("2023-12-30,2024-01-30,2024-02-29", "2024-03-30 2024-04-30 2024-05-30")] // the 30th, where there is one
    [InlineData("2024-01-15,2024-02-15", "2024-03-15 2024-04-15 2024-05-15")]
    [InlineData("2024-01-03,2024-01-10,2024-01-17", "2024-01-24 2024-01-31 2024-02-07")]
    [InlineData("2024-03-07,2024-03-08,2024-03-11,2024-03-12,2024-03-15", "2024-03-18 2024-03-19 2024-03-20")] // no weekends
    [InlineData("2024-03-07,2024-03-08,2024-03-10", "2024-03-11 2024-03-12 2024-03-13")] // a Sunday
    [InlineData("2024-12-31T22:30,2024-12-31T23:00,2025-01-01T00:00,2025-01-01T00:30", "2025-01-01T01:00 2025-01-01T01:30 2025-01-01T02:00")] // one is missing
    [InlineData("2024-01-01 23:59:59.25,2024-01-01 23:59:59.75", "2024-01-02 00:00:00.25 | 2024-01-02 00:00:00.75 | 2024-01-02 00:00:01.25")]
    [InlineData("2024-01-01T00:00:00Z,2024-01-01T06:00:00Z", "2024-01-01T12:00:00Z 2024-01-01T18:00:00Z 2024-01-02T00:00:00Z")]
    [InlineData("2024-03-31T01:00+01:00,2024-03-31T03:00+02:00,2024-03-31T04:00+02:00", "2024-03-31T05:00+02:00 2024-03-31T06:00+02:00 2024-03-31T07:00+02:00")]
    public void Series_GoesOnByItsOwnStep_InItsOwnForm(string rows, string next)
    {
        string[] given = rows.Split(',');
        TimeStamps times = Read(given).With(3);

        Assert.Equal([.. given, .. next.Split(next.Contains('|', StringComparison.Ordinal) ? " | " : " ")], Enumerable.Range(0, times.Count).Select(times.Text));
    }

    [Theory]
    [InlineData("31.1.2024,2024-02-01", "line 2: column 'when': found '31.1.2024', expected a time such as 2024-01, 2024-01-31 or 2024-01-31T13:00; correct it")]
    [InlineData("2024-01-31,2024-02-30", "line 3: column 'when': found '2024-02-30', expected a time in the form of '2024-01-31' in line 2; correct it")]
    [InlineData("2024-01-31,2024-02", "line 3: column 'when': found '2024-02'")]
    [InlineData("2024-01-31,", "line 3: column 'when': found ''")]
    [InlineData("2024-01-02,2024-01-01", "line 3: column 'when': found '2024-01-01' after '2024-01-02', expected a later time in each row")]
    [InlineData("2024-10-27 02:00,2024-10-27 02:00", "line 3: column 'when': found '2024-10-27 02:00' after '2024-10-27 02:00'")]
    public void Time_ThatCannotBeReadOrGoesBack_IsRefusedWithItsLine(string rows, string message) =>
        Assert.Contains(message, Assert.Throws<DataException>(() => Read(rows.Split(','))).Message, StringComparison.Ordinal);

    [Fact]
    public void Series_WithoutAStepOrAnEnd_SaysSo()
    {
        Assert.Contains("1 row has no step of time", Assert.Throws<DataException>(() => Read(["2024-01"]).With(1)).Message, StringComparison.Ordinal);
        Assert.Contains("go beyond the year 9999", Assert.Throws<DataException>(() => Read(["9997", "9998"]).With(2)).Message, StringComparison.Ordinal);
    }

    // Thursday 2024-02-29 at 18:00: one month of twelve, three days of the week, three quarters of the day and 59 days of 366 have passed.
    [Fact]
    public void Calendar_IsAPointOnTheCircleOfEachPart()
    {
        float[] features = new float[8];
        CalendarFeatures.Write(new DateTime(2024, 2, 29, 18, 0, 0), ["month", "weekday", "hour", "day-of-year"], features);

        double[] shares = [1 / 12.0, 3 / 7.0, 18 / 24.0, 59 / 366.0];
        double[] expected = [.. shares.SelectMany(share => new[] { Math.Sin(2 * Math.PI * share), Math.Cos(2 * Math.PI * share) })];
        Assert.All(Enumerable.Range(0, 8), n => Assert.Equal(expected[n], features[n], 1e-6));
        Assert.Equal(0.5f, features[0], 1e-6f);
        Assert.Equal(-1f, features[4], 1e-6f);
    }

    private static TimeStamps Read(string[] rows)
    {
        using TemporaryFile file = new("when,x\n" + string.Concat(rows.Select(row => row + ",1\n")));
        return TimeStamps.Read(CsvTable.Read(file.Path, ["x"], ["when"]), "when");
    }
}
