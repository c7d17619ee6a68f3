using Microsoft.CodeAnalysis;
using Xunit;

namespace LstmGpu.Tests.KernelCompiler;

/// <summary>Every way out of the kernel language is an error with its own code, at the line where it stands.</summary>
public sealed class DiagnosticTests
{
    [Theory]
    [InlineData("LGK001", "var pair = (1, 2); a[0] = pair.Item1;")]
    [InlineData("LGK001", "Index3D g = Grid.GlobalIndex; g = Group.Index; a[0] = g.X;")]
    [InlineData("LGK001", "a[0] = a[1] switch { 1 => 2, _ => 3 };")]
    [InlineData("LGK002", "var list = new int[4]; a[0] = 1;")]
    [InlineData("LGK002", "object o = new object();")]
    [InlineData("LGK003", "string s = \"x\";")]
    [InlineData("LGK003", "a[0] = string.Concat(\"a\", \"b\").GetHashCode();")]
    [InlineData("LGK004", "throw new InvalidOperationException();")]
    [InlineData("LGK004", "try { a[0] = 1; } finally { a[1] = 2; }")]
    [InlineData("LGK005", "Func<int, int> f = x => x + 1; a[0] = f(1);")]
    [InlineData("LGK005", "static int F(int x) => x; a[0] = F(1);")]
    [InlineData("LGK006", "a[0] = Loop(3);")]
    [InlineData("LGK007", "a[0] = new P { X = 1 }.Twice();")]
    [InlineData("LGK007", "IComparable<int> c = null!; a[0] = c.CompareTo(1);")]
    [InlineData("LGK008", "decimal d = 1m; a[0] = (int)d;")]
    [InlineData("LGK009", "a[0] = checked(a[1] + a[2]);")]
    [InlineData("LGK010", "again: a[0] = 1; if (a[0] > 0) { goto again; }")]
    [InlineData("LGK011", "foreach (int x in new[] { 1, 2 }) { a[0] = x; }")]
    [InlineData("LGK012", "int* p = stackalloc int[4]; p[0] = 1;")]
    [InlineData("LGK012", "Span<int> p = stackalloc int[4]; a[0] = 1;")]
    [InlineData("LGK013", "Later();")]
    [InlineData("LGK014", "object o = a[0];")]
    [InlineData("LGK015", "a[0] = (int)MathF.Exp(a[1]);")]
    [InlineData("LGK016", "a[0] = System.Numerics.BitOperations.PopCount(3u);")]
    [InlineData("LGK017", "a[0] = Counter;")]
    [InlineData("LGK019", "var m = LocalMemory.Allocate<int>(a[0]);")]
    [InlineData("LGK020", "a[0] = Shares();")]
    [InlineData("LGK021", "var v = a; v = a.SubView(1); a[0] = v[0];")]
    [InlineData("LGK021", "ref int r = ref a[0]; r = 1;")]
    [InlineData("LGK022", "int i = 0; a[0] = i + i++;")]
    [InlineData("LGK022", "int i = 0; i = i++;")]
    [InlineData("LGK022", "int i = 0; a[i++] += 1;")]
    [InlineData("LGK022", "a[0] = Atomic.Add(ref a[1], 1) + a[1];")]
    [InlineData("LGK022", "a[0] = a[1] + Stores(a);")]
    [InlineData("LGK023", "var b = LocalMemory.Allocate<bool>(4);")]
    [InlineData("LGK025", "float f = a[0]; a[1] = (int)(f % 3f);")]
    public void Construct_OutsideTheLanguage_IsAnErrorWithItsLine(string code, string body)
    {
        string source = $$"""
            using System.Threading.Tasks;
            struct P { public int X; public int Twice() => X * 2; }
            static unsafe class K
            {
                static int Counter;
                static int Loop(int n) => n == 0 ? 0 : Loop(n - 1);
                static async void Later() { await Task.Yield(); }
                static int Shares() { var s = SharedMemory.Allocate<int>(4); return s[0]; }
                static int Stores(ArrayView<int> a) { a[1] = 7; return 1; }
                [Kernel(32)]
                static void Run(ArrayView<int> a)
                {
                    {{body}}
                }
            }
            """;

        CompiledKernel kernel = CompiledKernel.From(source);

        Assert.Contains(code, kernel.Translation.Diagnostics.Select(d => d.Id));
        Assert.All(kernel.Translation.Diagnostics, d => Assert.True(d.Location.GetLineSpan().StartLinePosition.Line >= 2));
        Assert.Null(kernel.Translation.OpenCl);
        Assert.Null(kernel.Translation.Cuda);
    }

    [Theory]
    [InlineData("LGK024", "static int Run(ArrayView<int> a) => 1;")]
    [InlineData("LGK024", "static void Run(ref int a) { }")]
    [InlineData("LGK024", "static void Run<T>(int a) { }")]
    [InlineData("LGK024", "static void Run(int a) { } static void Run() { }")]
    [InlineData("LGK023", "static void Run(ArrayView<bool> a) { }")]
    public void Kernel_OfTheWrongShape_IsAnError(string code, string method) =>
        Assert.Contains(code, CompiledKernel.From($"static class K {{ [Kernel(1)] {method} }}").Translation.Diagnostics.Select(d => d.Id));

    [Fact]
    public void Atomic_OnAFloat_IsAnError()
    {
        string source = """
            namespace ILGPU { static class Atomic { public static float Add(ref float target, float value) => target += value; } }
            static class K { [Kernel(1)] static void Run(ArrayView<float> a) { Atomic.Add(ref a[0], 1f); } }
            """;

        Assert.Equal("LGK018", CompiledKernel.From(source).Translation.Diagnostics.Single().Id);
    }

    [Fact]
    public void Error_PointsAtTheConstruct()
    {
        Diagnostic error = CompiledKernel.From("static class K\n{\n    [Kernel(1)] static void Run(ArrayView<int> a)\n    {\n        a[0] = 1;\n        throw null!;\n    }\n}").Translation.Diagnostics.Single();

        FileLinePositionSpan span = error.Location.GetLineSpan();
        Assert.Equal(("Source0.cs", 6, 8), (span.Path, span.StartLinePosition.Line, span.StartLinePosition.Character));
        Assert.Contains("check on the host", error.GetMessage());
    }
}
