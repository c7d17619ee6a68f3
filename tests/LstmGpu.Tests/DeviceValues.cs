using LstmGpu.Devices;

namespace LstmGpu.Tests;

internal static class DeviceValues
{
    /// <summary>What a slice holds, on the host.</summary>
    public static float[] Of(IBackend backend, DeviceSlice<float> slice)
    {
        float[] values = new float[slice.Length];
        backend.Download(slice, values);
        return values;
    }
}
