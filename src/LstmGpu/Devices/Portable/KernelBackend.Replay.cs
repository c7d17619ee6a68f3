using LstmGpu.Kernels;

namespace LstmGpu.Devices.Portable;

/// <summary>Operations that are repeated, and what changes from one repetition to the next: in device memory, written by a launch when it changes.</summary>
internal sealed partial class KernelBackend
{
    // As device memory holds them: it starts as zero.
    private ulong writtenDropoutStep;
    private UpdateValues writtenUpdate;
    private bool capturing, drawsMasks;

    public bool CanCapture => queue.CanCapture;

    public ICapturedWork Capture(Action operations)
    {
        capturing = true;
        try
        {
            return queue.Capture(operations);
        }
        finally
        {
            capturing = false;
        }
    }

    // What is captured has run before: without a mask then there is none now.
    public void SetDropoutStep(ulong step)
    {
        if (drawsMasks)
        {
            DropoutStep(step);
        }
    }

    public void SetUpdate(UpdateValues values)
    {
        if (values != writtenUpdate)
        {
            RequireNoCapture();
            StepLauncher.SetUpdate(queue, Along(1), update, values.Rate, values.Keep, values.InverseRoot, values.First ? 1 : 0);
            writtenUpdate = values;
        }
    }

    private DeviceSlice<uint> DropoutStep(ulong step)
    {
        drawsMasks = true;
        if (step != writtenDropoutStep)
        {
            RequireNoCapture();
            StepLauncher.SetDropout(queue, Along(1), dropoutStep, step);
            writtenDropoutStep = step;
        }
        return dropoutStep;
    }

    // Captured, this launch would write the values of this step at every later one.
    private void RequireNoCapture()
    {
        if (capturing)
        {
            throw new InvalidOperationException("the values of the step must be set before the operations that read them are captured");
        }
    }
}
