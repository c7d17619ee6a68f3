using LstmGpu.Devices;

namespace LstmGpu.Training;

/// <summary>
/// The same operations at every step: run as they are the first time, which loads every kernel, captured the second, replayed from then on. A device that
/// captures nothing runs them as they are.
/// </summary>
internal sealed class StepReplay(IBackend backend, Action operations, bool wanted) : IDisposable
{
    private readonly bool captures = wanted && backend.CanCapture;
    private ICapturedWork? captured;
    private bool loaded;

    /// <exception cref="DeviceException">The device cannot capture them, or failed.</exception>
    public void Run()
    {
        if (captures && loaded)
        {
            captured ??= Capture();
            captured.Launch();
        }
        else
        {
            operations();
            loaded = true;
        }
    }

    public void Dispose() => captured?.Dispose();

    private ICapturedWork Capture()
    {
        try
        {
            return backend.Capture(operations);
        }
        catch (DeviceException error)
        {
            throw new DeviceException($"the training step cannot be captured: {error.Message}; --graph off trains without capturing it", error);
        }
    }
}
