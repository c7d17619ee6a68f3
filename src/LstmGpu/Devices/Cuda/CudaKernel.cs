using System.Text;
using ILGPU;

namespace LstmGpu.Devices.Cuda;

/// <summary>One kernel of a module of its own, compiled by the driver for its device and kept.</summary>
internal sealed unsafe class CudaKernel : IDisposable
{
    // What a group may have without asking.
    private const int SharedWithoutOptIn = 48 << 10;

    private const int LogBytes = 8 << 10;

    // Where the driver's compiler writes, pinned for as long as the module is: a driver that loads lazily may compile after the call that named them.
    private readonly byte[] errors = GC.AllocateArray<byte>(LogBytes, pinned: true), remarks = GC.AllocateArray<byte>(LogBytes, pinned: true);

    private readonly CudaContext context;
    private readonly ModuleHandle module;
    private readonly nint function;
    private readonly (int X, int Y, int Z) group;
    private int grantedShared;

    /// <param name="image">PTX with a closing zero, or a binary.</param>
    /// <exception cref="DeviceException">The driver refuses the image; the message has the start of its compiler's log.</exception>
    public CudaKernel(CudaContext context, string name, ReadOnlySpan<byte> image, (int X, int Y, int Z) group)
    {
        (this.context, this.group, Name) = (context, group, name);
        context.Enter();
        module = Load(image);
        try
        {
            CudaStatus.Check(CudaNative.ModuleGetFunction(out function, module, name), "find kernel", name);
            Registers = Attribute(CudaFunctionAttribute.Registers);
            SharedBytes = Attribute(CudaFunctionAttribute.SharedBytes);
            LocalBytes = Attribute(CudaFunctionAttribute.LocalBytes);
            MaxThreads = Attribute(CudaFunctionAttribute.MaxThreadsPerBlock);
            grantedShared = Math.Max(0, SharedWithoutOptIn - SharedBytes);
        }
        catch
        {
            module.Dispose();
            throw;
        }
    }

    public string Name { get; }

    /// <summary>Per thread.</summary>
    public int Registers { get; }

    /// <summary>Per group, without what a launch adds.</summary>
    public int SharedBytes { get; }

    /// <summary>Per thread: no kernel has arrays of its own there, so these are registers that were spilled.</summary>
    public int LocalBytes { get; }

    /// <summary>The largest group that the registers allow.</summary>
    public int MaxThreads { get; }

    private int Threads => group.X * group.Y * group.Z;

    /// <summary>Groups that one multiprocessor holds at once.</summary>
    public int GroupsPerUnit(int dynamicShared = 0)
    {
        context.Enter();
        int code = CudaNative.OccupancyMaxActiveBlocksPerMultiprocessor(out int groups, function, Threads, (nuint)dynamicShared);
        CudaStatus.Check(code, "ask for the occupancy of", Name);
        return groups;
    }

    /// <summary>Enqueues the kernel. Nothing is allocated.</summary>
    /// <param name="parameters">The address of every argument, in the order of the kernel's parameters.</param>
    public void Launch(Index3D grid, int dynamicShared, void** parameters)
    {
        Prepare(dynamicShared);
        int code = CudaNative.LaunchKernel(
            function, (uint)grid.X, (uint)grid.Y, (uint)grid.Z, (uint)group.X, (uint)group.Y, (uint)group.Z, (uint)dynamicShared, context.Stream, parameters, null);
        CudaStatus.Check(code, "launch kernel", Name);
    }

    /// <inheritdoc cref="Launch(Index3D, int, void**)"/>
    public void Launch(Index3D grid, int dynamicShared, void** parameters, ReadOnlySpan<CudaLaunchAttribute> attributes)
    {
        Prepare(dynamicShared);
        fixed (CudaLaunchAttribute* first = attributes)
        {
            var configuration = new CudaLaunchConfiguration
            {
                GridX = (uint)grid.X,
                GridY = (uint)grid.Y,
                GridZ = (uint)grid.Z,
                BlockX = (uint)group.X,
                BlockY = (uint)group.Y,
                BlockZ = (uint)group.Z,
                DynamicShared = (uint)dynamicShared,
                Stream = context.Stream.DangerousGetHandle(),
                Attributes = first,
                AttributeCount = (uint)attributes.Length,
            };
            CudaStatus.Check(CudaNative.LaunchKernelEx(&configuration, function, parameters, null), "launch kernel", Name);
        }
    }

    public void Dispose() => module.Dispose();

    private void Prepare(int dynamicShared)
    {
        context.Enter();
        if (dynamicShared > grantedShared)
        {
            CudaStatus.Check(CudaNative.FuncSetAttribute(function, CudaFunctionAttribute.MaxDynamicSharedBytes, dynamicShared), "give shared memory to", Name);
            grantedShared = dynamicShared;
        }
    }

    private int Attribute(CudaFunctionAttribute attribute)
    {
        CudaStatus.Check(CudaNative.FuncGetAttribute(out int value, attribute, function), "describe kernel", Name);
        return value;
    }

    private ModuleHandle Load(ReadOnlySpan<byte> image)
    {
        fixed (byte* start = image, error = errors, info = remarks)
        {
            CudaJitOption* options = stackalloc CudaJitOption[]
            {
                CudaJitOption.ErrorLogBuffer, CudaJitOption.ErrorLogBufferSizeBytes, CudaJitOption.InfoLogBuffer, CudaJitOption.InfoLogBufferSizeBytes,
            };
            nint* values = stackalloc nint[] { (nint)error, LogBytes, (nint)info, LogBytes };
            int code = CudaNative.ModuleLoadDataEx(out nint value, start, 4, options, values);
            if (code != CudaStatus.Success)
            {
                string log = string.Join('\n', Text(errors), Text(remarks)).Trim();
                throw new DeviceException(
                    $"kernel '{Name}' does not load on '{context.Device.Name}' (CUDA {context.Device.Driver}): {CudaStatus.Describe(code)}; " +
                    $"the driver says: {DriverLog.Shorten(log)}; update the driver, or use --device cpu");
            }
            return new ModuleHandle(value, context.Handle, context.Ledger);
        }
    }

    // Up to the first zero; a full buffer has none.
    private static string Text(byte[] log)
    {
        int end = Array.IndexOf(log, (byte)0);
        return Encoding.UTF8.GetString(log, 0, end < 0 ? log.Length : end);
    }
}
