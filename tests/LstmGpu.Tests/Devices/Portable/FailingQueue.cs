using ILGPU;
using LstmGpu.Devices;
using LstmGpu.Devices.Portable;
using LstmGpu.Kernels;

namespace LstmGpu.Tests.Devices.Portable;

/// <summary>Another queue, whose launches and transfers fail for good after so many of them: a device that is lost in the middle of a run.</summary>
internal sealed class FailingQueue(IDeviceQueue inner, int commands) : IDeviceQueue
{
    public DeviceDescription Device => inner.Device;

    public bool Disposed { get; private set; }

    /// <summary>Launches and transfers so far.</summary>
    public int Commands { get; private set; }

    private IDeviceQueue Working => ++Commands <= commands ? inner : throw new DeviceException($"command {Commands} found no device");

    public DeviceBuffer Allocate(string name, long bytes) => inner.Allocate(name, bytes);

    public void Upload<T>(ReadOnlySpan<T> source, DeviceSlice<T> destination) where T : unmanaged => Working.Upload(source, destination);

    public void Download<T>(DeviceSlice<T> source, Span<T> destination) where T : unmanaged => Working.Download(source, destination);

    public void Fill(DeviceSlice<float> x, float value) => Working.Fill(x, value);

    public void Copy(DeviceSlice<float> source, DeviceSlice<float> destination) => Working.Copy(source, destination);

    public void Launch<TCall>(in TCall call, Index3D grid, int dynamicSharedBytes = 0) where TCall : struct, IKernelCall =>
        Working.Launch(call, grid, dynamicSharedBytes);

    public void Finish() => Working.Finish();

    public void Dispose()
    {
        Disposed = true;
        inner.Dispose();
    }
}
