using System.Runtime.InteropServices;

namespace LstmGpu.Devices.OpenCl;

/// <summary>The functions of OpenCL 1.2 that the device needs, named as in the specification without <c>cl</c>.</summary>
internal static unsafe partial class OpenClNative
{
    private const string Library = OpenClLibrary.ImportName;

    [LibraryImport(Library, EntryPoint = "clGetPlatformIDs")]
    public static partial int GetPlatformIDs(uint entries, nint* platforms, out uint count);

    [LibraryImport(Library, EntryPoint = "clGetPlatformInfo")]
    public static partial int GetPlatformInfo(nint platform, uint name, nuint size, void* value, out nuint needed);

    [LibraryImport(Library, EntryPoint = "clGetDeviceIDs")]
    public static partial int GetDeviceIDs(nint platform, ulong type, uint entries, nint* devices, out uint count);

    [LibraryImport(Library, EntryPoint = "clGetDeviceInfo")]
    public static partial int GetDeviceInfo(nint device, uint name, nuint size, void* value, out nuint needed);

    [LibraryImport(Library, EntryPoint = "clCreateContext")]
    public static partial nint CreateContext(nint* properties, uint count, nint* devices, nint notify, nint state, out int code);

    [LibraryImport(Library, EntryPoint = "clReleaseContext")]
    public static partial int ReleaseContext(nint context);

    [LibraryImport(Library, EntryPoint = "clCreateCommandQueue")]
    public static partial nint CreateCommandQueue(ContextHandle context, nint device, ulong properties, out int code);

    [LibraryImport(Library, EntryPoint = "clReleaseCommandQueue")]
    public static partial int ReleaseCommandQueue(nint queue);

    [LibraryImport(Library, EntryPoint = "clFinish")]
    public static partial int Finish(QueueHandle queue);

    [LibraryImport(Library, EntryPoint = "clCreateBuffer")]
    public static partial nint CreateBuffer(ContextHandle context, ulong flags, nuint bytes, void* host, out int code);

    [LibraryImport(Library, EntryPoint = "clReleaseMemObject")]
    public static partial int ReleaseMemObject(nint memory);

    [LibraryImport(Library, EntryPoint = "clEnqueueMapBuffer")]
    public static partial void* EnqueueMapBuffer(
        QueueHandle queue, MemoryHandle memory, uint blocking, ulong flags, nuint offset, nuint bytes, uint waits, nint* waitFor, nint* signal, out int code);

    [LibraryImport(Library, EntryPoint = "clEnqueueUnmapMemObject")]
    public static partial int EnqueueUnmapMemObject(QueueHandle queue, MemoryHandle memory, void* mapped, uint waits, nint* waitFor, nint* signal);

    [LibraryImport(Library, EntryPoint = "clEnqueueWriteBuffer")]
    public static partial int EnqueueWriteBuffer(
        QueueHandle queue, MemoryHandle memory, uint blocking, nuint offset, nuint bytes, void* source, uint waits, nint* waitFor, nint* signal);

    [LibraryImport(Library, EntryPoint = "clEnqueueReadBuffer")]
    public static partial int EnqueueReadBuffer(
        QueueHandle queue, MemoryHandle memory, uint blocking, nuint offset, nuint bytes, void* destination, uint waits, nint* waitFor, nint* signal);

    [LibraryImport(Library, EntryPoint = "clEnqueueCopyBuffer")]
    public static partial int EnqueueCopyBuffer(
        QueueHandle queue, MemoryHandle source, MemoryHandle destination, nuint from, nuint to, nuint bytes, uint waits, nint* waitFor, nint* signal);

    [LibraryImport(Library, EntryPoint = "clEnqueueFillBuffer")]
    public static partial int EnqueueFillBuffer(
        QueueHandle queue, MemoryHandle memory, void* pattern, nuint patternBytes, nuint offset, nuint bytes, uint waits, nint* waitFor, nint* signal);

    [LibraryImport(Library, EntryPoint = "clWaitForEvents")]
    public static partial int WaitForEvents(uint count, nint* events);

    [LibraryImport(Library, EntryPoint = "clReleaseEvent")]
    public static partial int ReleaseEvent(nint handle);

    [LibraryImport(Library, EntryPoint = "clCreateProgramWithSource")]
    public static partial nint CreateProgramWithSource(ContextHandle context, uint count, byte** sources, nuint* lengths, out int code);

    [LibraryImport(Library, EntryPoint = "clCreateProgramWithBinary")]
    public static partial nint CreateProgramWithBinary(
        ContextHandle context, uint count, nint* devices, nuint* lengths, byte** binaries, int* statuses, out int code);

    [LibraryImport(Library, EntryPoint = "clReleaseProgram")]
    public static partial int ReleaseProgram(nint program);

    [LibraryImport(Library, EntryPoint = "clBuildProgram", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int BuildProgram(ProgramHandle program, uint count, nint* devices, string options, nint notify, nint state);

    [LibraryImport(Library, EntryPoint = "clGetProgramInfo")]
    public static partial int GetProgramInfo(ProgramHandle program, uint name, nuint size, void* value, nuint* needed);

    [LibraryImport(Library, EntryPoint = "clGetProgramBuildInfo")]
    public static partial int GetProgramBuildInfo(ProgramHandle program, nint device, uint name, nuint size, void* value, out nuint needed);

    [LibraryImport(Library, EntryPoint = "clCreateKernel", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint CreateKernel(ProgramHandle program, string name, out int code);

    [LibraryImport(Library, EntryPoint = "clReleaseKernel")]
    public static partial int ReleaseKernel(nint kernel);

    [LibraryImport(Library, EntryPoint = "clGetKernelInfo")]
    public static partial int GetKernelInfo(KernelHandle kernel, uint name, nuint size, void* value, nuint* needed);

    [LibraryImport(Library, EntryPoint = "clGetKernelWorkGroupInfo")]
    public static partial int GetKernelWorkGroupInfo(KernelHandle kernel, nint device, uint name, nuint size, void* value, nuint* needed);

    [LibraryImport(Library, EntryPoint = "clSetKernelArg")]
    public static partial int SetKernelArg(KernelHandle kernel, uint index, nuint bytes, void* value);

    [LibraryImport(Library, EntryPoint = "clEnqueueNDRangeKernel")]
    public static partial int EnqueueNDRangeKernel(
        QueueHandle queue, KernelHandle kernel, uint dimensions, nuint* offset, nuint* global, nuint* local, uint waits, nint* waitFor, nint* signal);
}
