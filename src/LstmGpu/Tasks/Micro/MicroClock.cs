using System.Diagnostics;
using ILGPU;
using LstmGpu.Devices;
using LstmGpu.Devices.Portable;
using LstmGpu.Kernels;

namespace LstmGpu.Tasks;

/// <summary>Times launches of a queue. A launch that does nothing is subtracted, so that the way to the device and back is not in the result.</summary>
internal sealed class MicroClock(IDeviceQueue queue, int warmUp, int repeat, CancellationToken cancel)
{
    public IDeviceQueue Queue => queue;

    public ResidentGroups Resident(string kernel) => queue.Resident(KernelTexts.All.Single(text => text.Name == kernel));

    /// <summary>Median milliseconds of a launch of so much work beyond one of none.</summary>
    /// <param name="prepare">Before each launch, and not timed.</param>
    public double Milliseconds(int work, Action<int> launch, Action? prepare = null)
    {
        double none = Median(() => launch(0), null), all = Median(() => launch(work), prepare);
        return Math.Max(0, all - none);
    }

    public static Index3D Along(int groups) => new(groups, 1, 1);

    private double Median(Action launch, Action? prepare)
    {
        double[] times = new double[repeat];
        for (int n = -warmUp; n < repeat; n++)
        {
            cancel.ThrowIfCancellationRequested();
            prepare?.Invoke();
            queue.Finish();
            long start = Stopwatch.GetTimestamp();
            launch();
            queue.Finish();
            times[Math.Max(n, 0)] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
        Array.Sort(times);
        return times[repeat / 2];
    }
}
