using System.Globalization;
using ILGPU;
using LstmGpu.Kernels;

namespace LstmGpu.Tests.KernelCompiler;

/// <summary>Notes what a launcher hands over, and runs the method once on an array of three floats and on one pair of numbers.</summary>
internal sealed class RecordingQueue : IKernelQueue, IKernelArguments
{
    public KernelText? Text { get; private set; }

    public Index3D Grid { get; private set; }

    public int Bytes { get; private set; }

    public List<string> Arguments { get; } = [];

    public bool Runs { get; init; }

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

    public void Value<T>(T value) where T : unmanaged => Arguments.Add(string.Create(CultureInfo.InvariantCulture, $"{value} {typeof(T).Name}"));

    private unsafe void RunOnArrays<TCall>(in TCall call) where TCall : struct, IKernelCall
    {
        float* numbers = stackalloc float[] { 0, 1.5f, 2.5f };
        float* pair = stackalloc float[2];
        call.Run(new Views((nint)numbers, (nint)pair));
        Result = (pair[0], *(int*)(pair + 1));
    }

    private readonly unsafe struct Views(nint numbers, nint other) : IKernelViews
    {
        public ArrayView<T> View<T>(KernelMemory<T> memory) where T : unmanaged =>
            new((T*)(typeof(T) == typeof(float) ? numbers : other) + memory.Offset, memory.Length);
    }
}
