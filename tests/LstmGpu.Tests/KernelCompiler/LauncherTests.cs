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
        var queue = new RecordingQueue();

        Multiply(queue);

        Assert.Equal("GemmKernels_Multiply", queue.Text!.Name);
        Assert.Equal(((Index3D)(3, 4, 5), 0), (queue.Grid, queue.Bytes));
        Assert.Equal(
            ["view Single 1+2", "7 Int32", "1 Byte", "Some Kind", "view Pair 0+1", "0.5 Single", "Some.Place.Pair Pair", "20 Int64", "3 Double"],
            queue.Arguments);
    }

    [Fact]
    public unsafe void Call_RunsTheMethodOnViewsOfTheQueue()
    {
        var queue = new RecordingQueue();

        Multiply(queue);

        Assert.Equal((2.5f + 0.5f, 7 + 3 + 100 + 1000 + 20 + 3), queue.Result);
    }

    [Fact]
    public void Launcher_OfAKernelWithDynamicSharedMemory_TakesItsBytes()
    {
        var queue = new RecordingQueue { Runs = false };

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

    private sealed class RecordingQueue : IKernelQueue, IKernelArguments
    {
        public KernelText? Text { get; private set; }

        public Index3D Grid { get; private set; }

        public int Bytes { get; private set; }

        public List<string> Arguments { get; } = [];

        public bool Runs { get; init; } = true;

        public (float, int) Result { get; private set; }

        public void Launch<TCall>(in TCall call, Index3D grid, int dynamicSharedBytes = 0) where TCall : struct, IKernelCall
        {
            (Text, Grid, Bytes) = (call.Kernel, grid, dynamicSharedBytes);
            RecordingQueue arguments = this;
            call.Pass(ref arguments);
            if (Runs)
            {
                RunOnArrays(call);
            }
        }

        public void View<T>(KernelMemory<T> view) where T : unmanaged => Arguments.Add($"view {typeof(T).Name} {view.Offset}+{view.Length}");

        public void Value<T>(T value) where T : unmanaged => Arguments.Add(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{value} {typeof(T).Name}"));

        private unsafe void RunOnArrays<TCall>(in TCall call) where TCall : struct, IKernelCall
        {
            float* numbers = stackalloc float[] { 0, 1.5f, 2.5f };
            float* pair = stackalloc float[2];
            call.Run(new Views((nint)numbers, (nint)pair));
            Result = (pair[0], *(int*)(pair + 1));
        }
    }

    private readonly unsafe struct Views(nint numbers, nint other) : IKernelViews
    {
        public ArrayView<T> View<T>(KernelMemory<T> memory) where T : unmanaged =>
            new((T*)(typeof(T) == typeof(float) ? numbers : other) + memory.Offset, memory.Length);
    }
}
