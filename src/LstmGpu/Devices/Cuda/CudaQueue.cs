using System.Runtime.CompilerServices;
using ILGPU;
using LstmGpu.Devices.Portable;
using LstmGpu.Kernels;

namespace LstmGpu.Devices.Cuda;

/// <summary>Kernels through the CUDA driver. The PTX of a text becomes a module at its first launch; later launches allocate nothing.</summary>
internal sealed unsafe class CudaQueue : IDeviceQueue
{
    /// <summary>Groups along y and along z, on every device; x takes 2³¹ − 1.</summary>
    public const int MostAcross = 65535;

    // By reference: a text is made once, and its hash would be that of its whole source.
    private readonly Dictionary<KernelText, CudaKernel> loaded = new(ReferenceEqualityComparer.Instance);
    private readonly CudaContext context;

    /// <summary>Takes the context over.</summary>
    public CudaQueue(CudaContext context, DeviceDescription device) => (this.context, Device) = (context, device);

    public DeviceDescription Device { get; }

    public bool HasTensorCores => context.Device.HasTensorCores;

    /// <summary>cuBLAS on the stream of this queue; to be disposed before it.</summary>
    /// <param name="names">Its file names, first choice first.</param>
    /// <exception cref="DeviceException">It is not on this machine, or does not start.</exception>
    public CublasProducts Cublas(ProductPrecision precision, IReadOnlyList<string> names) =>
        CublasLibrary.Load(names) is { } reason ? throw new DeviceException($"{reason}, or use --gemm {GemmWord.Own}") : new(context, precision);

    public DeviceBuffer Allocate(string name, long bytes) => context.Allocate(name, bytes);

    public void Upload<T>(ReadOnlySpan<T> source, DeviceSlice<T> destination) where T : unmanaged => context.Upload(source, destination);

    public void Download<T>(DeviceSlice<T> source, Span<T> destination) where T : unmanaged => context.Download(source, destination);

    public void Fill(DeviceSlice<float> x, float value) => context.Fill(x, value);

    public void Copy(DeviceSlice<float> source, DeviceSlice<float> destination) => context.Copy(source, destination);

    /// <exception cref="DeviceException">The grid is larger than CUDA takes, or the driver refuses the PTX or the launch.</exception>
    [SkipLocalsInit]
    public void Launch<TCall>(in TCall call, Index3D grid, int dynamicSharedBytes = 0) where TCall : struct, IKernelCall
    {
        if (grid.X == 0 || grid.Y == 0 || grid.Z == 0)
        {
            return;
        }
        RequireGrid(call.Kernel.Name, grid);
        CudaKernel kernel = Kernel(call.Kernel);
        byte* values = stackalloc byte[Arguments.MostBytes];
        void** addresses = stackalloc void*[Arguments.Most];
        var arguments = new Arguments(values, addresses);
        call.Pass(ref arguments);
        if (!call.Kernel.Cooperative && call.Kernel.Cluster == 0)
        {
            kernel.Launch(grid, dynamicSharedBytes, addresses);
            return;
        }
        CudaLaunchAttribute attribute = call.Kernel.Cooperative ? CudaLaunchAttribute.Cooperative : CudaLaunchAttribute.Cluster((uint)call.Kernel.Cluster, 1, 1);
        kernel.Launch(grid, dynamicSharedBytes, addresses, [attribute]);
    }

    public ResidentGroups Resident(KernelText kernel)
    {
        CudaDevice device = context.Device;
        string? missing = device.Architecture < kernel.ComputeCapability ? $"compute capability {device.ComputeCapability}, it needs {kernel.ComputeCapability / 10}.{kernel.ComputeCapability % 10}"
            : kernel.Cluster > 0 && !device.HasClusters ? "the device has no clusters"
            : kernel.Cooperative && !device.IsCooperative ? "the device has no cooperative launch"
            : !PtxImages.Has(kernel.Name, device.Architecture) ? $"this build has no PTX of it for compute capability {device.ComputeCapability}"
            : null;
        return new(missing is null ? Kernel(kernel).GroupsPerUnit() * device.Multiprocessors : 0, device.Multiprocessors, missing);
    }

    public DeviceSlice<float> Borrow(CudaTensor tensor) => CudaBuffer.Borrow(tensor, context);

    public CudaTensor Lend(DeviceSlice<float> slice) => new(slice.Address(), slice.Length);

    public bool CanCapture => true;

    public ICapturedWork Capture(Action commands) => CudaGraph.Capture(context, commands);

    public void Finish() => context.Finish();

    public IReadOnlyList<KernelResources> Kernels() =>
        [.. KernelTexts.All.Where(t => PtxImages.Has(t.Name, context.Device.Architecture)).Select(Kernel).Select(k => new KernelResources(k.Name, k.Registers, k.SharedBytes, k.LocalBytes, k.GroupsPerUnit()))];

    public void Dispose()
    {
        foreach (CudaKernel kernel in loaded.Values)
        {
            kernel.Dispose();
        }
        loaded.Clear();
        context.Dispose();
    }

    private static void RequireGrid(string kernel, Index3D grid)
    {
        if (grid.X < 0 || (uint)grid.Y > MostAcross || (uint)grid.Z > MostAcross)
        {
            throw new DeviceException(FormattableString.Invariant(
                $"kernel '{kernel}' needs a grid of {grid.X} x {grid.Y} x {grid.Z} groups, CUDA takes {int.MaxValue} x {MostAcross} x {MostAcross} at most; use smaller sizes, or --device cpu"));
        }
    }

    private CudaKernel Kernel(KernelText text)
    {
        if (!loaded.TryGetValue(text, out CudaKernel? kernel))
        {
            byte[] image = PtxImages.Find(text.Name, context.Device.Architecture)
                ?? throw new DeviceException($"this build has no PTX of kernel '{text.Name}' for compute capability {context.Device.ComputeCapability}; run kernels/build-ptx.sh");
            kernel = new CudaKernel(context, text.Name, image, text.GroupSize);
            loaded.Add(text, kernel);
        }
        return kernel;
    }

    /// <summary>Puts the arguments side by side and notes where each is: a view is address, offset and length.</summary>
    private ref struct Arguments(byte* values, void** addresses) : IKernelArguments
    {
        /// <summary>More than any kernel has.</summary>
        public const int Most = 64, MostBytes = Most * Slot;

        // Wide enough for every type that a kernel takes.
        private const int Slot = 16;

        private int count;

        public void View<T>(KernelMemory<T> view) where T : unmanaged
        {
            Value(view.Owner is CudaBuffer buffer ? buffer.Address : 0);
            Value(view.Offset);
            Value(view.Length);
        }

        public void Value<T>(T value) where T : unmanaged
        {
            if (count == Most || sizeof(T) > Slot)
            {
                throw new InvalidOperationException($"a kernel has more than {Most} arguments, or one of more than {Slot} bytes");
            }
            byte* slot = values + (count * Slot);
            Unsafe.WriteUnaligned(slot, value);
            addresses[count++] = slot;
        }
    }
}
