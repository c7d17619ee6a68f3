using LstmGpu.Devices;
using LstmGpu.Reporting;
using LstmGpu.Training;

namespace LstmGpu.Tasks;

/// <summary>Knows what a run will take before it takes it.</summary>
internal static class RunPlanner
{
    // As large as --batch may be.
    private const int MostStreams = 1 << 20;

    public static RunPlan Plan(IBackend backend, RunOptions options, TrainingTask task, long steps)
    {
        using var step = new TrainingStep(backend, options.Training, task.Plan(backend, options.Training.Batch));
        var parameters = step.Network.Memory.StoredEntries.Select(e => new ParameterRow(e.Name, e.Shape, e.Count)).ToList();
        var arenas = Buffers(backend, step).Select(b => new ArenaRow(b.Name, b.Bytes)).ToList();
        var layers = Enumerable.Range(0, options.Model.Layers).Select(n => Layer(n, parameters, options.Model.Hidden)).ToList();
        int largest = LargestBatch(backend, options.Training, task);
        return new(parameters, layers, arenas, backend.Device, largest, task.Sizes, task.Summary, UpdatesPerEpoch(options.Training, task), steps);
    }

    /// <summary>The last update of an epoch may take batches of the next.</summary>
    public static long UpdatesPerEpoch(TrainingOptions training, TrainingTask task) => (task.BatchesPerEpoch + training.Accumulate - 1) / training.Accumulate;

    /// <param name="memorySetting">Of the task: <see cref="TrainingTask.MemorySetting"/>.</param>
    /// <exception cref="DeviceException">The device has less memory, or gives less in one buffer.</exception>
    public static void RequireMemory(RunPlan plan, string memorySetting) =>
        MemoryPlan.Require(plan.Device, [.. plan.Arenas.Select(a => (a.Name, a.Bytes))], () => Advice(plan.LargestBatch, memorySetting));

    private static RecurrentLayerRow Layer(int index, IEnumerable<ParameterRow> parameters, int hidden)
    {
        List<ParameterRow> own = [.. parameters.Where(p => p.Name.EndsWith($"_l{index}", StringComparison.Ordinal) || p.Name.EndsWith($"_l{index}_reverse", StringComparison.Ordinal))];
        ParameterRow Of(string name) => own.Single(p => p.Name.EndsWith($".{name}_l{index}", StringComparison.Ordinal));
        long all = own.Sum(p => p.Count);
        long secondBiases = own.Where(p => p.Name.Contains(".bias_hh_", StringComparison.Ordinal)).Sum(p => p.Count);
        return new(index, (int)Of("weight_ih").Shape[1], hidden, all - secondBiases, all);
    }

    private static string Advice(int largestBatch, string memorySetting) =>
        largestBatch > 0 ? FormattableString.Invariant($"--batch {largestBatch} fits") : $"no batch fits: use a smaller --hidden or {memorySetting}";

    private static (string Name, long Bytes)[] Buffers(IBackend backend, TrainingStep step) => [.. step.MemoryPlan(), ("device scratch", backend.ScratchBytes)];

    private static int LargestBatch(IBackend backend, TrainingOptions training, TrainingTask task) =>
        MemoryPlan.Largest(backend.Device, Math.Min(MostStreams, task.LargestUsefulBatch), batch =>
        {
            using var tried = new TrainingStep(backend, training, task.Plan(backend, batch));
            return Buffers(backend, tried);
        });
}
