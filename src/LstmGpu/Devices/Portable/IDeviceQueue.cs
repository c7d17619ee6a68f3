using LstmGpu.Kernels;

namespace LstmGpu.Devices.Portable;

/// <summary>
/// What a device must offer so that the portable kernels make a backend of it: memory, transfers and launches, in the order of the calls.
/// <see cref="Download"/> waits; nothing else has to.
/// </summary>
internal interface IDeviceQueue : IKernelQueue, IDisposable
{
    DeviceDescription Device { get; }

    /// <summary>Whether it runs the kernels of <see cref="TensorCore"/>.</summary>
    bool HasTensorCores => false;

    /// <summary>Whether it runs a kernel of CUDA, and on how many groups at once.</summary>
    ResidentGroups Resident(KernelText kernel) => new(Groups: 0, Units: Device.Units, Missing: $"device '{Device.Name}' is no CUDA device");

    /// <summary>Zero-filled memory.</summary>
    /// <exception cref="DeviceException">The device has not that much memory.</exception>
    DeviceBuffer Allocate(string name, long bytes);

    void Upload<T>(ReadOnlySpan<T> source, DeviceSlice<T> destination) where T : unmanaged;

    void Download<T>(DeviceSlice<T> source, Span<T> destination) where T : unmanaged;

    void Fill(DeviceSlice<float> x, float value);

    void Copy(DeviceSlice<float> source, DeviceSlice<float> destination);

    /// <inheritdoc cref="IBackend.Borrow"/>
    DeviceSlice<float> Borrow(CudaTensor tensor) => throw new DeviceException($"device '{Device.Name}' takes no memory of CUDA; open one with Device.OpenCuda, or hand over arrays");

    /// <inheritdoc cref="IBackend.Lend"/>
    CudaTensor Lend(DeviceSlice<float> slice) => throw new DeviceException($"device '{Device.Name}' has no memory of CUDA to lend");

    /// <summary>Whether launches, fills and copies can be captured.</summary>
    bool CanCapture => false;

    /// <summary>Notes them instead of running them; their kernels must have been launched before.</summary>
    /// <exception cref="DeviceException">Something in it cannot be captured.</exception>
    ICapturedWork Capture(Action commands) => throw new NotSupportedException($"'{Device.Name}' captures nothing");

    /// <summary>Waits until everything before it has run.</summary>
    /// <exception cref="DeviceException">Something before it failed on the device.</exception>
    void Finish();

    /// <summary>What each kernel takes from the device, where its driver tells; loads them all.</summary>
    IReadOnlyList<KernelResources> Kernels() => [];
}
