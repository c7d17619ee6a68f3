using LstmGpu.Devices;
using LstmGpu.Memory;

namespace LstmGpu.Layers;

/// <summary>The memory of one layer or loss: parameters and gradients for good, buffers of 4-byte elements for the largest pass so far.</summary>
internal sealed class LayerMemory : IDisposable
{
    private readonly IBackend backend;
    private readonly Arena? values, gradients;
    private readonly List<DeviceBuffer> buffers = [];

    /// <param name="layout">Of the parameters; empty: none.</param>
    /// <param name="trainable">Whether gradients exist.</param>
    /// <exception cref="DeviceException">The device has not enough memory for the parameters.</exception>
    public LayerMemory(IBackend backend, ArenaLayout layout, bool trainable = true)
    {
        this.backend = backend;
        if (layout.Length > 0)
        {
            MemoryPlan.Require(
                backend.Device, [(layout.Name, layout.Bytes), ("gradients", trainable ? layout.Bytes : 0)], () => "use smaller sizes for the layer");
            values = new Arena(backend, layout.Name, layout);
            gradients = trainable ? new Arena(backend, "gradients", layout) : null;
        }
        Parameters = [.. layout.Entries.Select(entry => new Parameter(backend, entry, () => values!, trainable ? () => gradients! : null))];
    }

    public IReadOnlyList<Parameter> Parameters { get; }

    public Arena Values => values!;

    /// <summary>A parameter, or nothing where the layer does without it.</summary>
    public DeviceSlice<float> Value(ArenaEntry? entry) => entry is null ? default : values![entry];

    public DeviceSlice<float> Gradient(ArenaEntry? entry) => entry is null ? default : gradients![entry];

    public void ClearGradients()
    {
        if (gradients is not null)
        {
            backend.Fill(gradients.All, 0);
        }
    }

    /// <summary>Makes room for a pass, with the same buffers in the same order at every call. Where one has to grow, what all of them held is gone.</summary>
    /// <exception cref="DeviceException">The device has not that much memory.</exception>
    public void Fit(params (string Name, long Count)[] needed)
    {
        (string Name, long Bytes)[] plan =
            [.. needed.Select((need, n) => (need.Name, Math.Max(need.Count * sizeof(float), n < buffers.Count ? buffers[n].Bytes : 0)))];
        if (plan.Length == buffers.Count && plan.Zip(buffers).All(pair => pair.First.Bytes == pair.Second.Bytes))
        {
            return;
        }
        MemoryPlan.Require(backend.Device, plan, () => "use fewer rows in a pass");
        Release();
        foreach ((string name, long bytes) in plan)
        {
            buffers.Add(backend.Allocate(name, bytes));
        }
    }

    public DeviceSlice<float> Floats(int place, long count) => new(buffers[place], 0, count);

    public DeviceSlice<int> Ints(int place, long count) => new(buffers[place], 0, count);

    public void Dispose()
    {
        values?.Dispose();
        gradients?.Dispose();
        Release();
    }

    private void Release()
    {
        buffers.ForEach(buffer => buffer.Dispose());
        buffers.Clear();
    }
}
