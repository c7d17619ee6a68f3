using ILGPU;

namespace LstmGpu.Kernels;

/// <summary>A range of a device's memory, as launchers name it: the device knows what <paramref name="Owner"/> is.</summary>
internal readonly record struct KernelMemory<T>(object? Owner, long Offset, long Length) where T : unmanaged;

/// <summary>Where launches go: they run in the order of the calls. Generated launchers are its only callers.</summary>
internal interface IKernelQueue
{
    /// <summary>Enqueues the kernel on so many groups. A grid with a 0 in it has nothing to do.</summary>
    void Launch<TCall>(in TCall call, Index3D grid, int dynamicSharedBytes = 0) where TCall : struct, IKernelCall;
}

/// <summary>A kernel with its arguments; the generator writes one struct per kernel. A device either passes the arguments on or runs the method.</summary>
internal interface IKernelCall
{
    /// <summary>The text with the specialised values of this call.</summary>
    KernelText Kernel { get; }

    /// <summary>Hands over every argument but specialised ones, in the order of the C# parameters.</summary>
    void Pass<TArguments>(ref TArguments arguments) where TArguments : IKernelArguments, allows ref struct;

    /// <summary>Calls the C# method, as one thread of a launch.</summary>
    void Run<TViews>(TViews views) where TViews : IKernelViews;
}

/// <summary>Takes the arguments of a call one by one.</summary>
internal interface IKernelArguments
{
    void View<T>(KernelMemory<T> view) where T : unmanaged;

    /// <summary>A number, an enum, a struct, or a bool as a byte.</summary>
    void Value<T>(T value) where T : unmanaged;
}

/// <summary>Memory that .NET can see, as the views that kernels take.</summary>
internal interface IKernelViews
{
    ArrayView<T> View<T>(KernelMemory<T> memory) where T : unmanaged;
}
