using LstmGpu.Devices;
using LstmGpu.Memory;

namespace LstmGpu.Layers;

/// <summary>The memory of a <see cref="Recurrent"/> for windows of up to so many steps, and what it is filled with from the host.</summary>
internal sealed class Plan : IDisposable
{
    private readonly ArenaEntry input, dInput;
    private readonly ArenaEntry lastH;
    private readonly ArenaEntry? lastC;
    private readonly DeviceBuffer lengthBuffer;

    private Plan(IBackend backend, RecurrentOptions options, StackOptions stackOptions, int steps, int batch)
    {
        (Steps, Batch) = (steps, batch);
        Memory = new ModelMemory(training: true);
        Stack = new RecurrentStack(backend, Memory, "", steps, batch, options.InputSize, options.HiddenSize, stackOptions);
        input = Memory.ReserveLayout.Add("input", steps, batch, options.InputSize);
        dInput = Memory.WorkspaceLayout.Add("d_input", steps, batch, options.InputSize);
        long places = (long)Stack.Layers * Stack.Directions;
        lastH = Memory.WorkspaceLayout.Add("last_h", places, batch, Stack.Width);
        lastC = Stack.HasCellState ? Memory.WorkspaceLayout.Add("last_c", places, batch, Stack.Hidden) : null;
        long lengthBytes = (long)batch * sizeof(int);
        MemoryPlan.Require(backend.Device, [.. Memory.Plan(), ("lengths", lengthBytes)], () => "use a smaller batch, fewer steps or a smaller hidden size");
        Memory.Allocate(backend);
        lengthBuffer = backend.Allocate("lengths", lengthBytes);
    }

    public int Steps { get; }

    public int Batch { get; }

    public ModelMemory Memory { get; }

    public RecurrentStack Stack { get; }

    /// <exception cref="DeviceException">The device has not that much memory.</exception>
    public static Plan For(IBackend backend, RecurrentOptions options, StackOptions stackOptions, int steps, int batch) =>
        new(backend, options, stackOptions, steps, batch);

    public DeviceSlice<float> Input(int steps) => Part(Memory.Reserve[input], steps);

    public DeviceSlice<float> DInput(int steps) => Part(Memory.Workspace[dInput], steps);

    public DeviceSlice<int> SetLengths(IBackend backend, ReadOnlySpan<int> lengths)
    {
        if (lengths.IsEmpty)
        {
            return default;
        }
        DeviceSlice<int> slice = new(lengthBuffer, 0, Batch);
        backend.Upload(lengths, slice);
        return slice;
    }

    public void SetState(IBackend backend, RecurrentState? state)
    {
        if (state is null)
        {
            Stack.ResetState();
            return;
        }
        for (int place = 0; place < Stack.Layers * Stack.Directions; place++)
        {
            (DeviceSlice<float> h, DeviceSlice<float> c) = Stack.State(place / Stack.Directions, place % Stack.Directions);
            backend.Upload<float>(state.Hidden.AsSpan(place * (int)h.Length, (int)h.Length), h);
            if (!c.IsEmpty)
            {
                backend.Upload<float>(state.Cell.AsSpan(place * (int)c.Length, (int)c.Length), c);
            }
        }
    }

    /// <summary>The same from the device.</summary>
    public void CopyState(IBackend backend, DeviceSlice<float> hidden, DeviceSlice<float> cell)
    {
        for (int place = 0; place < Stack.Layers * Stack.Directions; place++)
        {
            (DeviceSlice<float> h, DeviceSlice<float> c) = Stack.State(place / Stack.Directions, place % Stack.Directions);
            backend.Copy(hidden.Slice(place * h.Length, h.Length), h);
            if (!c.IsEmpty)
            {
                backend.Copy(cell.Slice(place * c.Length, c.Length), c);
            }
        }
    }

    public RecurrentState LastState(IBackend backend, Recurrent.Pass pass)
    {
        DeviceSlice<float> h = Memory.Workspace[lastH], c = lastC is null ? default : Memory.Workspace[lastC];
        Stack.LastState(pass.Steps, pass.Lengths, h, c);
        return Read(backend, h, c);
    }

    public void SetStateGradient(IBackend backend, RecurrentState? state)
    {
        Stack.ResetStateGradients();
        if (state is not null)
        {
            (DeviceSlice<float> h, DeviceSlice<float> c) = Stack.DState;
            backend.Upload<float>(state.Hidden, h);
            if (!c.IsEmpty)
            {
                backend.Upload<float>(state.Cell, c);
            }
        }
    }

    public RecurrentState StateGradient(IBackend backend) => Read(backend, Stack.DState.H, Stack.DState.C);

    public void Dispose()
    {
        Memory.Dispose();
        lengthBuffer.Dispose();
    }

    private static RecurrentState Read(IBackend backend, DeviceSlice<float> h, DeviceSlice<float> c)
    {
        float[] hidden = new float[h.Length], cell = new float[c.Length];
        backend.Download(h, hidden);
        if (!c.IsEmpty)
        {
            backend.Download(c, cell);
        }
        return new(hidden, cell);
    }

    private DeviceSlice<float> Part(DeviceSlice<float> whole, int steps) => whole.Slice(0, whole.Length / Steps * steps);
}
