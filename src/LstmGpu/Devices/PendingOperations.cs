namespace LstmGpu.Devices;

/// <summary>Operations that the devices are about to get, made of those that they have.</summary>
internal static class PendingOperations
{
    public static void Dropout(this IBackend backend, DeviceSlice<float> x, DeviceSlice<float> y, float probability, DropoutKey key, long period)
    {
        long part = period == 0 ? x.Length : period;
        for (long start = 0; start < x.Length; start += part)
        {
            backend.Dropout(x.Slice(start, part), y.Slice(start, part), probability, key);
        }
    }

    public static void Add(this IBackend backend, DeviceSlice<float> source, DeviceSlice<float> destination)
    {
        float[] a = new float[source.Length], b = new float[source.Length];
        backend.Download(source, a);
        backend.Download(destination, b);
        for (int n = 0; n < a.Length; n++)
        {
            b[n] += a[n];
        }
        backend.Upload<float>(b, destination);
    }
}
