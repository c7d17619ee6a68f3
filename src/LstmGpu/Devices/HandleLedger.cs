namespace LstmGpu.Devices;

/// <summary>How many driver objects of one context are alive, for the tests' question whether all were released.</summary>
internal sealed class HandleLedger
{
    private int live;

    public int Live => Volatile.Read(ref live);

    public void Open() => Interlocked.Increment(ref live);

    public void Close() => Interlocked.Decrement(ref live);
}
