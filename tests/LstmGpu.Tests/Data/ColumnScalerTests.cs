using LstmGpu.Data;
using Xunit;

namespace LstmGpu.Tests.Data;

public sealed class ColumnScalerTests
{
    private static readonly double[][] Columns = [[1, 2, 4, 9, 1000], [5, 5, 5, 5, -7]];

    // Of 1, 2, 4, 9: mean 4, deviation √(38/4); range 1 to 9.
    [Theory]
    [InlineData("Standard", 1.9466570535691505)]
    [InlineData("MinMax", 1.125)]
    [InlineData("None", 10)]
    public void Scale_TakesThePopulationsDeviation_OrTheRange_OfTrainingRowsAlone(string kind, double expected)
    {
        ColumnScaler scaler = ColumnScaler.Fit(Enum.Parse<ScalingKind>(kind), Columns, trainingRows: 4);

        Assert.Equal(expected, scaler.Scale(0, 10), 1e-12);
        Assert.Equal(10, scaler.Unscale(0, scaler.Scale(0, 10)), 1e-12);
        Assert.Equal(scaler.Unscale(0, 3) - scaler.Unscale(0, 1), scaler.UnscaleWidth(0, 2), 1e-12);
    }

    [Theory]
    [InlineData("Standard")]
    [InlineData("MinMax")]
    public void ConstantColumn_IsMovedToZeroAndNotDividedByZero(string kind) =>
        Assert.Equal((0, 2), (ColumnScaler.Fit(Enum.Parse<ScalingKind>(kind), Columns, 4).Scale(1, 5), ColumnScaler.Fit(Enum.Parse<ScalingKind>(kind), Columns, 4).Scale(1, 7)));

    [Theory]
    [InlineData("standard")]
    [InlineData("minmax")]
    public void Numbers_TooLargeToBeScaled_AreRefused(string kind)
    {
        Assert.Contains("from 1 to 1E+300 in one column", Assert.Throws<DataException>(() => ColumnScaler.Fit(ColumnScaler.KindOf(kind), [[1, 1e300]], 2)).Message, StringComparison.Ordinal);
        ColumnScaler scaler = ColumnScaler.Fit(ColumnScaler.KindOf(kind), [[1, 2]], 2);
        Assert.Contains("found 1E+300 in the data, too far", Assert.Throws<DataException>(() => scaler.ScaleToSingle(0, 1e300)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_KeepsEveryBit()
    {
        ColumnScaler scaler = ColumnScaler.Fit(ScalingKind.Standard, [[0.1, 0.3, 1e-300], [1 / 3.0, 2e100, -1]], 3);
        ColumnScaler back = ColumnScaler.FromJson(scaler.ToJson(), "forecast.json");

        Assert.Equal((scaler.Kind, scaler.Columns), (back.Kind, back.Columns));
        foreach (int column in (int[])[0, 1])
        {
            Assert.Equal(BitConverter.DoubleToInt64Bits(scaler.Scale(column, 0.7)), BitConverter.DoubleToInt64Bits(back.Scale(column, 0.7)));
        }
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("""{"Kind":"Standard","Offsets":[1],"Scales":[0]}""")]
    [InlineData("""{"Kind":"Standard","Offsets":[1],"Scales":[1,2]}""")]
    [InlineData("""{"Kind":"Other","Offsets":[1],"Scales":[1]}""")]
    public void FromJson_RefusesWhatIsNoScaler(string json) =>
        Assert.Contains("holds no scaler", Assert.Throws<DataException>(() => ColumnScaler.FromJson(System.Text.Encoding.UTF8.GetBytes(json), "f")).Message, StringComparison.Ordinal);

    [Fact]
    public void SeasonalFeatures_RepeatEverySeason_FromTheGivenRow()
    {
        float[] features = SeasonalFeatures.Of(firstRow: 3, rows: 6, period: 4);

        float[] expected = [-1, 0, 0, 1, 1, 0, 0, -1, -1, 0, 0, 1];
        Assert.All(expected.Zip(features), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
        Assert.Equal(features[..4], features[8..]);
    }
}
