using System.Runtime.InteropServices;

namespace LstmGpu.Devices.Cuda;

/// <summary>
/// A driver object, released once whatever happens. The last release of a primary context destroys what is left in it, so an object keeps its
/// context; any thread, the finalizer's too, may release it, so the context is made current first.
/// </summary>
internal abstract class CudaHandle : SafeHandle
{
    private readonly HandleLedger ledger;
    private readonly CudaHandle? parent;

    protected CudaHandle(nint value, CudaHandle? parent, HandleLedger ledger) : base(invalidHandleValue: 0, ownsHandle: true)
    {
        this.ledger = ledger;
        this.parent = parent;
        bool kept = false;
        parent?.DangerousAddRef(ref kept);
        SetHandle(value);
        ledger.Open();
    }

    public override bool IsInvalid => handle == 0;

    protected CudaHandle? Parent => parent;

    protected virtual nint Context => parent!.Context;

    protected override bool ReleaseHandle()
    {
        // A lost device refuses; what it held is gone with it.
        _ = CudaNative.CtxSetCurrent(Context);
        int code = Release(handle);
        ledger.Close();
        parent?.DangerousRelease();
        return code == CudaStatus.Success;
    }

    protected abstract int Release(nint value);
}

/// <summary>The context that every user of the device in this process shares: addresses of other libraries are valid in it.</summary>
internal sealed class PrimaryContextHandle(nint value, int device, HandleLedger ledger) : CudaHandle(value, null, ledger)
{
    protected override nint Context => handle;

    protected override int Release(nint value) => CudaNative.DevicePrimaryCtxRelease(device);

    /// <summary>Every call of the driver works in the calling thread's current context, which another library may have changed.</summary>
    public void Enter() => CudaStatus.Check(CudaNative.CtxSetCurrent(handle), "enter", "the device's context");
}

/// <param name="owned">Whether it ends with this; somebody else's is only let go.</param>
internal sealed class StreamHandle(nint value, PrimaryContextHandle context, HandleLedger ledger, bool owned = true) : CudaHandle(value, context, ledger)
{
    protected override int Release(nint value) => owned ? CudaNative.StreamDestroy(value) : CudaStatus.Success;
}

internal sealed class EventHandle(nint value, PrimaryContextHandle context, HandleLedger ledger) : CudaHandle(value, context, ledger)
{
    protected override int Release(nint value) => CudaNative.EventDestroy(value);
}

internal sealed class ModuleHandle(nint value, PrimaryContextHandle context, HandleLedger ledger) : CudaHandle(value, context, ledger)
{
    protected override int Release(nint value) => CudaNative.ModuleUnload(value);
}

internal sealed class PinnedHandle(nint value, PrimaryContextHandle context, HandleLedger ledger) : CudaHandle(value, context, ledger)
{
    public unsafe byte* Pointer => (byte*)handle;

    protected override int Release(nint value) => CudaNative.MemFreeHost(value);
}

/// <summary>Device memory; of the pool it is freed in the order of its stream, after the commands that use it.</summary>
internal sealed class MemoryHandle(nint value, StreamHandle stream, bool pooled, HandleLedger ledger) : CudaHandle(value, stream, ledger)
{
    /// <summary>The address; valid while this is open.</summary>
    public nint Address => handle;

    // cuMemFree waits for the device itself.
    protected override int Release(nint value) => pooled ? CudaNative.MemFreeAsync(value, Parent!.DangerousGetHandle()) : CudaNative.MemFree(value);
}

internal sealed class GraphHandle(nint value, PrimaryContextHandle context, HandleLedger ledger) : CudaHandle(value, context, ledger)
{
    protected override int Release(nint value) => CudaNative.GraphDestroy(value);
}

internal sealed class GraphExecutableHandle(nint value, PrimaryContextHandle context, HandleLedger ledger) : CudaHandle(value, context, ledger)
{
    protected override int Release(nint value) => CudaNative.GraphExecDestroy(value);
}
