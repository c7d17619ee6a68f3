using System.Reflection;
using ILGPU;
using LstmGpu.Kernels;
using Microsoft.CodeAnalysis;
using Xunit;

namespace LstmGpu.Tests.KernelCompiler;

/// <summary>What a generated launcher hands to a queue, to a device and to the C# method.</summary>
public sealed class LauncherTests
{
    private const string Source = """
        namespace Some.Place
        {
            enum Kind : byte { None, Some = 3 }
            struct Pair { public float A; public int B; }
            static class GemmKernels
            {
                public static string Seen = "";
                [Kernel(16, 16)]
                internal static void Multiply(ArrayView<float> a, int m, bool flag, Kind kind, ArrayView<Pair> views, float @float, Pair grid, long queue, double arguments) =>
                    views[0] = new Pair { A = a[1] + @float, B = m + (int)kind + (flag ? 100 : 0) + grid.B + (int)queue + (int)arguments };
                internal static class Inner
                {
                    [Kernel(8)]
                    internal static void Fill(ArrayView<int> a) { var s = SharedMemory.GetDynamic<int>(); s[0] = 1; a[0] = s[0]; }
                }
            }
        }
        """;

    private static readonly Lazy<Assembly> Built = new(() => CompiledKernel.Load(GeneratorTests.Build(Source, out _)));

    [Fact]
    public void Launcher_PassesArgumentsInTheOrderOfTheParameters()
    {
        var queue = new RecordingQueue { Runs = true };

        Multiply(queue);

        Assert.Equal("GemmKernels_Multiply", queue.Text!.Name);
        Assert.Equal(((Index3D)(3, 4, 5), 0), (queue.Grid, queue.Bytes));
        Assert.Equal(
            ["view Single 1+2", "7 Int32", "1 Byte", "Some Kind", "view Pair 0+1", "0.5 Single", "Some.Place.Pair Pair", "20 Int64", "3 Double"],
            queue.Arguments);
    }

    [Fact]
    public void Call_RunsTheMethodOnViewsOfTheQueue()
    {
        var queue = new RecordingQueue { Runs = true };

        Multiply(queue);

        Assert.Equal((2.5f + 0.5f, 7 + 3 + 100 + 1000 + 20 + 3), queue.Result);
    }

    [Fact]
    public void Launcher_OfAKernelWithDynamicSharedMemory_TakesItsBytes()
    {
        var queue = new RecordingQueue();

        Built.Value.GetType("Some.Place.InnerLauncher")!.GetMethod("Fill")!.Invoke(null, [queue, (Index3D)(1, 1, 1), 64, new KernelMemory<int>(null, 0, 1)]);

        Assert.Equal(64, queue.Bytes);
    }

    private static void Multiply(RecordingQueue queue)
    {
        Type pair = Built.Value.GetType("Some.Place.Pair")!, kind = Built.Value.GetType("Some.Place.Kind")!;
        object given = Activator.CreateInstance(pair)!;
        pair.GetField("B")!.SetValue(given, 1000);
        object pairs = Activator.CreateInstance(typeof(KernelMemory<>).MakeGenericType(pair), null, 0L, 1L)!;
        Built.Value.GetType("Some.Place.GemmLauncher")!.GetMethod("Multiply")!.Invoke(
            null,
            [queue, (Index3D)(3, 4, 5), new KernelMemory<float>(null, 1, 2), 7, true, Enum.ToObject(kind, 3), pairs, 0.5f, given, 20L, 3.0]);
    }
}
