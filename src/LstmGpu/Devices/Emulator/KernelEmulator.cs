using LstmGpu.Kernels;

namespace LstmGpu.Devices.Emulator;

/// <summary>
/// Runs kernels in .NET with a device's group semantics: groups one after another (those that a launch lets wait for each other at once), the threads of a group one at a time in a fixed
/// order, from wait to wait. So a launch is deterministic, can be stepped through in a debugger, and needs no driver.
/// </summary>
/// <param name="findRaces">Report two threads that meet at an element of shared memory with no barrier between, one of them writing.</param>
/// <param name="sharedBytes">Shared memory of a group; the default is what every CUDA device grants without asking.</param>
internal sealed class KernelEmulator(bool findRaces = false, int sharedBytes = 48 * 1024) : IDisposable
{
    private readonly Stack<EmulatorWorker> idle = new();
    private readonly Lock launching = new();

    /// <summary>Runs <paramref name="body"/> once per thread of the grid and returns when all have finished.</summary>
    /// <exception cref="DeviceException">A thread threw, missed a barrier or raced; the message names the kernel, the group and the threads.</exception>
    public void Launch(string kernel, LaunchShape shape, Action body)
    {
        Check(kernel, shape);
        lock (launching)
        {
            using var run = new GroupRun(kernel, shape, body, this, sharedBytes, findRaces);
            run.Execute();
            if (run.Failure is { } failure)
            {
                throw failure;
            }
        }
    }

    // The workers take turns by themselves while a launch runs, so none of this is reached by two threads at once.
    public EmulatorWorker TakeWorker() => idle.TryPop(out var worker) ? worker : new EmulatorWorker();

    public void Return(EmulatorWorker worker) => idle.Push(worker);

    public void Dispose()
    {
        lock (launching)
        {
            while (idle.TryPop(out var worker))
            {
                worker.Stop();
            }
        }
    }

    private void Check(string kernel, LaunchShape shape)
    {
        if (shape.Grid.X < 1 || shape.Grid.Y < 1 || shape.Grid.Z < 1 || shape.Group.X < 1 || shape.Group.Y < 1 || shape.Group.Z < 1)
        {
            throw new DeviceException($"kernel '{kernel}' is launched with grid {shape.Grid} and group {shape.Group}; every size must be at least 1");
        }
        if ((long)shape.Group.X * shape.Group.Y * shape.Group.Z > LaunchShape.MaxGroupSize)
        {
            throw new DeviceException($"kernel '{kernel}' is launched with groups of {shape.Group} threads; a group has at most {LaunchShape.MaxGroupSize}");
        }
        if (shape.Cluster > 0 && shape.Grid.X % shape.Cluster != 0)
        {
            throw new DeviceException($"kernel '{kernel}' is launched with grid {shape.Grid} in clusters of {shape.Cluster}; the grid must be a multiple of a cluster");
        }
        if (shape.DynamicSharedBytes > sharedBytes)
        {
            throw new DeviceException($"kernel '{kernel}' asks for {shape.DynamicSharedBytes} bytes of dynamic shared memory; a group has {sharedBytes}");
        }
    }
}
