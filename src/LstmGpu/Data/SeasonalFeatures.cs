namespace LstmGpu.Data;

/// <summary>Where in its season a row stands, as a point on a circle.</summary>
internal static class SeasonalFeatures
{
    /// <summary>sin and cos of 2π·(n mod period)/period for the rows n = firstRow …</summary>
    /// <returns>[rows,2].</returns>
    public static float[] Of(long firstRow, int rows, int period)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(period, 2);
        float[] features = new float[2 * rows];
        for (int n = 0; n < rows; n++)
        {
            double angle = 2 * Math.PI * ((firstRow + n) % period) / period;
            (features[2 * n], features[2 * n + 1]) = ((float)Math.Sin(angle), (float)Math.Cos(angle));
        }

        return features;
    }
}
