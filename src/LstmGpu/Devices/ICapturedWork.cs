namespace LstmGpu.Devices;

/// <summary>Operations that were captured, to be repeated with one call. Disposed of before its device.</summary>
internal interface ICapturedWork : IDisposable
{
    /// <summary>Enqueues all of them.</summary>
    void Launch();
}
