using System.Reflection;
using Xunit;

namespace LstmGpu.Tests.KernelCompiler;

/// <summary>Control flow, parameters and structs: a C# function of two ints, run by .NET and by OpenCL.</summary>
public sealed class StatementTests
{
    private const string Library = """
        enum Kind : byte { None, Some = 3, Many = 200 }
        struct Pair { public int X; public long Y; }
        struct Made { public int X; public float F; public Made(int x) { X = x + 1; F = 0.5f; if (x > 3) { X += 2; } } }
        record struct Point(int X, int Y);
        struct Complex { public int Re, Im; public static Complex operator +(Complex a, Complex b) => new() { Re = a.Re + b.Re, Im = a.Im + b.Im }; }
        struct Outer { public Pair Inner; public byte Small; }
        static class Constants { public const int C = 5; public static readonly int R = (C * 3) + 1; public static readonly float Third = 1f / 3f; }
        static class Lib
        {
            public static void Swap(ref int a, ref int b) { int t = a; a = b; b = t; }
            public static void Split(int x, out int low, out int high) { low = x & 0xFF; high = x >> 8; }
            public static int Sum(in Pair p) => p.X + (int)p.Y;
            public static void Grow(ref Pair p, int by) { p.X += by; p.Y *= by; Bump(ref p.X); }
            public static void Bump(ref int x) { x++; ++x; }
            public static int Take(ref int x) { x += 3; return x * 2; }
            public static int Early(int x) { if (x > 10) { return 1; } else if (x > 5) { return 2; } return 3; }
            public static int Fill(ArrayView<int> v, int x) { for (int i = 0; i < v.Length; i++) { v[i] = x + i; } return v[v.IntLength - 1]; }
        }

        """;

    [SkippableTheory]
    [InlineData("int s = 0; for (int i = 0; i < (x & 31); i++) { if (i == 7) { continue; } if (i > 20) { break; } s += i * y; } return s;")]
    [InlineData("int s = 0; for (int i = 0, j = 9; i < j; i += 2, j--) { s = s * 3 + i - j; } return s + x;")]
    [InlineData("int s = x; for (int i = 0; i < 8; i++) { for (int j = 0; j < 4; j++) { s ^= (i << j) + y; } } return s;")]
    [InlineData("int n = x & 15, s = 0; while (n > 0) { s += n; n -= 3; } do { s--; } while (s > 50); return s;")]
    [InlineData("switch (x & 7) { case 0: return 1; case 1: case 2: y += 5; break; case 3: { int z = y * 2; y = z; break; } default: y--; break; } return y;")]
    [InlineData("int s = 0; for (int i = 0; i < 5; i++) { switch (i) { case 2: continue; case 4: break; default: s += 1; break; } s += 10; } return s + x;")]
    [InlineData("byte b = (byte)x; b += 200; b++; b <<= 1; sbyte c = (sbyte)y; c--; c *= 3; short d = (short)x; d >>= 3; ushort u = (ushort)y; u += (byte)7; return b + c * 1000 + d + u;")]
    [InlineData("uint u = (uint)x; u *= 2654435761; u ^= u >> 15; u >>>= 3; long l = y; l += x; l <<= 3; l |= 1; return (int)u ^ (int)l;")]
    [InlineData("int i = x; int j = i++; int k = --i; i += 2; return j * 7 + k * 3 + i;")]
    [InlineData("int a, b; a = b = x; Lib.Swap(ref a, ref y); Lib.Split(a, out int low, out int high); return a + b * 3 + low - high + y;")]
    [InlineData("var p = new Pair { Y = y, X = x }; Lib.Grow(ref p, 3); Pair q = p; q.X = 1; return Lib.Sum(p) ^ Lib.Sum(q) ^ Lib.Sum(new Pair { X = 4 });")]
    [InlineData("var m = new Made(x & 7); var p = new Point(x, y); var e = default(Pair); var o = new Outer { Inner = new Pair { X = x }, Small = 3 }; o.Inner.Y = y; return m.X + (int)(m.F * 4) + p.X - p.Y + e.X + o.Inner.X + (int)o.Inner.Y + o.Small;")]
    [InlineData("var c = new Complex { Re = x, Im = 1 } + new Complex { Im = y }; return c.Re * 3 + c.Im;")]
    [InlineData("return Constants.C + Constants.R * x + (int)(Constants.Third * 100f) + Gate.Output + Lib.Early(y & 15);")]
    [InlineData("Kind k = (x & 1) == 0 ? Kind.Some : Kind.Many; return (int)k + (k == Kind.Some ? 1 : 0) + (int)(k & Kind.Some);")]
    [InlineData("bool t = x > y; bool f = !t; bool b = t ^ f | x == 3; t &= b; return t ? 1 : f ? 2 : b ? 3 : 4;")]
    [InlineData("int z = Lib.Take(ref x); z += Lib.Early(z & 15); return z + x;")]
    [InlineData("char c = 'a'; c += (char)3; int global = x, half = y, @float = 3, float4 = 2, under_score = 1, kernel = c; return global + half * @float + float4 + under_score + kernel;")]
    [InlineData("double d = x; d += y; d *= 0.5; d -= 1; d++; float f = (float)d; f /= 3; f--; return (int)f + (int)d + sizeof(int);")]
    [InlineData("int n = x & 7, s = 0; while (n-- > 0) { s += n * y; } return s;")]
    [InlineData("int w = y; if (x > 3 && Lib.Take(ref w) > 3) { return w; } else if (x == 3) { return 1; } for (; ; ) { if (y-- < 5) { break; } y >>= 1; } return y;")]
    [InlineData("const int Size = 4; var v = LocalMemory.Allocate<int>(Size); int last = Lib.Fill(v.SubView(1), x); return last + v[0] + v[2] + (int)v.Length;", true)]
    [InlineData("{ int z = 1; x += z; } { int z = 2; y += z; } return x - y;")]
    public void Body_GivesTheSameResult_InDotNetAndOpenCl(string body, bool needsThread = false)
    {
        Skip.If(OpenClDriver.Device == 0, "no OpenCL device");
        CompiledKernel kernel = CompiledKernel.From(Library + $$"""
            static class K
            {
                static int F(int x, int y) { {{body}} }
                [Kernel(64)]
                static void Run(ArrayView<int> a, ArrayView<int> b, ArrayView<int> result)
                {
                    int i = Grid.IdxX * Group.DimX + Group.IdxX;
                    result[i] = F(a[i], b[i]);
                }
            }
            """);
        (string openCl, _) = kernel.Texts();
        MethodInfo f = kernel.Method("F");
        int[] a = (int[])Operands.Of(typeof(int), 256, 1), b = (int[])Operands.Of(typeof(int), 256, 2), result = new int[256];

        OpenClDriver.Run(openCl, "K_Run", 4, 64, a, b, result);

        for (int i = 0; i < result.Length; i++)
        {
            // Local memory exists inside a launch only; x + 2 is what Fill leaves last, x + 1 what it leaves at v[2].
            int expected = needsThread ? unchecked((2 * a[i]) + 3 + 4) : (int)f.Invoke(null, [a[i], b[i]])!;
            Assert.True(expected == result[i], $"F({a[i]}, {b[i]}) is {expected} in .NET, {result[i]} in OpenCL\n{openCl}");
        }
    }
}
