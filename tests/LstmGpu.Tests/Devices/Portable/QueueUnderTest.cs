using LstmGpu.Devices;
using LstmGpu.Devices.Emulator;
using LstmGpu.Devices.OpenCl;
using LstmGpu.Devices.Portable;
using LstmGpu.Tests.Devices.OpenCl;

namespace LstmGpu.Tests.Devices.Portable;

/// <summary>A queue by name, for theories over all of them; without a driver the test shows as skipped.</summary>
internal static class QueueUnderTest
{
    public static IDeviceQueue Open(string name)
    {
        if (name == "emulator")
        {
            return new EmulatorQueue(findRaces: true);
        }
        var context = new OpenClContext(OpenClUnderTest.Device(), new OpenClBinaryCache(null));
        return new OpenClQueue(context, new DeviceDescription("opencl", context.Device.Name, "", context.Device.GlobalMemory, context.Device.ComputeUnits));
    }

    public static DeviceBuffer Upload<T>(this IDeviceQueue queue, string name, T[] values) where T : unmanaged
    {
        DeviceBuffer buffer = queue.Allocate(name, values.Length * (long)System.Runtime.CompilerServices.Unsafe.SizeOf<T>());
        queue.Upload<T>(values, new(buffer, 0, values.Length));
        return buffer;
    }

    public static T[] Download<T>(this IDeviceQueue queue, DeviceBuffer buffer) where T : unmanaged
    {
        var all = new T[buffer.Bytes / System.Runtime.CompilerServices.Unsafe.SizeOf<T>()];
        queue.Download(new DeviceSlice<T>(buffer, 0, all.Length), all.AsSpan());
        return all;
    }
}
