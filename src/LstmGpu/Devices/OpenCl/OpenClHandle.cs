using System.Runtime.InteropServices;

namespace LstmGpu.Devices.OpenCl;

/// <summary>A reference to a driver object, released once whatever happens. The driver keeps a parent alive while it has children.</summary>
internal abstract class OpenClHandle : SafeHandle
{
    private readonly HandleLedger ledger;

    protected OpenClHandle(nint value, HandleLedger ledger) : base(invalidHandleValue: 0, ownsHandle: true)
    {
        this.ledger = ledger;
        Adopt(value);
    }

    public override bool IsInvalid => handle == 0;

    protected void Adopt(nint value)
    {
        SetHandle(value);
        if (value != 0)
        {
            ledger.Open();
        }
    }

    protected override bool ReleaseHandle()
    {
        int code = Release(handle);
        handle = 0;
        ledger.Close();
        return code == OpenClStatus.Success;
    }

    protected abstract int Release(nint value);
}

internal sealed class ContextHandle(nint value, HandleLedger ledger) : OpenClHandle(value, ledger)
{
    protected override int Release(nint value) => OpenClNative.ReleaseContext(value);
}

internal sealed class QueueHandle(nint value, HandleLedger ledger) : OpenClHandle(value, ledger)
{
    protected override int Release(nint value) => OpenClNative.ReleaseCommandQueue(value);
}

internal sealed class MemoryHandle(nint value, HandleLedger ledger) : OpenClHandle(value, ledger)
{
    protected override int Release(nint value) => OpenClNative.ReleaseMemObject(value);
}

internal sealed class ProgramHandle(nint value, HandleLedger ledger) : OpenClHandle(value, ledger)
{
    protected override int Release(nint value) => OpenClNative.ReleaseProgram(value);
}

internal sealed class KernelHandle(nint value, HandleLedger ledger) : OpenClHandle(value, ledger)
{
    protected override int Release(nint value) => OpenClNative.ReleaseKernel(value);
}

/// <summary>At most one event at a time, so that a transfer in a training step creates no object.</summary>
internal sealed class EventHandle(HandleLedger ledger) : OpenClHandle(0, ledger)
{
    /// <summary>Takes over the event of a command just enqueued; the one before must have been waited for.</summary>
    public void Track(nint value) => Adopt(value);

    /// <summary>Waits for the command, if there is one, and forgets it.</summary>
    public unsafe void Wait()
    {
        if (IsInvalid)
        {
            return;
        }
        nint value = handle;
        int code = OpenClNative.WaitForEvents(1, &value);
        ReleaseHandle();
        OpenClStatus.Check(code, "finish", "transfer");
    }

    protected override int Release(nint value) => OpenClNative.ReleaseEvent(value);
}
