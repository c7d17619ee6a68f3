using LstmGpu.Data;

namespace LstmGpu.Tasks.Sequences;

/// <summary>Scales the numbers of sequences, each column for itself, by what the training part holds.</summary>
internal static class FeatureScaling
{
    /// <summary>Whether a run scales; one that says nothing is from before there was any scaling.</summary>
    public static bool IsOn(RunOptions options) => options.Data.FeatureScaling is not (null or "none");

    /// <summary>Looks at the steps that the model reads of the training part, and at nothing else; null: nothing is scaled.</summary>
    public static ColumnScaler? Fit(RunOptions options, SequenceData data, IEnumerable<int> training)
    {
        if (!IsOn(options))
        {
            return null;
        }
        List<double>[] columns = [.. Enumerable.Range(0, data.ScaledColumns).Select(_ => new List<double>())];
        foreach (int place in training)
        {
            float[] values = Cut(data.Examples[place].Features!, data.FeatureCount, options.Data.MaxLength);
            for (int n = 0; n < values.Length; n++)
            {
                columns[n % columns.Length].Add(values[n]);
            }
        }
        // Columns that --max-length cuts off are read by nobody.
        double[][] read = [.. columns.Select(column => column.Count > 0 ? column.ToArray() : [0])];
        ScalingKind kind = ColumnScaler.KindOf(options.Data.FeatureScaling!);
        return read.Select(column => ColumnScaler.Fit(kind, [column], column.Length)).Aggregate((all, one) => all.With(one));
    }

    /// <summary>The first steps, of F features each.</summary>
    public static float[] Cut(float[] values, int featureCount, int? maxLength) =>
        maxLength is { } steps && values.Length > (long)steps * featureCount ? values[..(steps * featureCount)] : values;

    /// <param name="features">[T,F] of each example, in the order of <paramref name="data"/>.</param>
    /// <exception cref="DataException">The data has other columns, or a value is beyond the range of a float once it is scaled.</exception>
    public static float[][] Apply(ColumnScaler scaler, SequenceData data, float[][] features)
    {
        if (data.ScaledColumns != scaler.Columns)
        {
            throw new DataException($"'{data.Path}' has {data.ScaledColumns} columns to scale, expected {scaler.Columns} as in training; use data of the same form");
        }
        return [.. features.Select((values, place) => Apply(scaler, data, values, place))];
    }

    private static float[] Apply(ColumnScaler scaler, SequenceData data, float[] values, int place)
    {
        float[] scaled = new float[values.Length];
        for (int n = 0; n < values.Length; n++)
        {
            scaled[n] = (float)scaler.Scale(n % scaler.Columns, values[n]);
            if (!float.IsFinite(scaled[n]))
            {
                throw new DataException(FormattableString.Invariant(
                    $"{SequenceCoding.Place(data, data.Examples[place])}: found {values[n]}, too far from the training data to be scaled, expected numbers like those; correct it or use --feature-scaling none"));
            }
        }
        return scaled;
    }
}
