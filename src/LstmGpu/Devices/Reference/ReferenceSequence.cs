namespace LstmGpu.Devices.Reference;

/// <summary>Sequence operations of <see cref="IBackend"/>, element by element. Empty lengths: every row has all steps.</summary>
internal static class ReferenceSequence
{
    /// <summary>What the destination holds afterwards; it and the source end with their last element.</summary>
    public static double[] CopySequence(
        int steps, int batch, int width, bool reverse, int[] lengths, double[] source, int sourceStride, double[] destination, int destinationStride, bool accumulate)
    {
        double[] after = (double[])destination.Clone();
        for (int t = 0; t < steps; t++)
        {
            for (int b = 0; b < batch; b++)
            {
                int length = lengths.Length == 0 ? steps : lengths[b];
                int from = reverse ? length - 1 - t : t;
                for (int j = 0; j < width; j++)
                {
                    int to = ((t * batch) + b) * destinationStride + j;
                    double value = t < length ? source[((from * batch) + b) * sourceStride + j] : 0;
                    after[to] = accumulate ? after[to] + value : value;
                }
            }
        }
        return after;
    }

    public static double[] LastState(int batch, int width, double[] history, int[] lengths) =>
        [.. Enumerable.Range(0, batch * width).Select(n => history[lengths[n / width] * batch * width + n])];
}
