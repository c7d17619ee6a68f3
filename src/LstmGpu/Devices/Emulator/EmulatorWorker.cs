namespace LstmGpu.Devices.Emulator;

/// <summary>
/// An operating-system thread that lends its stack to a kernel thread. A kernel that never waits needs one; one that waits needs as many
/// as a group has members, kept for the next group and launch.
/// </summary>
internal sealed class EmulatorWorker
{
    // Kernels have no recursion, and a group has up to 1024 of these stacks.
    private const int StackBytes = 256 * 1024;

    private readonly Baton baton = Baton.Create();
    private GroupRun? run;
    private EmulatedThread? first;

    public EmulatorWorker() => new Thread(Loop, StackBytes) { IsBackground = true, Name = "kernel emulator" }.Start();

    public void Begin(GroupRun launch, EmulatedThread thread)
    {
        run = launch;
        first = thread;
        baton.Give();
    }

    public void Resume() => baton.Give();

    public void AwaitTurn() => baton.Await();

    public void Stop()
    {
        run = null;
        baton.Give();
    }

    private void Loop()
    {
        baton.Await();
        while (run is not null)
        {
            run.Work(this, first!);
            baton.Await();
        }
    }
}
