using System.Text.Json;
using LstmGpu.Formats;

namespace LstmGpu.Data;

/// <summary>Scales columns by (x − offset) / scale, fitted on training rows alone. A column that is constant there has scale 1.</summary>
internal sealed class ColumnScaler
{
    private readonly double[] offsets;
    private readonly double[] scales;

    private ColumnScaler(ScalingKind kind, double[] offsets, double[] scales) => (Kind, this.offsets, this.scales) = (kind, offsets, scales);

    public ScalingKind Kind { get; }

    public int Columns => offsets.Length;

    /// <summary>The kind that a setting names.</summary>
    public static ScalingKind KindOf(string scaling) => scaling switch
    {
        "standard" => ScalingKind.Standard,
        "minmax" => ScalingKind.MinMax,
        _ => ScalingKind.None,
    };

    /// <param name="columns">Values of each column, row by row.</param>
    /// <param name="trainingRows">The first rows, which alone are looked at.</param>
    /// <exception cref="DataException">The numbers of a column are too large for their spread to be a number.</exception>
    public static ColumnScaler Fit(ScalingKind kind, IReadOnlyList<double[]> columns, int trainingRows)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(trainingRows, 1);
        (double Offset, double Scale)[] fitted = [.. columns.Select(column => FitColumn(kind, column.AsSpan(0, trainingRows)))];
        return new(kind, [.. fitted.Select(f => f.Offset)], [.. fitted.Select(f => f.Scale)]);
    }

    /// <summary>The columns of this scaler, then those of another of the same kind.</summary>
    public ColumnScaler With(ColumnScaler more) => new(Kind, [.. offsets, .. more.offsets], [.. scales, .. more.scales]);

    public double Scale(int column, double value) => (value - offsets[column]) / scales[column];

    /// <summary>As the model reads it.</summary>
    /// <exception cref="DataException">The scaled value is beyond the range of a float.</exception>
    public float ScaleToSingle(int column, double value)
    {
        float scaled = (float)Scale(column, value);
        return float.IsFinite(scaled) ? scaled : throw new DataException(FormattableString.Invariant(
            $"found {value} in the data, too far from the training data to be scaled, expected numbers like those; correct it"));
    }

    public double Unscale(int column, double value) => value * scales[column] + offsets[column];

    /// <summary>A standard deviation or an interval's width in the column's own unit: without the offset.</summary>
    public double UnscaleWidth(int column, double width) => width * scales[column];

    /// <summary>An object that <see cref="FromJson"/> reads back to the same bits.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(new Stored(Kind.ToString(), offsets, scales));

    /// <param name="name">The file, for the message.</param>
    /// <exception cref="DataException">It is no scaler.</exception>
    public static ColumnScaler FromJson(ReadOnlySpan<byte> json, string name)
    {
        try
        {
            return JsonSerializer.Deserialize<Stored>(json) is { Offsets: { } offsets, Scales: { } scales } stored
                && Enum.GetNames<ScalingKind>().Contains(stored.Kind) && offsets.Length == scales.Length && scales.All(scale => scale > 0)
                ? new(Enum.Parse<ScalingKind>(stored.Kind), offsets, scales)
                : throw Refuse(name, null);
        }
        catch (JsonException invalid)
        {
            throw Refuse(name, invalid);
        }
    }

    private static DataException Refuse(string name, Exception? inner) => new(
        $"{Quote.Name(name)} holds no scaler, expected a kind and as many positive scales as offsets; restore the file from its run", inner);

    private static (double Offset, double Scale) FitColumn(ScalingKind kind, ReadOnlySpan<double> values)
    {
        double least = double.PositiveInfinity, most = double.NegativeInfinity, sum = 0;
        foreach (double value in values)
        {
            (least, most, sum) = (Math.Min(least, value), Math.Max(most, value), sum + value);
        }

        double mean = sum / values.Length, squares = 0;
        foreach (double value in values)
        {
            squares += (value - mean) * (value - mean);
        }

        if (kind != ScalingKind.None && !double.IsFinite(squares))
        {
            throw new DataException(FormattableString.Invariant(
                $"found numbers from {least} to {most} in one column of the training data, too large to be scaled, expected numbers below 1e150; correct them or use another unit"));
        }

        return kind switch
        {
            ScalingKind.Standard => (least == most ? least : mean, PositiveOrOne(least == most ? 0 : Math.Sqrt(squares / values.Length))),
            ScalingKind.MinMax => (least, PositiveOrOne(most - least)),
            _ => (0, 1),
        };
    }

    private static double PositiveOrOne(double scale) => scale > 0 ? scale : 1;

    private sealed record Stored(string Kind, double[] Offsets, double[] Scales);
}
