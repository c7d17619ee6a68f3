using LstmGpu.Data;
using LstmGpu.Devices;
using LstmGpu.Kernels;
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
        var arenas = Arenas(backend, step).ToList();
        var layers = Enumerable.Range(0, options.Model.Layers).Select(n => Layer(n, step.Model.InputWidth, options.Model.Hidden)).ToList();
        int largest = LargestBatch(backend, options, split, vocabulary);
        return new(parameters, layers, arenas, backend.Device, largest, vocabulary, split.Training, split.Validation, windows.WindowsPerEpoch, steps);
    }

    /// <exception cref="DeviceException">The plan exceeds the device's memory.</exception>
    public static void RequireMemory(RunPlan plan)
    {
        if (plan.TotalBytes > plan.Device.MemoryBytes)
        {
            string top = string.Join(", ", plan.Arenas.OrderByDescending(a => a.Bytes).Take(3).Select(a => $"{a.Name} {a.Bytes:N0}"));
            string advice = plan.LargestBatch > 0 ? $"--batch {plan.LargestBatch} fits" : "no batch fits: use a smaller --hidden or --bptt";
            throw new DeviceException($"device '{plan.Device.Name}' has {plan.Device.MemoryBytes:N0} bytes, the run needs {plan.TotalBytes:N0} (largest: {top}); {advice}");
        }
    }

    private static LstmLayerRow Layer(int index, int inputWidth, int hidden)
    {
        long input = index == 0 ? inputWidth : hidden;
        long gates = (long)Gate.Count * hidden;
        return new(index, (int)input, hidden, gates * (hidden + input + 1), gates * (hidden + input + 2));
    }

    private static IEnumerable<ArenaRow> Arenas(IBackend backend, TrainingStep step) =>
        step.MemoryPlan().Append(("device scratch", backend.ScratchBytes)).Select(a => new ArenaRow(a.Item1, a.Item2));

    // Bytes grow with the batch: bisection. A batch of more streams than the text has windows for is of no use.
    private static int LargestBatch(IBackend backend, RunOptions options, CorpusSplit split, int vocabulary)
    {
        long none = 0;
        long streams = split.Training / (options.Training.Bptt + 1);
        long heldOut = split.Validation > 0 ? split.Validation / 2 : long.MaxValue;
        long tooMany = Math.Min(Math.Min(MostStreams, int.MaxValue / options.Training.Bptt), Math.Min(streams, heldOut)) + 1;
        while (tooMany - none > 1)
        {
            long middle = (none + tooMany) / 2;
            using var tried = new TrainingStep(backend, options.Model, options.Training with { Batch = (int)middle }, vocabulary);
            if (Arenas(backend, tried).Sum(a => a.Bytes) <= backend.Device.MemoryBytes)
            {
                none = middle;
            }
            else
            {
                tooMany = middle;
            }
        }
        return (int)none;
    }
}
