using ILGPU;
using LstmGpu.Devices.Portable;
using LstmGpu.Kernels;

namespace LstmGpu.Devices.Emulator;

/// <summary>Kernels run in .NET, in the process's own memory: everything has happened when a call returns.</summary>
/// <param name="findRaces">See <see cref="KernelEmulator"/>; it costs most of the speed.</param>
/// <param name="tensorCores">Products and steps take the tensor cores' kernels, which are several times slower here than the portable ones.</param>
/// <param name="units">What it says of its multiprocessors, on which the size of tiles depends.</param>
internal sealed unsafe class EmulatorQueue(bool findRaces = false, bool tensorCores = false, int units = 1) : IDeviceQueue
{
    private readonly KernelEmulator emulator = new(findRaces);

    public DeviceDescription Device { get; } = EmulatorDevice.Describe() with { Units = units };

    public bool HasTensorCores => tensorCores;

    // Each thread of a kernel that waits is one of the operating system.
    public ResidentGroups Resident(KernelText kernel) => new(Groups: 8, Units: 4, Missing: null);

    public DeviceBuffer Allocate(string name, long bytes) => new EmulatorBuffer(name, bytes);

    public void Upload<T>(ReadOnlySpan<T> source, DeviceSlice<T> destination) where T : unmanaged => source.CopyTo(Host(destination));

    public void Download<T>(DeviceSlice<T> source, Span<T> destination) where T : unmanaged => Host(source).CopyTo(destination);

    public void Fill(DeviceSlice<float> x, float value)
    {
        for (long done = 0; done < x.Length; done += int.MaxValue)
        {
            Host(x.Slice(done, Math.Min(int.MaxValue, x.Length - done))).Fill(value);
        }
    }

    public void Copy(DeviceSlice<float> source, DeviceSlice<float> destination) =>
        Buffer.MemoryCopy(Pointer<float>(source), Pointer<float>(destination), destination.Length * sizeof(float), source.Length * sizeof(float));

    public void Launch<TCall>(in TCall call, Index3D grid, int dynamicSharedBytes = 0) where TCall : struct, IKernelCall
    {
        if (grid.X == 0 || grid.Y == 0 || grid.Z == 0)
        {
            return;
        }
        TCall thread = call;
        KernelText text = call.Kernel;
        (int x, int y, int z) = text.GroupSize;
        emulator.Launch(text.Name, new LaunchShape(grid, new Index3D(x, y, z), dynamicSharedBytes, text.Cooperative, text.Cluster), () => thread.Run(default(HostViews)));
    }

    public void Finish()
    {
    }

    public void Dispose() => emulator.Dispose();

    private static Span<T> Host<T>(DeviceSlice<T> slice) where T : unmanaged => new(Pointer<T>(slice), checked((int)slice.Length));

    /// <summary>The address of the first element; null where nothing was given.</summary>
    private static T* Pointer<T>(KernelMemory<T> memory) where T : unmanaged =>
        memory.Owner is EmulatorBuffer buffer ? (T*)buffer.Pointer + memory.Offset : null;

    private readonly struct HostViews : IKernelViews
    {
        public ArrayView<T> View<T>(KernelMemory<T> memory) where T : unmanaged => new(Pointer(memory), memory.Length);
    }
}
