namespace LstmGpu.Devices.Reference;

/// <summary>The nearest value that an operand of a product has room for, by division and rounding in double precision: no bits are looked at.</summary>
internal static class ReferenceRounding
{
    public static double[] Operands(ProductPrecision precision, double[] x) => Array.ConvertAll(x, value => Operand(precision, value));

    public static double Operand(ProductPrecision precision, double x)
    {
        if (precision == ProductPrecision.Fp32Strict || x == 0 || !double.IsFinite(x))
        {
            return x;
        }
        (int bits, int least, int most) = precision switch
        {
            ProductPrecision.Tf32 => (11, -126, 127),
            ProductPrecision.Bf16 => (8, -126, 127),
            _ => (11, -14, 15),
        };
        // Below 2^least numbers are as far apart as there.
        double spacing = Math.ScaleB(1, Math.Max(Math.ILogB(x), least) - (bits - 1));
        double steps = x / spacing;
        double rounded = spacing * Math.Round(steps, precision == ProductPrecision.Tf32 ? MidpointRounding.AwayFromZero : MidpointRounding.ToEven);
        return Math.Abs(rounded) < Math.ScaleB(1, most + 1) ? rounded : double.CopySign(double.PositiveInfinity, x);
    }

    /// <summary>The largest relative error of rounding a number that is not tiny.</summary>
    public static double Unit(ProductPrecision precision) => precision switch
    {
        ProductPrecision.Fp32Strict => Precision.Rounding,
        ProductPrecision.Bf16 => 1.0 / (1 << 8),
        _ => 1.0 / (1 << 11),
    };
}
