using LstmGpu.Data;
using LstmGpu.Data.Tokens;
using LstmGpu.Devices;
using LstmGpu.Layers;
using LstmGpu.Training;

namespace LstmGpu.Tasks.Language;

/// <summary>A language model and the windows of its text.</summary>
internal sealed class LanguageNetwork(IBackend backend, LanguageModel model, StreamWindows windows, ITokenSource source, CorpusSplit split) : ITaskNetwork
{
    private readonly int[] inputs = new int[model.LongestWindow * model.Batch];
    private readonly int[] targets = new int[model.LongestWindow * model.Batch];
    private LanguageEvaluator? evaluator;

    public ITrainable Network => model;

    public long BatchesPerEpoch => windows.WindowsPerEpoch;

    public bool IsCrossEntropy => true;

    /// <inheritdoc/>
    public long Load(long step)
    {
        long window = step % windows.WindowsPerEpoch;
        if (window == 0)
        {
            model.Stack.ResetState();
        }
        windows.Read(window, inputs, targets);
        model.SetWindow(inputs, targets);
        return inputs.Length;
    }

    /// <inheritdoc/>
    public Evaluation? Evaluate(CancellationToken cancel)
    {
        if (split.Validation == 0)
        {
            return null;
        }
        evaluator ??= new LanguageEvaluator(backend, model, source, split.Training, split.Validation);
        LanguageScore score = evaluator.Run(predicted: null, cancel);
        return new(score.Loss, score.Metrics);
    }

    public void Dispose() => model.Dispose();
}
