using LstmGpu.Reporting;
using Xunit;

namespace LstmGpu.Tests.Reporting;

public sealed class LabelBoxesTests
{
    [Fact]
    public void Labels_MeetNeitherEachOtherNorAPoint_NorTheFrame()
    {
        Random random = new(5);
        (double X, double Y)[] points = [.. Enumerable.Range(0, 80).Select(_ => (10 + (380 * random.NextDouble()), 10 + (180 * random.NextDouble())))];
        LabelBoxes labels = new(400, 200, textHeight: 14);
        foreach ((double x, double y) in points)
        {
            labels.AddPoint(x, y, 3);
        }

        // "nnnn" is 4 · 0.64 · 14 wide
        (double X, double Y)[] placed = [.. points.Select(point => labels.Place(point.X, point.Y, "nnnn")).OfType<(double, double)>()];
        const double Half = 4 * 0.64 * 14 / 2;
        Assert.InRange(placed.Length, 15, 79);
        foreach ((double x, double y) in placed)
        {
            Assert.InRange(x, Half, 400 - Half);
            Assert.InRange(y, 7, 193);
            Assert.Single(placed, other => Math.Abs(other.X - x) < 2 * Half && Math.Abs(other.Y - y) < 14);
            Assert.DoesNotContain(points, point => Math.Abs(point.X - x) < Half + 3 && Math.Abs(point.Y - y) < 10);
        }
    }

    [Fact]
    public void Label_StandsToTheRight_OrWhereThereIsRoom()
    {
        LabelBoxes labels = new(100, 100, textHeight: 10);
        Assert.Equal((50 + 5 + 6.4, 50), labels.Place(50, 50, "ab"));
        Assert.Equal((95 - 5 - 6.4, 20), labels.Place(95, 20, "ab"));
        Assert.Null(labels.Place(50, 80, "a word that is wider than everything"));
    }
}
