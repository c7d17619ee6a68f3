using ILGPU;
using LstmGpu.Devices;
using LstmGpu.Devices.Portable;
using LstmGpu.Kernels;

namespace LstmGpu.Tests.Devices.Portable;

/// <summary>Notes the grid of every launch and runs nothing, so that sizes beyond any machine can be asked for.</summary>
internal sealed class GridQueue : IDeviceQueue
{
    public List<(string Kernel, Index3D Grid)> Launches { get; } = [];

    public bool HasTensorCores { get; set; }

    // As many units as the largest devices have.
    public DeviceDescription Device { get; } = new("none", "none", "", long.MaxValue, 132);

    public DeviceBuffer Allocate(string name, long bytes) => new Nothing(name, bytes);

    public void Upload<T>(ReadOnlySpan<T> source, DeviceSlice<T> destination) where T : unmanaged
    {
    }

    public void Download<T>(DeviceSlice<T> source, Span<T> destination) where T : unmanaged
    {
    }

    public void Fill(DeviceSlice<float> x, float value)
    {
    }

    public void Copy(DeviceSlice<float> source, DeviceSlice<float> destination)
    {
    }

    public void Launch<TCall>(in TCall call, Index3D grid, int dynamicSharedBytes = 0) where TCall : struct, IKernelCall => Launches.Add((call.Kernel.Name, grid));

    public void Finish()
    {
    }

    public void Dispose()
    {
    }

    private sealed class Nothing(string name, long bytes) : DeviceBuffer(name, bytes)
    {
        public override void Dispose()
        {
        }
    }
}
