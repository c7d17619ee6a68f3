using System.Globalization;
using Microsoft.CodeAnalysis;

namespace LstmGpu.KernelCompiler;

/// <summary>Constants of C# as C literals with the same bits.</summary>
internal static class Literals
{
    public static string Of(object? value, ITypeSymbol type, Dialect dialect)
    {
        IFormatProvider plain = CultureInfo.InvariantCulture;
        string cast = $"({dialect.Primitive(TypeText.Underlying(type).SpecialType)})";
        return value switch
        {
            bool b => b ? "true" : "false",
            char c => $"{cast}{((int)c).ToString(plain)}",
            sbyte n => $"({cast}{n.ToString(plain)})",
            byte n => $"{cast}{n.ToString(plain)}",
            short n => $"({cast}{n.ToString(plain)})",
            ushort n => $"{cast}{n.ToString(plain)}",
            int.MinValue => "(-2147483647 - 1)",
            int n => n < 0 ? $"({n.ToString(plain)})" : n.ToString(plain),
            uint n => n.ToString(plain) + "u",
            long.MinValue => "(-9223372036854775807L - 1L)",
            long n => n < 0 ? $"({n.ToString(plain)}L)" : n.ToString(plain) + "L",
            ulong n => n.ToString(plain) + "UL",
            float f => Float(f, dialect),
            double d => Double(d, dialect),
            _ => "0",
        };
    }

    private static string Float(float value, Dialect dialect)
    {
        if (float.IsNaN(value) || float.IsInfinity(value))
        {
            uint bits = BitConverter.ToUInt32(BitConverter.GetBytes(value), 0);
            return dialect.BitCast("float", $"0x{bits:X8}u");
        }

        return Signed(Pointed(value.ToString("G9", CultureInfo.InvariantCulture)) + "f", value < 0 || IsMinusZero(value));
    }

    private static string Double(double value, Dialect dialect)
    {
        if (double.IsNaN(value) || double.IsInfinity(value))
        {
            return dialect.BitCast("double", $"0x{BitConverter.DoubleToInt64Bits(value):X16}UL");
        }

        return Signed(Pointed(value.ToString("G17", CultureInfo.InvariantCulture)), value < 0 || IsMinusZero(value));
    }

    private static bool IsMinusZero(double value) => value == 0 && BitConverter.DoubleToInt64Bits(value) < 0;

    // The .NET Framework, on which a generator may run, drops the sign of minus zero.
    private static string Signed(string text, bool negative) => negative ? $"(-{text.TrimStart('-')})" : text;

    private static string Pointed(string digits) => digits.IndexOfAny(['.', 'E', 'e']) < 0 ? digits + ".0" : digits;
}
