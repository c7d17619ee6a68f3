using System.Runtime.InteropServices;

namespace LstmGpu.Devices.Cuda;

/// <summary>
/// The functions of the driver API that the device needs, named as in its manual without <c>cu</c>. An entry point ending in _v2 is what cuda.h
/// makes of the plain name; the plain one of some is an older function with 32-bit addresses.
/// </summary>
internal static unsafe partial class CudaNative
{
    private const string Library = CudaLibrary.ImportName;

    [LibraryImport(Library, EntryPoint = "cuInit")]
    public static partial int Init(uint flags);

    [LibraryImport(Library, EntryPoint = "cuDriverGetVersion")]
    public static partial int DriverGetVersion(out int version);

    // Devices

    [LibraryImport(Library, EntryPoint = "cuDeviceGetCount")]
    public static partial int DeviceGetCount(out int count);

    [LibraryImport(Library, EntryPoint = "cuDeviceGet")]
    public static partial int DeviceGet(out int device, int ordinal);

    [LibraryImport(Library, EntryPoint = "cuDeviceGetName")]
    public static partial int DeviceGetName(byte* name, int length, int device);

    [LibraryImport(Library, EntryPoint = "cuDeviceTotalMem_v2")]
    public static partial int DeviceTotalMem(out nuint bytes, int device);

    [LibraryImport(Library, EntryPoint = "cuDeviceGetAttribute")]
    public static partial int DeviceGetAttribute(out int value, CudaDeviceAttribute attribute, int device);

    // Context

    [LibraryImport(Library, EntryPoint = "cuDevicePrimaryCtxRetain")]
    public static partial int DevicePrimaryCtxRetain(out nint context, int device);

    [LibraryImport(Library, EntryPoint = "cuDevicePrimaryCtxRelease_v2")]
    public static partial int DevicePrimaryCtxRelease(int device);

    [LibraryImport(Library, EntryPoint = "cuCtxSetCurrent")]
    public static partial int CtxSetCurrent(nint context);

    // Streams and events

    [LibraryImport(Library, EntryPoint = "cuStreamCreate")]
    public static partial int StreamCreate(out nint stream, uint flags);

    [LibraryImport(Library, EntryPoint = "cuStreamGetCtx")]
    public static partial int StreamGetCtx(nint stream, out nint context);

    [LibraryImport(Library, EntryPoint = "cuStreamDestroy_v2")]
    public static partial int StreamDestroy(nint stream);

    [LibraryImport(Library, EntryPoint = "cuStreamSynchronize")]
    public static partial int StreamSynchronize(StreamHandle stream);

    [LibraryImport(Library, EntryPoint = "cuEventCreate")]
    public static partial int EventCreate(out nint handle, uint flags);

    [LibraryImport(Library, EntryPoint = "cuEventDestroy_v2")]
    public static partial int EventDestroy(nint handle);

    [LibraryImport(Library, EntryPoint = "cuEventRecord")]
    public static partial int EventRecord(EventHandle handle, StreamHandle stream);

    [LibraryImport(Library, EntryPoint = "cuEventSynchronize")]
    public static partial int EventSynchronize(EventHandle handle);

    // Memory

    [LibraryImport(Library, EntryPoint = "cuMemGetInfo_v2")]
    public static partial int MemGetInfo(out nuint free, out nuint total);

    [LibraryImport(Library, EntryPoint = "cuMemAlloc_v2")]
    public static partial int MemAlloc(out nint memory, nuint bytes);

    [LibraryImport(Library, EntryPoint = "cuMemFree_v2")]
    public static partial int MemFree(nint memory);

    [LibraryImport(Library, EntryPoint = "cuMemAllocAsync")]
    public static partial int MemAllocAsync(out nint memory, nuint bytes, StreamHandle stream);

    [LibraryImport(Library, EntryPoint = "cuMemFreeAsync")]
    public static partial int MemFreeAsync(nint memory, nint stream);

    [LibraryImport(Library, EntryPoint = "cuMemHostAlloc")]
    public static partial int MemHostAlloc(out nint memory, nuint bytes, uint flags);

    [LibraryImport(Library, EntryPoint = "cuMemFreeHost")]
    public static partial int MemFreeHost(nint memory);

    [LibraryImport(Library, EntryPoint = "cuMemcpyHtoDAsync_v2")]
    public static partial int MemcpyHtoDAsync(nint destination, void* source, nuint bytes, StreamHandle stream);

    [LibraryImport(Library, EntryPoint = "cuMemcpyDtoHAsync_v2")]
    public static partial int MemcpyDtoHAsync(void* destination, nint source, nuint bytes, StreamHandle stream);

    [LibraryImport(Library, EntryPoint = "cuMemcpyDtoDAsync_v2")]
    public static partial int MemcpyDtoDAsync(nint destination, nint source, nuint bytes, StreamHandle stream);

    [LibraryImport(Library, EntryPoint = "cuMemsetD8Async")]
    public static partial int MemsetD8Async(nint destination, byte value, nuint count, StreamHandle stream);

    [LibraryImport(Library, EntryPoint = "cuMemsetD32Async")]
    public static partial int MemsetD32Async(nint destination, uint value, nuint count, StreamHandle stream);

    /// <summary>For an attribute of 32 bits.</summary>
    [LibraryImport(Library, EntryPoint = "cuPointerGetAttribute")]
    public static partial int PointerGetAttribute(out int value, CudaPointerAttribute attribute, nint memory);

    // Modules and functions

    [LibraryImport(Library, EntryPoint = "cuModuleLoadDataEx")]
    public static partial int ModuleLoadDataEx(out nint module, byte* image, uint count, CudaJitOption* options, nint* values);

    [LibraryImport(Library, EntryPoint = "cuModuleUnload")]
    public static partial int ModuleUnload(nint module);

    [LibraryImport(Library, EntryPoint = "cuModuleGetFunction", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ModuleGetFunction(out nint function, ModuleHandle module, string name);

    [LibraryImport(Library, EntryPoint = "cuFuncGetAttribute")]
    public static partial int FuncGetAttribute(out int value, CudaFunctionAttribute attribute, nint function);

    [LibraryImport(Library, EntryPoint = "cuFuncSetAttribute")]
    public static partial int FuncSetAttribute(nint function, CudaFunctionAttribute attribute, int value);

    [LibraryImport(Library, EntryPoint = "cuOccupancyMaxActiveBlocksPerMultiprocessor")]
    public static partial int OccupancyMaxActiveBlocksPerMultiprocessor(out int blocks, nint function, int blockSize, nuint dynamicShared);

    [LibraryImport(Library, EntryPoint = "cuLaunchKernel")]
    public static partial int LaunchKernel(
        nint function,
        uint gridX,
        uint gridY,
        uint gridZ,
        uint blockX,
        uint blockY,
        uint blockZ,
        uint dynamicShared,
        StreamHandle stream,
        void** parameters,
        void** extra);

    [LibraryImport(Library, EntryPoint = "cuLaunchKernelEx")]
    public static partial int LaunchKernelEx(CudaLaunchConfiguration* configuration, nint function, void** parameters, void** extra);

    // Graphs

    [LibraryImport(Library, EntryPoint = "cuStreamBeginCapture_v2")]
    public static partial int StreamBeginCapture(StreamHandle stream, int mode);

    [LibraryImport(Library, EntryPoint = "cuStreamEndCapture")]
    public static partial int StreamEndCapture(StreamHandle stream, out nint graph);

    [LibraryImport(Library, EntryPoint = "cuGraphInstantiateWithFlags")]
    public static partial int GraphInstantiate(out nint executable, GraphHandle graph, ulong flags);

    [LibraryImport(Library, EntryPoint = "cuGraphLaunch")]
    public static partial int GraphLaunch(GraphExecutableHandle executable, StreamHandle stream);

    [LibraryImport(Library, EntryPoint = "cuGraphExecDestroy")]
    public static partial int GraphExecDestroy(nint executable);

    [LibraryImport(Library, EntryPoint = "cuGraphDestroy")]
    public static partial int GraphDestroy(nint graph);
}

/// <summary>CUdevice_attribute.</summary>
internal enum CudaDeviceAttribute
{
    MaxSharedMemoryPerBlock = 8,
    MultiprocessorCount = 16,
    ComputeMode = 20,
    ComputeCapabilityMajor = 75,
    ComputeCapabilityMinor = 76,
    CooperativeLaunch = 95,
    MaxSharedMemoryPerBlockOptIn = 97,
    MemoryPoolsSupported = 115,
    ClusterLaunch = 120,
}

/// <summary>CUpointer_attribute.</summary>
internal enum CudaPointerAttribute
{
    DeviceOrdinal = 9,
}

/// <summary>CUfunction_attribute.</summary>
internal enum CudaFunctionAttribute
{
    MaxThreadsPerBlock = 0,
    SharedBytes = 1,
    LocalBytes = 3,
    Registers = 4,
    MaxDynamicSharedBytes = 8,
}

/// <summary>CUjit_option; a value is as wide as a pointer.</summary>
internal enum CudaJitOption
{
    InfoLogBuffer = 3,
    InfoLogBufferSizeBytes = 4,
    ErrorLogBuffer = 5,
    ErrorLogBufferSizeBytes = 6,
}

/// <summary>CUlaunchConfig.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct CudaLaunchConfiguration
{
    public uint GridX, GridY, GridZ, BlockX, BlockY, BlockZ, DynamicShared;
    public nint Stream;
    public CudaLaunchAttribute* Attributes;
    public uint AttributeCount;
}

/// <summary>CUlaunchAttribute: what it is, and 64 bytes of value from the eighth on.</summary>
[StructLayout(LayoutKind.Explicit, Size = 72)]
internal struct CudaLaunchAttribute
{
    private const int CooperativeId = 2, ClusterId = 4;

    [FieldOffset(0)]
    private int id;

    [FieldOffset(8)]
    private uint x;

    [FieldOffset(12)]
    private uint y;

    [FieldOffset(16)]
    private uint z;

    /// <summary>All groups run at once and may wait for each other.</summary>
    public static CudaLaunchAttribute Cooperative => new() { id = CooperativeId, x = 1 };

    /// <summary>So many groups share one cluster; it must divide the grid.</summary>
    public static CudaLaunchAttribute Cluster(uint x, uint y, uint z) => new() { id = ClusterId, x = x, y = y, z = z };
}
