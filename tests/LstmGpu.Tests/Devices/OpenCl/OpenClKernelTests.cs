using LstmGpu.Devices;
using LstmGpu.Devices.OpenCl;
using Xunit;

namespace LstmGpu.Tests.Devices.OpenCl;

public sealed class OpenClKernelTests
{
    private const string Saxpy = """
        #pragma OPENCL FP_CONTRACT OFF
        kernel void saxpy(float a, global const float* x, long xOffset, long xLength, global float* y, long yOffset, long yLength)
        {
            long i = get_global_id(0);
            if (i < yLength)
                y[yOffset + i] = a * x[xOffset + i] + y[yOffset + i];
        }
        """;

    private const string Coordinates = """
        kernel void coordinates(global int* y, long offset, long length, int width, uint flag, long big)
        {
            int column = (int)get_global_id(0), row = (int)get_global_id(1);
            int group = (int)(get_group_id(1) * get_num_groups(0) + get_group_id(0));
            y[offset + row * width + column] = get_work_dim() * 1000000 + group * 1000 + row * 10 + column + (flag == 4000000000u) + (big == 1L << 40);
        }
        """;

    private const string Reverse = """
        kernel void reverse(global float* x, long offset, long length, local float* shared)
        {
            int t = (int)get_local_id(0), n = (int)get_local_size(0);
            long start = offset + get_group_id(0) * n;
            shared[t] = x[start + t];
            barrier(CLK_LOCAL_MEM_FENCE);
            x[start + t] = shared[n - 1 - t];
        }
        """;

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(257)]
    public void Saxpy_OnSlices_HasTheBitsOfTheHost(int n)
    {
        using var device = new OpenClUnderTest();
        using OpenClKernel kernel = device.Kernel("saxpy", Saxpy, out OpenClProgram program);
        using OpenClProgram owned = program;
        float[] x = [.. Enumerable.Range(0, n + 5).Select(i => MathF.Sin(i))], y = [.. Enumerable.Range(0, n + 9).Select(i => MathF.Cos(i) / 3)];
        using OpenClBuffer xs = Upload(device.Context, x), ys = Upload(device.Context, y);

        kernel.Set(0.1f).Set(new DeviceSlice<float>(xs, 5, n)).Set(new DeviceSlice<float>(ys, 3, n)).Launch(new(RoundUp(n, 64)), new(64));

        float[] expected = [.. y];
        for (int i = 0; i < n; i++)
        {
            float product = 0.1f * x[5 + i];
            expected[3 + i] = product + y[3 + i];
        }
        Assert.Equal(expected.Select(BitConverter.SingleToInt32Bits), Download<float>(device.Context, ys).Select(BitConverter.SingleToInt32Bits));
    }

    [SkippableFact]
    public void Launch_InTwoDimensions_CountsColumnsFirst()
    {
        using var device = new OpenClUnderTest();
        using OpenClKernel kernel = device.Kernel("coordinates", Coordinates, out OpenClProgram program);
        using OpenClProgram owned = program;
        const int Width = 8, Height = 6;
        using OpenClBuffer y = device.Context.Allocate("y", (Width * Height + 1) * sizeof(int));

        kernel.Set(new DeviceSlice<int>(y, 1, Width * Height)).Set(Width).Set(4000000000u).Set(1L << 40).Launch(new(Width, Height), new(4, 2));

        var expected = from row in Enumerable.Range(0, Height)
                       from column in Enumerable.Range(0, Width)
                       select 2_000_000 + (((row / 2 * 2) + (column / 4)) * 1000) + (row * 10) + column + 2;
        Assert.Equal([0, .. expected], Download<int>(device.Context, y));
    }

    [SkippableFact]
    public void LocalMemory_HasTheSizeOfTheArgument()
    {
        using var device = new OpenClUnderTest();
        using OpenClKernel kernel = device.Kernel("reverse", Reverse, out OpenClProgram program);
        using OpenClProgram owned = program;
        float[] x = [.. Enumerable.Range(0, 65).Select(i => (float)i)];
        using OpenClBuffer buffer = Upload(device.Context, x);

        kernel.Set(new DeviceSlice<float>(buffer, 1, 64)).SetLocal(16 * sizeof(float)).Launch(new(64), new(16));

        float[] expected = [0, .. x[1..].Chunk(16).SelectMany(c => c.Reverse())];
        Assert.Equal(expected, Download<float>(device.Context, buffer));
    }

    [SkippableFact]
    public void Launch_OfNothing_DoesNothing()
    {
        using var device = new OpenClUnderTest();
        using OpenClKernel kernel = device.Kernel("reverse", Reverse, out OpenClProgram program);
        using OpenClProgram owned = program;

        kernel.Set(default(DeviceSlice<float>)).SetLocal(64).Launch(new(0), new(16));

        device.Context.Finish();
    }

    [SkippableFact]
    public void Launch_ThatTheDriverRefuses_NamesTheKernel_AndTheNextOneRuns()
    {
        using var device = new OpenClUnderTest();
        using OpenClKernel kernel = device.Kernel("reverse", Reverse, out OpenClProgram program);
        using OpenClProgram owned = program;
        using OpenClBuffer buffer = Upload(device.Context, [1, 2, 3, 4]);
        DeviceSlice<float> slice = new(buffer, 0, 4);

        // 3 does not divide 4.
        var sizes = Assert.Throws<DeviceException>(() => kernel.Set(slice).SetLocal(64).Launch(new(4), new(3)));
        var missing = Assert.Throws<DeviceException>(() => kernel.Set(slice).Launch(new(4), new(4)));
        var excess = Assert.Throws<DeviceException>(() => kernel.Set(slice).SetLocal(64).Set(1));
        kernel.Set(slice).SetLocal(4 * sizeof(float)).Launch(new(4), new(4));

        Assert.StartsWith("OpenCL could not launch kernel 'reverse': CL_INVALID_WORK_GROUP_SIZE (-54): ", sizes.Message, StringComparison.Ordinal);
        Assert.StartsWith("kernel 'reverse' was given 3 arguments, it has 4", missing.Message, StringComparison.Ordinal);
        Assert.StartsWith("OpenCL could not set argument 'reverse[4]': CL_INVALID_ARG_INDEX (-49): ", excess.Message, StringComparison.Ordinal);
        Assert.Equal([4, 3, 2, 1], Download<float>(device.Context, buffer));
    }

    [SkippableFact]
    public void Launch_AllocatesNothing()
    {
        using var device = new OpenClUnderTest();
        using OpenClKernel kernel = device.Kernel("saxpy", Saxpy, out OpenClProgram program);
        using OpenClProgram owned = program;
        using OpenClBuffer buffer = Upload(device.Context, new float[64]);
        DeviceSlice<float> slice = new(buffer, 0, 64);
        float[] values = new float[64];
        void Step()
        {
            device.Context.Upload<float>(values, slice);
            kernel.Set(0.5f).Set(slice).Set(slice).Launch(new(64), new(64));
            device.Context.Download(slice, values);
        }
        Step();

        // The least of some windows: the runtime, which replaces methods by faster ones for a while, may allocate on this thread.
        long least = long.MaxValue;
        for (int window = 0; window < 20 && least > 0; window++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 10; i++)
            {
                Step();
            }
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        Assert.Equal(0, least);
    }

    private static long RoundUp(long n, long multiple) => (n + multiple - 1) / multiple * multiple;

    private static OpenClBuffer Upload(OpenClContext context, float[] values)
    {
        OpenClBuffer buffer = context.Allocate("x", values.Length * sizeof(float));
        context.Upload<float>(values, new(buffer, 0, values.Length));
        return buffer;
    }

    private static T[] Download<T>(OpenClContext context, OpenClBuffer buffer) where T : unmanaged
    {
        var all = new T[buffer.Bytes / 4];
        context.Download(new DeviceSlice<T>(buffer, 0, all.Length), all);
        return all;
    }
}
