using LstmGpu.Data;
using Xunit;

namespace LstmGpu.Tests.Data;

public sealed class SeriesWindowsTests
{
    private const int Rows = 10, TrainingRows = 7, Window = 3;

    // Row n is n and 100 + n; its target is 10·n.
    private static readonly float[] Inputs = [.. Enumerable.Range(0, Rows).SelectMany(n => new float[] { n, 100 + n })];
    private static readonly float[] Targets = [.. Enumerable.Range(0, Rows).Select(n => 10f * n)];

    [Theory]
    [InlineData(1, 4)]
    [InlineData(2, 3)]
    [InlineData(4, 1)]
    public void Training_EndsWithTheWindowWhoseLastTargetIsTheLastTrainingRow(int horizon, int count)
    {
        SeriesWindows windows = SeriesWindows.Training(Inputs, Targets, Rows, TrainingRows, Window, horizon);

        Assert.Equal(count, windows.Count);
        Assert.Equal(Window, windows.FirstTarget(0));
        Assert.Equal(TrainingRows, windows.FirstTarget(count - 1) + horizon);
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(2, 2)]
    [InlineData(3, 1)]
    public void HeldOut_BeginsWithTheFirstHeldOutRowAsTarget_AndEndsWithTheLastRow(int horizon, int count)
    {
        SeriesWindows windows = SeriesWindows.HeldOut(Inputs, Targets, Rows, TrainingRows, Window, horizon);

        Assert.Equal(count, windows.Count);
        Assert.Equal(TrainingRows, windows.FirstTarget(0));
        Assert.Equal(Rows, windows.FirstTarget(count - 1) + horizon);
    }

    [Fact]
    public void Copy_PutsTheRowsBeforeTheTargetTimeMajor_AndClearsRowsWithoutAWindow()
    {
        SeriesWindows windows = SeriesWindows.HeldOut(Inputs, Targets, Rows, TrainingRows, Window, horizon: 2);
        float[] x = [.. Enumerable.Repeat(-1f, Window * 3 * 2)], y = [.. Enumerable.Repeat(-1f, 3 * 2)];
        windows.Copy([1, 0], batch: 3, x, y);

        Assert.Equal([5, 105, 4, 104, 0, 0, 6, 106, 5, 105, 0, 0, 7, 107, 6, 106, 0, 0], x);
        Assert.Equal([80, 90, 70, 80, 0, 0], y);
    }

    [Fact]
    public void Stride_SkipsWindows()
    {
        SeriesWindows windows = SeriesWindows.Training(Inputs, Targets, Rows, TrainingRows, Window, horizon: 1, stride: 2);

        Assert.Equal([3, 5], Enumerable.Range(0, windows.Count).Select(windows.FirstTarget));
    }

    [Fact]
    public void TooFewRows_AreRefusedWithWhatWouldDo()
    {
        Assert.Contains("the training part of the series has 7 rows", Refusal(() => SeriesWindows.Training(Inputs, Targets, Rows, TrainingRows, 5, 3)), StringComparison.Ordinal);
        Assert.Contains("the held-out part of the series has 3 rows", Refusal(() => SeriesWindows.HeldOut(Inputs, Targets, Rows, TrainingRows, Window, 4)), StringComparison.Ordinal);
        Assert.Contains("expected at least the 8 of an input window", Refusal(() => SeriesWindows.HeldOut(Inputs, Targets, Rows, TrainingRows, 8, 1)), StringComparison.Ordinal);
    }

    private static string Refusal(Action open) => Assert.Throws<DataException>(open).Message;
}
