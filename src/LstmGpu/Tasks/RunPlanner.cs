using LstmGpu.Data;
using LstmGpu.Devices;
using LstmGpu.Reporting;
using LstmGpu.Training;

namespace LstmGpu.Tasks;

/// <summary>Knows what a run will take before it takes it.</summary>
internal static class RunPlanner
{
    // As large as --batch may be.
    private const int MostStreams = 1 << 20;

    public static RunPlan Plan(IBackend backend, RunOptions options, TextCorpus corpus, CorpusSplit split, StreamWindows windows, long steps)
    {
        int vocabulary = corpus.Vocabulary.Count;
        using var step = new TrainingStep(backend, options.Model, options.Training, vocabulary);
        var parameters = step.Model.Memory.ParameterLayout.Entries.Select(e => new ParameterRow(e.Name, e.Shape, e.Count)).ToList();
        var arenas = Buffers(backend, step).Select(b => new ArenaRow(b.Name, b.Bytes)).ToList();
        var layers = Enumerable.Range(0, options.Model.Layers).Select(n => Layer(n, parameters, options.Model.Hidden)).ToList();
        int largest = LargestBatch(backend, options, split, vocabulary);
        return new(parameters, layers, arenas, backend.Device, largest, vocabulary, split.Training, split.Validation, windows.WindowsPerEpoch, steps);
    }

    /// <exception cref="DeviceException">The device has less memory, or gives less in one buffer.</exception>
    public static void RequireMemory(RunPlan plan) =>
        MemoryPlan.Require(plan.Device, [.. plan.Arenas.Select(a => (a.Name, a.Bytes))], () => Advice(plan.LargestBatch));

    private static RecurrentLayerRow Layer(int index, IEnumerable<ParameterRow> parameters, int hidden)
    {
        List<ParameterRow> own = [.. parameters.Where(p => p.Name.EndsWith($"_l{index}", StringComparison.Ordinal))];
        ParameterRow Of(string name) => own.Single(p => p.Name.EndsWith($".{name}_l{index}", StringComparison.Ordinal));
        long all = own.Sum(p => p.Count);
        return new(index, (int)Of("weight_ih").Shape[1], hidden, all - Of("bias_hh").Count, all);
    }

    private static string Advice(int largestBatch) =>
        largestBatch > 0 ? FormattableString.Invariant($"--batch {largestBatch} fits") : "no batch fits: use a smaller --hidden or --bptt";

    private static (string Name, long Bytes)[] Buffers(IBackend backend, TrainingStep step) => [.. step.MemoryPlan(), ("device scratch", backend.ScratchBytes)];

    // A batch of more streams than the text has windows for is of no use.
    private static int LargestBatch(IBackend backend, RunOptions options, CorpusSplit split, int vocabulary)
    {
        long streams = split.Training / (options.Training.Bptt + 1);
        long heldOut = split.Validation > 0 ? split.Validation / 2 : long.MaxValue;
        long most = Math.Min(Math.Min(MostStreams, int.MaxValue / options.Training.Bptt), Math.Min(streams, heldOut));
        return MemoryPlan.Largest(backend.Device, most, batch =>
        {
            using var tried = new TrainingStep(backend, options.Model, options.Training with { Batch = batch }, vocabulary);
            return Buffers(backend, tried);
        });
    }
}
