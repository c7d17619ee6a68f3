namespace LstmGpu.Devices.OpenCl;

/// <summary>
/// One kernel with its arguments in order: <c>kernel.Set(x).Set(n).SetLocal(bytes).Launch(global, local)</c>. Nothing is allocated.
/// </summary>
internal sealed unsafe class OpenClKernel : IDisposable
{
    private const uint ArgumentCountName = 0x1191, GroupSizeName = 0x11B0;
    private readonly KernelHandle handle;
    private readonly QueueHandle queue;
    private uint next;

    public OpenClKernel(OpenClContext context, string name, KernelHandle handle)
    {
        this.handle = handle;
        queue = context.Queue;
        Name = name;
        uint count = 0;
        nuint group = 0;
        int code = OpenClNative.GetKernelInfo(handle, ArgumentCountName, sizeof(uint), &count, null);
        if (code == OpenClStatus.Success)
        {
            code = OpenClNative.GetKernelWorkGroupInfo(handle, context.Device.Id, GroupSizeName, (nuint)sizeof(nuint), &group, null);
        }
        if (code != OpenClStatus.Success)
        {
            handle.Dispose();
            throw OpenClStatus.Failure(code, "describe kernel", name);
        }
        ArgumentCount = count;
        MaxGroup = (long)group;
    }

    public string Name { get; }

    /// <summary>Parameters in the kernel's C text; a buffer counts as three.</summary>
    public uint ArgumentCount { get; }

    /// <summary>Threads of the largest group that this kernel's registers and local memory allow.</summary>
    public long MaxGroup { get; }

    /// <summary>Three parameters: <c>global T*, long offset, long length</c>, in elements. The default slice is a null pointer.</summary>
    public OpenClKernel Set<T>(DeviceSlice<T> x) where T : unmanaged
    {
        if (x.Buffer is null)
        {
            nint none = 0;
            return Argument(sizeof(nint), &none).Set(0L).Set(0L);
        }
        MemoryHandle memory = x.Handle();
        nint value = memory.DangerousGetHandle();
        Argument(sizeof(nint), &value).Set(x.Offset).Set(x.Length);
        GC.KeepAlive(memory);
        return this;
    }

    /// <summary>A number, or a struct of numbers, by its bytes. A bool is one byte.</summary>
    public OpenClKernel Set<T>(T value) where T : unmanaged => Argument(sizeof(T), &value);

    /// <summary>A <c>local T*</c> parameter of this many bytes.</summary>
    public OpenClKernel SetLocal(int bytes) => Argument(bytes, null);

    /// <summary>Enqueues the kernel. A size with a 0 in it has nothing to do. The local size must divide the global size.</summary>
    /// <exception cref="DeviceException">Arguments are missing, or the driver refuses the sizes.</exception>
    public void Launch(WorkSize global, WorkSize local)
    {
        uint given = next;
        next = 0;
        if (given != ArgumentCount)
        {
            string counts = FormattableString.Invariant($"was given {given} arguments, it has {ArgumentCount}");
            throw new DeviceException($"kernel '{Name}' {counts}; this is a bug, please report it");
        }
        if (global.IsEmpty)
        {
            return;
        }
        nuint* sizes = stackalloc nuint[] { global.X, global.Y, global.Z, local.X, local.Y, local.Z };
        int code = OpenClNative.EnqueueNDRangeKernel(queue, handle, (uint)global.Dimensions, null, sizes, sizes + 3, 0, null, null);
        OpenClStatus.Check(code, "launch kernel", Name);
    }

    public void Dispose() => handle.Dispose();

    private OpenClKernel Argument(int bytes, void* value)
    {
        int code = OpenClNative.SetKernelArg(handle, next, (nuint)bytes, value);
        if (code != OpenClStatus.Success)
        {
            string argument = FormattableString.Invariant($"{Name}[{next}]");
            next = 0;
            throw OpenClStatus.Failure(code, "set argument", argument);
        }
        next++;
        return this;
    }
}
