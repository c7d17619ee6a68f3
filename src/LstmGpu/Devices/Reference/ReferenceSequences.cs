namespace LstmGpu.Devices.Reference;

/// <summary>Operations on [T,B,H] with lengths, in double precision: losses by element, pooling, activation regularisation.</summary>
/// <param name="Lengths">[B] or empty: T.</param>
internal sealed record ReferenceSequences(int T, int B, int H, int[] Lengths)
{
    public int Count => T * B * H;

    public int Length(int b) => Lengths.Length == 0 ? T : Lengths[b];

    public bool IsValid(int n) => n / (B * H) < Length(n / H % B);

    public (double[] Losses, double[] Gradient) ElementLoss(LossFunction function, double[] x, double[] y, double scale, double delta)
    {
        double[] losses = new double[Count], gradient = new double[Count];
        for (int n = 0; n < Count; n++)
        {
            if (IsValid(n))
            {
                (losses[n], double slope) = Element(function, x[n], y[n], delta);
                gradient[n] = scale * slope;
            }
        }
        return (losses, gradient);
    }

    public (double[] Y, int[] Places) Pool(Pooling pooling, double[] x)
    {
        double[] y = new double[B * H];
        int[] places = new int[B * H];
        for (int n = 0; n < B * H; n++)
        {
            int unit = n;
            double[] steps = [.. Enumerable.Range(0, Length(n / H)).Select(t => x[t * B * H + unit])];
            places[n] = steps.Length == 0 ? -1 : Array.IndexOf(steps, steps.Max());
            y[n] = steps.Length == 0 ? 0 : pooling switch { Pooling.Last => steps[^1], Pooling.Mean => steps.Average(), _ => steps[places[n]] };
        }
        return (y, places);
    }

    public double[] PoolGradient(Pooling pooling, double[] dy, int[] places, double[] dx)
    {
        double[] result = (double[])dx.Clone();
        for (int n = 0; n < Count; n++)
        {
            int t = n / (B * H), unit = n % (B * H), length = Length(unit / H);
            bool chosen = pooling == Pooling.Last ? t == length - 1 : t == places[unit];
            result[n] += !IsValid(n) ? 0 : pooling == Pooling.Mean ? dy[unit] / length : chosen ? dy[unit] : 0;
        }
        return result;
    }

    public (double Loss, double[] DH) ActivationPenalty(double[] h, double alpha, double beta, double[] dH)
    {
        double a = alpha / Count, b = T == 1 ? 0 : beta / ((T - 1) * B * H), loss = 0;
        double[] result = (double[])dH.Clone();
        for (int n = 0; n < Count; n++)
        {
            if (!IsValid(n))
            {
                continue;
            }
            loss += a * h[n] * h[n];
            result[n] += 2 * a * h[n];
            int before = n - B * H;
            if (before >= 0)
            {
                double change = h[n] - h[before];
                loss += b * change * change;
                result[n] += 2 * b * change;
                result[before] -= 2 * b * change;
            }
        }
        return (loss, result);
    }

    public override string ToString() => $"T={T} B={B} H={H}{(Lengths.Length == 0 ? "" : $" lengths {string.Join(',', Lengths)}")}";

    private static (double Loss, double Gradient) Element(LossFunction function, double x, double y, double delta)
    {
        double d = x - y;
        return function switch
        {
            LossFunction.BinaryCrossEntropyWithLogits => (Math.Max(x, 0) - x * y + Math.Log(1 + Math.Exp(-Math.Abs(x))), 1 / (1 + Math.Exp(-x)) - y),
            LossFunction.MeanSquaredError => (d * d, 2 * d),
            LossFunction.MeanAbsoluteError => (Math.Abs(d), Math.Sign(d)),
            _ => Math.Abs(d) < delta ? (d * d / 2, d) : (delta * (Math.Abs(d) - delta / 2), delta * Math.Sign(d)),
        };
    }
}
