using System.Reflection;
using Xunit;

namespace LstmGpu.Tests.KernelCompiler;

/// <summary>One static C# function over random operands and the awkward ones: .NET and the OpenCL text agree bit for bit.</summary>
public sealed class ExpressionTests
{
    private const int Count = 512;

    [SkippableTheory]
    [InlineData("int", "x + y")]
    [InlineData("int", "x - y")]
    [InlineData("int", "x * y")]
    [InlineData("int", "quotient", "y == 0 || y == -1 ? 0 : x / y")]
    [InlineData("int", "remainder", "y == 0 || y == -1 ? 0 : x % y")]
    [InlineData("int", "x << y")]
    [InlineData("int", "x >> y")]
    [InlineData("int", "x >>> y")]
    [InlineData("int", "(x & y) | (x ^ ~y)")]
    [InlineData("int", "-x")]
    [InlineData("int", "(x < y ? 1 : 0) + (x <= y ? 2 : 0) + (x == y ? 4 : 0) + (x != y ? 8 : 0)")]
    [InlineData("int", "(x > 0 & y > 0) ^ (x > 5 | y > 5) && !(x > y) ? 3 : 4")]
    [InlineData("int", "(sbyte)x + (byte)y + (short)x * (ushort)y")]
    [InlineData("int", "(int)((long)x * y >> 7)")]
    [InlineData("int", "(int)(uint)x + (int)(ulong)(uint)y")]
    [InlineData("int", "Math.Min(x, y) ^ Math.Max(x, 7) ^ Math.Abs(y == int.MinValue ? 0 : y)")]
    [InlineData("int", "bits of floats", "(int)BitConverter.SingleToUInt32Bits((float)x) + BitConverter.SingleToInt32Bits((float)(uint)y)")]
    [InlineData("uint", "x + y * 3")]
    [InlineData("uint", "y == 0 ? 0 : x / y + x % y")]
    [InlineData("uint", "x >> (int)y")]
    [InlineData("uint", "x << (int)y")]
    [InlineData("uint", "(uint)((ulong)x * y >> 32)")]
    [InlineData("long", "x + y")]
    [InlineData("long", "x * y - (x << (int)y)")]
    [InlineData("long", "y == 0 || y == -1 ? 0 : x / y ^ x % y")]
    [InlineData("long", "(x >> (int)y) ^ (x >>> (int)y)")]
    [InlineData("long", "-x + (int)y + (byte)x")]
    [InlineData("long", "BitConverter.DoubleToInt64Bits((double)x) + BitConverter.SingleToInt32Bits((float)y)")]
    [InlineData("ulong", "x * y + (x >> 3) + (y << 70)")]
    [InlineData("ulong", "y == 0 ? 0 : x / y + x % y")]
    [InlineData("ulong", "(ulong)BitConverter.DoubleToInt64Bits((double)x)")]
    [InlineData("float", "x + y")]
    [InlineData("float", "x - y")]
    [InlineData("float", "x * y + x")]
    [InlineData("float", "x / y")]
    [InlineData("float", "MathF.Sqrt(x)")]
    [InlineData("float", "MathF.Abs(x) + MathF.Floor(y) + MathF.Ceiling(x) + MathF.Truncate(y) + MathF.Round(x)")]
    [InlineData("float", "MathF.Min(x, y)")]
    [InlineData("float", "MathF.Max(x, y)")]
    [InlineData("float", "-x")]
    [InlineData("float", "x < y ? 1f : x == y ? 2f : x >= y ? 3f : 4f")]
    [InlineData("float", "(float)((double)x * y + 0.1)")]
    [InlineData("float", "Interop.IntAsFloat(Interop.FloatAsInt(x) ^ 0x3FFu)")]
    [InlineData("float", "(int)x + (float)(uint)y")]
    [InlineData("float", "(float)(long)x + (float)(ulong)y")]
    [InlineData("float", "(byte)x + (sbyte)y + (short)x + (ushort)y")]
    [InlineData("float", "y > 0 ? float.PositiveInfinity : float.NaN")]
    [InlineData("float", "x * 1e-3f + 3.4028235E+38f * y + -0f")]
    [InlineData("double", "x + y * x - x / y")]
    [InlineData("double", "Math.Sqrt(Math.Abs(x)) + Math.Floor(y) + Math.Min(x, y) + Math.Max(y, x)")]
    [InlineData("double", "(int)x + (double)(uint)y")]
    [InlineData("double", "(double)((long)x ^ (long)(ulong)y)")]
    [InlineData("double", "(float)x * 0.1")]
    public void Expression_GivesTheSameBits_InDotNetAndOpenCl(string type, string expression, string? written = null)
    {
        Skip.If(OpenClDriver.Device == 0, "no OpenCL device");
        string source = $$"""
            static class K
            {
                static {{type}} F({{type}} x, {{type}} y) => ({{type}})({{written ?? expression}});
                [Kernel(64)]
                static void Run(ArrayView<{{type}}> a, ArrayView<{{type}}> b, ArrayView<{{type}}> result)
                {
                    int i = Grid.GlobalIndex.X;
                    if (i < result.Length)
                    {
                        result[i] = F(a[i], b[i]);
                    }
                }
            }
            """;
        CompiledKernel kernel = CompiledKernel.From(source);
        (string openCl, _) = kernel.Texts();
        MethodInfo f = kernel.Method("F");
        Array a = Operands.Of(f.ReturnType, Count, 1), b = Operands.Of(f.ReturnType, Count, 2), result = Array.CreateInstance(f.ReturnType, Count);

        OpenClDriver.Run(openCl, kernel.Translation.Name, Count / 64, 64, a, b, result);

        for (int i = 0; i < Count; i++)
        {
            object expected = f.Invoke(null, [a.GetValue(i), b.GetValue(i)])!;
            Assert.True(Operands.Same(expected, result.GetValue(i)!), $"F({a.GetValue(i)}, {b.GetValue(i)}) is {expected} in .NET, {result.GetValue(i)} in OpenCL\n{openCl}");
        }
    }
}
