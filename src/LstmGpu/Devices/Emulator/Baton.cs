namespace LstmGpu.Devices.Emulator;

/// <summary>The right to run, handed from one operating-system thread to another. Given before it is awaited, it is kept.</summary>
internal abstract class Baton
{
    /// <summary>The quickest that the system has: a kernel with barriers hands the turn on a hundred thousand times.</summary>
    public static Baton Create() => FutexBaton.IsSupported ? new FutexBaton() : new MonitorBaton();

    public abstract void Give();

    public abstract void Await();
}
