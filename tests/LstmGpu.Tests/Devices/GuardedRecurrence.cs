using LstmGpu.Devices;
using LstmGpu.Devices.Reference;

namespace LstmGpu.Tests.Devices;

/// <summary>Both passes of the general recurrence in guarded memory.</summary>
internal static class GuardedRecurrence
{
    /// <summary>What the passes leave behind, in the order of <see cref="ReferenceRecurrence.Results"/>.</summary>
    public static IReadOnlyList<float[]> Recurrent(
        this IBackend backend, RecurrentInputs inputs, RecurrentUpstream upstream, RecurrentParameters before, bool wantDx = true)
    {
        using GuardedMemory memory = new(backend, $"recurrence {inputs.Shape.Cell} {inputs.Shape.Sizes()}");
        DeviceSlice<int> lengths = inputs.Lengths.Length == 0 ? default : memory.In("lengths", inputs.Lengths);
        RecurrentCase call = new(
            backend, inputs, upstream, before, lengths, (name, values, readOnly) => readOnly ? memory.In(name, values) : memory.InOut(name, values), wantDx);
        IReadOnlyList<float[]> forward = call.Forward();
        float[] states = call.States();
        IReadOnlyList<float[]> backward = call.Backward();
        memory.CheckUntouched();
        Near.SameBits("states after backward", states, call.States());
        return [.. forward, .. backward];
    }

    public static float[] CopySequence(
        this IBackend backend,
        int steps,
        int batch,
        int width,
        bool reverse,
        int[] lengths,
        float[] source,
        int sourceStride,
        float[] destination,
        int destinationStride,
        bool accumulate)
    {
        using GuardedMemory memory = new(backend, nameof(CopySequence));
        DeviceSlice<int> rowLengths = lengths.Length == 0 ? default : memory.In("lengths", lengths);
        DeviceSlice<float> result = memory.InOut("destination", destination);
        backend.CopySequence(steps, batch, width, reverse, rowLengths, memory.In("source", source), sourceStride, result, destinationStride, accumulate);
        memory.CheckUntouched();
        return memory.Read(result);
    }

    public static float[] LastState(this IBackend backend, int batch, int width, float[] history, int[] lengths)
    {
        using GuardedMemory memory = new(backend, nameof(LastState));
        DeviceSlice<float> state = memory.Out("state", (long)batch * width);
        backend.LastState(batch, width, memory.In("history", history), memory.In("lengths", lengths), state);
        memory.CheckUntouched();
        return memory.Read(state);
    }
}
