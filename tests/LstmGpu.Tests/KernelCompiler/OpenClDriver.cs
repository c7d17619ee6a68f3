using System.Runtime.InteropServices;
using System.Text;

namespace LstmGpu.Tests.KernelCompiler;

/// <summary>The few calls of the OpenCL driver that run one kernel over arrays, with nothing of the library in between.</summary>
internal static unsafe class OpenClDriver
{
    private const string Library = "libOpenCL.so.1";

    public static nint Device { get; } = Find();

    /// <summary>Builds the text, runs the kernel on one grid and reads every array back. Views are arrays; anything else is passed by value.</summary>
    public static void Run(string text, string kernel, int groups, int groupSize, params object[] arguments) => Run(text, kernel, groups, groupSize, 0, arguments);

    public static void Run(string text, string kernel, int groups, int groupSize, int dynamicBytes, object[] arguments) =>
        Run(text, kernel, (groups, 1, 1), (groupSize, 1, 1), dynamicBytes, arguments);

    public static void Run(string text, string kernel, (int X, int Y, int Z) grid, (int X, int Y, int Z) group, int dynamicBytes, object[] arguments)
    {
        nint device = Device;
        nint context = clCreateContext(null, 1, &device, 0, 0, out int error);
        nint queue = clCreateCommandQueue(context, device, 0, out error);
        nint source = Marshal.StringToCoTaskMemUTF8(text);
        nint program = clCreateProgramWithSource(context, 1, &source, null, out error);
        if (clBuildProgram(program, 1, &device, "-cl-std=CL1.2 -cl-fp32-correctly-rounded-divide-sqrt", 0, 0) != 0)
        {
            byte[] log = new byte[65536];
            clGetProgramBuildInfo(program, device, 0x1183, log.Length, log, out nint length);
            throw new InvalidOperationException(Encoding.UTF8.GetString(log, 0, (int)length) + "\n" + text);
        }

        nint function = clCreateKernel(program, kernel, out error);
        Check(error);
        var buffers = new List<(nint Buffer, GCHandle Pin, int Bytes)>();
        uint next = 0;
        foreach (object argument in arguments)
        {
            if (argument is Array array)
            {
                GCHandle pin = GCHandle.Alloc(array, GCHandleType.Pinned);
                int bytes = Buffer.ByteLength(array);
                nint buffer = clCreateBuffer(context, 1 | 32, bytes, pin.AddrOfPinnedObject(), out error);
                Check(error);
                buffers.Add((buffer, pin, bytes));
                long offset = 0, count = array.Length;
                Check(clSetKernelArg(function, next++, sizeof(nint), &buffer));
                Check(clSetKernelArg(function, next++, 8, &offset));
                Check(clSetKernelArg(function, next++, 8, &count));
            }
            else
            {
                GCHandle pin = GCHandle.Alloc(argument, GCHandleType.Pinned);
                Check(clSetKernelArg(function, next++, Marshal.SizeOf(argument), (void*)pin.AddrOfPinnedObject()));
                pin.Free();
            }
        }

        if (dynamicBytes > 0)
        {
            Check(clSetKernelArg(function, next++, dynamicBytes, null));
            Check(clSetKernelArg(function, next++, 4, &dynamicBytes));
        }

        nint* global = stackalloc nint[] { grid.X * group.X, grid.Y * group.Y, grid.Z * group.Z };
        nint* local = stackalloc nint[] { group.X, group.Y, group.Z };
        Check(clEnqueueNDRangeKernel(queue, function, 3, null, global, local, 0, 0, 0));
        foreach ((nint buffer, GCHandle pin, int bytes) in buffers)
        {
            Check(clEnqueueReadBuffer(queue, buffer, 1, 0, bytes, pin.AddrOfPinnedObject(), 0, 0, 0));
            pin.Free();
            Check(clReleaseMemObject(buffer));
        }
        Check(clReleaseKernel(function));
        Check(clReleaseProgram(program));
        Check(clReleaseCommandQueue(queue));
        Check(clReleaseContext(context));
        Marshal.FreeCoTaskMem(source);
    }

    private static void Check(int error)
    {
        if (error != 0)
        {
            throw new InvalidOperationException($"OpenCL error {error}");
        }
    }

    private static nint Find()
    {
        if (!NativeLibrary.TryLoad(Library, out _))
        {
            return 0;
        }

        nint platform = 0, device = 0;
        return clGetPlatformIDs(1, &platform, out uint platforms) == 0 && platforms > 0 && clGetDeviceIDs(platform, 0xFFFFFFFF, 1, &device, out _) == 0 ? device : 0;
    }

    [DllImport(Library)] private static extern int clGetPlatformIDs(uint count, nint* platforms, out uint found);
    [DllImport(Library)] private static extern int clGetDeviceIDs(nint platform, ulong type, uint count, nint* devices, out uint found);
    [DllImport(Library)] private static extern nint clCreateContext(nint* properties, uint count, nint* devices, nint notify, nint data, out int error);
    [DllImport(Library)] private static extern nint clCreateCommandQueue(nint context, nint device, ulong properties, out int error);
    [DllImport(Library)] private static extern nint clCreateProgramWithSource(nint context, uint count, nint* texts, nint* lengths, out int error);
    [DllImport(Library)] private static extern int clBuildProgram(nint program, uint count, nint* devices, string options, nint notify, nint data);
    [DllImport(Library)] private static extern int clGetProgramBuildInfo(nint program, nint device, uint what, nint size, byte[] value, out nint length);
    [DllImport(Library)] private static extern nint clCreateKernel(nint program, string name, out int error);
    [DllImport(Library)] private static extern nint clCreateBuffer(nint context, ulong flags, nint size, nint host, out int error);
    [DllImport(Library)] private static extern int clSetKernelArg(nint kernel, uint index, nint size, void* value);
    [DllImport(Library)] private static extern int clEnqueueNDRangeKernel(nint queue, nint kernel, uint axes, nint* offset, nint* global, nint* local, uint waits, nint wait, nint done);
    [DllImport(Library)] private static extern int clEnqueueReadBuffer(nint queue, nint buffer, uint block, nint offset, nint size, nint host, uint waits, nint wait, nint done);
    [DllImport(Library)] private static extern int clReleaseMemObject(nint buffer);
    [DllImport(Library)] private static extern int clReleaseKernel(nint kernel);
    [DllImport(Library)] private static extern int clReleaseProgram(nint program);
    [DllImport(Library)] private static extern int clReleaseCommandQueue(nint queue);
    [DllImport(Library)] private static extern int clReleaseContext(nint context);
}
