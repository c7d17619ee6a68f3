namespace LstmGpu.Devices.Emulator;

/// <summary>The right to run, handed from one operating-system thread to another. Given before it is awaited, it is kept.</summary>
internal sealed class Baton
{
    private readonly object gate = new();
    private bool given;

    public void Give()
    {
        lock (gate)
        {
            given = true;
            Monitor.Pulse(gate);
        }
    }

    public void Await()
    {
        lock (gate)
        {
            while (!given)
            {
                Monitor.Wait(gate);
            }
            given = false;
        }
    }
}
