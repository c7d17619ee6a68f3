namespace LstmGpu.Devices.Cuda;

/// <summary>
/// Commands that were captured once and are replayed with one call. A replay repeats their arguments too: what changes from one to the next must be
/// in device memory. Launches, fills and copies on the device can be captured; allocations and transfers to or from the host cannot.
/// </summary>
internal sealed class CudaGraph : ICapturedWork
{
    // Calls of other threads are none of this capture's business.
    private const int ThreadLocal = 1;
    private readonly CudaContext context;
    private readonly GraphHandle graph;
    private readonly GraphExecutableHandle executable;

    private CudaGraph(CudaContext context, GraphHandle graph, GraphExecutableHandle executable) =>
        (this.context, this.graph, this.executable) = (context, graph, executable);

    /// <summary>Notes the commands of <paramref name="work"/> instead of running them. Its kernels must have been launched before, so that they are loaded.</summary>
    /// <exception cref="DeviceException">The work has something in it that cannot be captured.</exception>
    public static CudaGraph Capture(CudaContext context, Action work)
    {
        context.Enter();
        CudaStatus.Check(CudaNative.StreamBeginCapture(context.Stream, ThreadLocal), "capture the work of", context.Device.Name);
        try
        {
            work();
        }
        catch
        {
            // The stream stays unusable until its capture ends, with whatever code.
            if (CudaNative.StreamEndCapture(context.Stream, out nint partial) == CudaStatus.Success && partial != 0)
            {
                _ = CudaNative.GraphDestroy(partial);
            }
            throw;
        }
        CudaStatus.Check(CudaNative.StreamEndCapture(context.Stream, out nint value), "capture the work of", context.Device.Name);
        var graph = new GraphHandle(value, context.Handle, context.Ledger);
        int code = CudaNative.GraphInstantiate(out value, graph, 0);
        if (code != CudaStatus.Success)
        {
            graph.Dispose();
            throw CudaStatus.Failure(code, "make a graph of the work of", context.Device.Name);
        }
        return new CudaGraph(context, graph, new GraphExecutableHandle(value, context.Handle, context.Ledger));
    }

    /// <summary>Enqueues all of it.</summary>
    public void Launch()
    {
        context.Enter();
        CudaStatus.Check(CudaNative.GraphLaunch(executable, context.Stream), "replay the work of", context.Device.Name);
    }

    public void Dispose()
    {
        executable.Dispose();
        graph.Dispose();
    }
}
