using LstmGpu.Data;
using LstmGpu.Data.Tokens;
using LstmGpu.Devices;
using LstmGpu.Layers;

namespace LstmGpu.Tasks.Language;

/// <summary>
/// Mean loss over a range of the corpus, every token of each stream once, with a model that may be in the middle of training:
/// its carried state is put back afterwards.
/// </summary>
internal sealed class LanguageEvaluator
{
    private readonly IBackend backend;
    private readonly LanguageModel model;
    private readonly StreamWindows windows;
    private readonly int steps;
    private readonly int[] inputs, targets, predictions;
    private readonly int[] charactersOf; // [V]
    private readonly int unknownId;
    private readonly bool isLowered;
    private readonly float[] scalar = new float[1];
    private readonly float[][] carried;
    private long characters, unknown; // of the targets so far

    /// <param name="length">Tokens of the range; at least two for each stream of the model.</param>
    /// <exception cref="DataException">The range is too short.</exception>
    public LanguageEvaluator(IBackend backend, LanguageModel model, ITokenSource source, long start, long length)
    {
        (this.backend, this.model) = (backend, model);
        steps = (int)Math.Min(model.LongestWindow, Math.Max(1, length / model.Batch - 1));
        windows = new StreamWindows(source, start, length, model.Batch, steps);
        inputs = new int[steps * model.Batch];
        targets = new int[inputs.Length];
        predictions = new int[inputs.Length];
        charactersOf = LanguageScore.CharactersOf(source.Tokenizer);
        (unknownId, isLowered) = (source.Tokenizer.Unknown, source.Tokenizer is WordTokenizer { Lower: true });
        carried = [.. States().Select(state => new float[state.Length])];
    }

    /// <summary>Tokens that are predicted.</summary>
    private long Tokens => (windows.WindowsPerEpoch * steps + windows.TailLength) * model.Batch;

    /// <param name="predicted">Called for each window with its first step, its length T and its most probable tokens, [T,B]; null: not asked for.</param>
    public LanguageScore Run(Action<long, int, int[]>? predicted, CancellationToken cancel)
    {
        (characters, unknown) = (0, 0);
        ExchangeState(save: true);
        double sum = Sum(predicted, cancel);
        // Not after a failure: nobody goes on with the model, and on a failed device this would hide the first error.
        ExchangeState(save: false);
        return new(sum / Tokens, Tokens, characters, unknown, isLowered);
    }

    private double Sum(Action<long, int, int[]>? predicted, CancellationToken cancel)
    {
        model.Stack.ResetState();
        double sum = 0;
        for (long window = 0; window < windows.WindowsPerEpoch; window++)
        {
            cancel.ThrowIfCancellationRequested();
            windows.Read(window, inputs, targets);
            sum += Window(steps, window * steps, predicted);
        }
        if (windows.TailLength > 0)
        {
            int rows = windows.TailLength * model.Batch;
            windows.ReadTail(inputs.AsSpan(0, rows), targets.AsSpan(0, rows));
            sum += Window(windows.TailLength, windows.WindowsPerEpoch * steps, predicted);
        }
        return sum;
    }

    private double Window(int length, long firstStep, Action<long, int, int[]>? predicted)
    {
        int rows = length * model.Batch;
        model.SetWindow(inputs.AsSpan(0, rows), targets.AsSpan(0, rows));
        foreach (int target in targets.AsSpan(0, rows))
        {
            characters += charactersOf[target];
            unknown += target == unknownId ? 1 : 0;
        }
        model.Forward(length, mask: null);
        backend.Download(model.Loss(length, 1f, gradient: false), scalar);
        if (predicted is not null)
        {
            model.Predict(length, predictions.AsSpan(0, rows));
            predicted(firstStep, length, predictions);
        }
        model.Stack.Carry(length);
        return scalar[0];
    }

    private void ExchangeState(bool save)
    {
        foreach ((DeviceSlice<float> state, float[] kept) in States().Zip(carried))
        {
            if (save)
            {
                backend.Download(state, kept);
            }
            else
            {
                backend.Upload<float>(kept, state);
            }
        }
    }

    // h and c of each layer, in turn.
    private IEnumerable<DeviceSlice<float>> States()
    {
        for (int layer = 0; layer < model.Stack.Layers; layer++)
        {
            (DeviceSlice<float> h, DeviceSlice<float> c) = model.Stack.State(layer);
            yield return h;
            if (!c.IsEmpty)
            {
                yield return c;
            }
        }
    }
}
