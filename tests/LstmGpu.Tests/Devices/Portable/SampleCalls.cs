using ILGPU;
using LstmGpu.Kernels;

namespace LstmGpu.Tests.Devices.Portable;

internal enum Sign
{
    Minus = -1,
    Plus = 1,
}

internal readonly record struct Pair(int First, float Second);

/// <summary>y[i] = sign·x[i]·pair.second + pair.first, or + big where asked: an argument of every kind. As the generator writes it, but by hand.</summary>
internal readonly struct MixCall(KernelMemory<float> x, KernelMemory<float> y, Sign sign, Pair pair, bool addBig, long big) : IKernelCall
{
    private static readonly KernelText Text = new(
        "combine",
        """
        #pragma OPENCL FP_CONTRACT OFF
        typedef struct { int first; float second; } pair;
        kernel void combine(global const float* x, long x0, long xn, global float* y, long y0, long yn, int sign, pair p, uchar addBig, long big)
        {
            long i = get_global_id(0);
            if (i < yn)
                y[y0 + i] = sign * x[x0 + i] * p.second + (addBig ? (float)big : (float)p.first);
        }
        """,
        "",
        (16, 1, 1),
        [],
        UsesDynamicSharedMemory: false);

    public KernelText Kernel => Text;

    public void Pass<TArguments>(ref TArguments arguments) where TArguments : IKernelArguments, allows ref struct
    {
        arguments.View(x);
        arguments.View(y);
        arguments.Value(sign);
        arguments.Value(pair);
        arguments.Value((byte)(addBig ? 1 : 0));
        arguments.Value(big);
    }

    public void Run<TViews>(TViews views) where TViews : IKernelViews => Mix(views.View(x), views.View(y), sign, pair, addBig, big);

    private static void Mix(ArrayView<float> x, ArrayView<float> y, Sign sign, Pair pair, bool addBig, long big)
    {
        long i = Grid.GlobalIndex.X;
        if (i < y.Length)
        {
            y[i] = ((int)sign * x[i] * pair.Second) + (addBig ? big : pair.First);
        }
    }
}

/// <summary>Turns each group of 4×2 threads around, through as much shared memory as the launch gives.</summary>
internal readonly struct ReverseCall(KernelMemory<int> x) : IKernelCall
{
    private static readonly KernelText Text = new(
        "turn",
        """
        kernel void turn(global int* x, long x0, long xn, local uchar* dynamic, int bytes)
        {
            local int* shared_ = (local int*)dynamic;
            int n = (int)(get_local_size(0) * get_local_size(1)), t = (int)(get_local_id(1) * get_local_size(0) + get_local_id(0));
            long start = x0 + (get_group_id(2) * get_num_groups(0) + get_group_id(0)) * n;
            shared_[t] = x[start + t];
            barrier(CLK_LOCAL_MEM_FENCE);
            x[start + t] = bytes == 4 * n ? shared_[n - 1 - t] : -1;
        }
        """,
        "",
        (4, 2, 1),
        [],
        UsesDynamicSharedMemory: true);

    public KernelText Kernel => Text;

    public void Pass<TArguments>(ref TArguments arguments) where TArguments : IKernelArguments, allows ref struct => arguments.View(x);

    public void Run<TViews>(TViews views) where TViews : IKernelViews => Turn(views.View(x));

    private static void Turn(ArrayView<int> x)
    {
        ArrayView<int> shared = SharedMemory.GetDynamic<int>();
        int n = Group.DimX * Group.DimY, t = (Group.IdxY * Group.DimX) + Group.IdxX;
        int start = ((Grid.IdxZ * Grid.DimX) + Grid.IdxX) * n;
        shared[t] = x[start + t];
        Group.Barrier();
        x[start + t] = shared.Length == n ? shared[n - 1 - t] : -1;
    }
}

/// <summary>A text that no compiler takes, and a method that reads past its view.</summary>
internal readonly struct BrokenCall(KernelMemory<float> x) : IKernelCall
{
    private static readonly KernelText Text = new("broken", "kernel void broken(global float* x, long x0, long xn) { x[0] = no_such_name; }", "", (1, 1, 1), [], false);

    public KernelText Kernel => Text;

    public void Pass<TArguments>(ref TArguments arguments) where TArguments : IKernelArguments, allows ref struct => arguments.View(x);

    public void Run<TViews>(TViews views) where TViews : IKernelViews
    {
        ArrayView<float> view = views.View(x);
        view[view.Length] = 0;
    }
}
