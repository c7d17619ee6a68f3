namespace LstmGpu.Tests.KernelCompiler;

/// <summary>Random operands with the awkward ones among them: ends of the range, zeros of both signs, infinities, NaN.</summary>
internal static class Operands
{
    private static readonly double[] Awkward =
    [
        0, -0.0, 1, -1, 0.5, -0.5, 1.5, 2.5, 31, 32, 33, 63, 64, 127, 128, 255, 256, -129, 32768, 65536, 8388609, 16777217,
        2147483520, 2147483648, -2147483648, 4294967040, 4294967296, 9.3e18, -9.3e18, 1.8446744e19, 1e-40, 1e38, double.PositiveInfinity, double.NegativeInfinity, double.NaN,
    ];

    public static Array Of(Type type, int count, int seed)
    {
        var random = new Random(seed);
        var values = Array.CreateInstance(type, count);
        for (int i = 0; i < count; i++)
        {
            double awkward = Awkward[seed == 1 ? i % Awkward.Length : (i / 7) % Awkward.Length];
            bool takesAwkward = random.Next(2) == 0;
            long bits = random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(60);
            values.SetValue(Type.GetTypeCode(type) switch
            {
                TypeCode.Int32 => takesAwkward ? (int)awkward : (int)bits,
                TypeCode.UInt32 => takesAwkward ? (uint)(long)awkward : (uint)bits,
                TypeCode.Int64 => takesAwkward ? (long)awkward : bits,
                TypeCode.UInt64 => takesAwkward ? (ulong)awkward : (ulong)bits,
                TypeCode.Single => takesAwkward ? (float)awkward : (float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-5, 12))),
                _ => (object)(takesAwkward ? awkward : (random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-5, 12))),
            }, i);
        }
        return values;
    }

    /// <summary>Equal bits; every NaN counts as the same.</summary>
    public static bool Same(object x, object y) => (x, y) switch
    {
        (float a, float b) => BitConverter.SingleToInt32Bits(a) == BitConverter.SingleToInt32Bits(b) || (float.IsNaN(a) && float.IsNaN(b)),
        (double a, double b) => BitConverter.DoubleToInt64Bits(a) == BitConverter.DoubleToInt64Bits(b) || (double.IsNaN(a) && double.IsNaN(b)),
        _ => x.Equals(y),
    };
}
