using System.Globalization;
using System.Xml.Linq;
using LstmGpu.Reporting;
using Xunit;

namespace LstmGpu.Tests.Reporting;

public sealed class LogChartTests
{
    [Fact]
    public void EqualRatios_AreEqualHeights()
    {
        double[][] points = Points([1, 1e-3, 1e-6]);

        Assert.Equal(points[1][1] - points[0][1], points[2][1] - points[1][1], 0.02);
        Assert.True(points[0][1] < points[2][1], "larger values stand higher");
        Assert.Equal(points[1][0] - points[0][0], points[2][0] - points[1][0], 0.02);
    }

    [Fact]
    public void WhatNoLogarithmExistsOf_LeavesAGap()
    {
        XElement chart = Chart([1, 0.1, 0, double.PositiveInfinity, double.NaN, 0.1, 0.01]).ToXml();

        Assert.Matches("^M[0-9. ]+ L[0-9. ]+ M[0-9. ]+ L[0-9. ]+$", (string)Paths(chart).Single().Attribute("d")!);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(1e-300, 1e300)]
    public void AnyRange_HasAFewTicks(double low, double high)
    {
        XElement chart = Chart([low, high]).ToXml();
        string[] powers = [.. Texts(chart).Where(text => text.StartsWith("10", StringComparison.Ordinal))];

        Assert.InRange(powers.Length, 2, 9);
        Assert.DoesNotContain("NaN", chart.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Chart_NeedsNothingFromElsewhere_AndHasBothColourSchemes()
    {
        string text = (Chart([1, 2]) with { Title = "a < b & c" }).ToXml().ToString();

        Assert.Equal("a < b & c", Texts(XElement.Parse(text)).First());
        Assert.Contains("prefers-color-scheme: dark", text, StringComparison.Ordinal);
        Assert.DoesNotMatch("href|url\\(|@import|<script", text);
    }

    private static LogChart Chart(double[] values) => new("title", "subtitle", "x", "y", [new("line", values)]);

    private static double[][] Points(double[] values) =>
        [.. ((string)Paths(Chart(values).ToXml()).Single().Attribute("d")!).Split('M', 'L').Skip(1)
            .Select(point => point.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(n => double.Parse(n, CultureInfo.InvariantCulture)).ToArray())];

    private static IEnumerable<XElement> Paths(XElement chart) => chart.Elements().Where(e => e.Name.LocalName == "path");

    private static IEnumerable<string> Texts(XElement chart) => chart.Elements().Where(e => e.Name.LocalName == "text").Select(e => e.Value);
}
