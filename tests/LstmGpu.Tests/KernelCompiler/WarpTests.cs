using Xunit;

namespace LstmGpu.Tests.KernelCompiler;

/// <summary>Shuffles and broadcasts through local memory give what a warp gives.</summary>
public sealed class WarpTests
{
    private const int Groups = 3, Size = 96;

    [SkippableTheory]
    [InlineData("Warp.Shuffle(v, i * 5)")]
    [InlineData("Warp.ShuffleDown(v, d)")]
    [InlineData("Warp.ShuffleUp(v, d)")]
    [InlineData("Warp.ShuffleXor(v, d)")]
    [InlineData("Warp.Broadcast(v, d)")]
    [InlineData("Group.Broadcast(v, d * 3)")]
    public void Exchange_MovesTheValueOfTheNamedThread(string expression)
    {
        Skip.If(OpenClDriver.Device == 0, "no OpenCL device");
        foreach (string type in new[] { "int", "uint", "float" })
        {
            foreach (int d in new[] { 1, 7, 16, 31 })
            {
                Type element = type switch { "int" => typeof(int), "uint" => typeof(uint), _ => typeof(float) };
                Array given = Operands.Of(element, Groups * Size, 4), result = Array.CreateInstance(element, given.Length), inHelper = Array.CreateInstance(element, given.Length);

                OpenClDriver.Run(Kernel(type, expression).Texts().OpenCl, "K_Run", Groups, Size, given, result, inHelper, d);

                for (int i = 0; i < given.Length; i++)
                {
                    object expected = given.GetValue((i / Size * Size) + Source(expression, i % Size, d))!;
                    Assert.True(Operands.Same(expected, result.GetValue(i)!) && Operands.Same(expected, inHelper.GetValue(i)!),
                        $"{expression} of {type} with d = {d} at {i}: {expected} expected, {result.GetValue(i)} and {inHelper.GetValue(i)} came");
                }
            }
        }
    }

    [SkippableFact]
    public void Reduction_ByShuffles_AddsInTheOrderOfTheTree()
    {
        Skip.If(OpenClDriver.Device == 0, "no OpenCL device");
        (string openCl, _) = CompiledKernel.From("""
            static class K
            {
                static float Sum(float x) { for (int d = 16; d > 0; d >>= 1) { x += Warp.ShuffleXor(x, d); Warp.Barrier(); } return x; }
                [Kernel(16, 4)]
                static void Run(ArrayView<float> a, ArrayView<int> lanes)
                {
                    int i = Group.LinearIndex;
                    float sum = Sum(a[i]);
                    a[i] = sum;
                    lanes[i] = Warp.WarpIdx * 1000 + Warp.LaneIdx + (Warp.IsFirstLane ? 500 : 0) + Warp.WarpSize * 10000;
                }
            }
            """).Texts();
        var random = new Random(1);
        float[] a = [.. Enumerable.Range(0, 64).Select(_ => random.NextSingle() - 0.5f)], expected = [.. a];
        int[] lanes = new int[64];
        for (int d = 16; d > 0; d >>= 1)
        {
            expected = [.. expected.Select((x, i) => x + expected[i ^ d])];
        }

        OpenClDriver.Run(openCl, "K_Run", (1, 1, 1), (16, 4, 1), 0, [a, lanes]);

        Assert.Equal(expected, a);
        Assert.Equal(Enumerable.Range(0, 64).Select(i => (i / 32 * 1000) + (i % 32) + (i % 32 == 0 ? 500 : 0) + 320000), lanes);
    }

    [SkippableTheory]
    [InlineData("sm_70")]
    [InlineData("sm_80")]
    [InlineData("sm_90a")]
    public void GroupBroadcast_CompilesToPtx(string architecture)
    {
        Skip.IfNot(Clang.IsPresent, "no clang-19");

        string ptx = Clang.Ptx(Kernel("float", "Group.Broadcast(v, d)").Texts().Cuda, architecture);

        Assert.Contains("bar.sync", ptx);
        Assert.Contains(".maxntid 96", ptx);
    }

    [Fact]
    public void Shuffle_OfAWiderType_IsAnError() =>
        Assert.Equal("LGK001", Kernel("long", "Warp.Shuffle(v, d)").Translation.Diagnostics.First().Id);

    private static CompiledKernel Kernel(string type, string expression) => CompiledKernel.From($$"""
        static class K
        {
            static {{type}} Moved({{type}} v, int i, int d) => {{expression}};
            [Kernel({{Size}})]
            static void Run(ArrayView<{{type}}> given, ArrayView<{{type}}> result, ArrayView<{{type}}> inHelper, int d)
            {
                int at = Grid.GlobalIndex.X, i = Group.IdxX;
                {{type}} v = given[at];
                result[at] = {{expression}};
                inHelper[at] = Moved(v, i, d);
            }
        }
        """);

    private static int Source(string expression, int i, int d)
    {
        int lane = i % 32, warp = i - lane;
        return expression.Split('(')[0] switch
        {
            "Warp.Shuffle" => warp + (i * 5 % 32),
            "Warp.ShuffleDown" => lane + d < 32 ? i + d : i,
            "Warp.ShuffleUp" => lane - d >= 0 ? i - d : i,
            "Warp.ShuffleXor" => i ^ d,
            "Warp.Broadcast" => warp + d,
            _ => d * 3,
        };
    }
}
