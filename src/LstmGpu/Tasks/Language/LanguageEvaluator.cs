using LstmGpu.Data;
using LstmGpu.Devices;
using LstmGpu.Layers;

namespace LstmGpu.Tasks.Language;

/// <summary>
/// Mean loss over a range of the corpus, every character of each stream once, with a model that may be in the middle of training:
/// its carried state is put back afterwards.
/// </summary>
internal sealed class LanguageEvaluator
{
    private readonly IBackend backend;
    private readonly LanguageModel model;
    private readonly StreamWindows windows;
    private readonly int steps;
    private readonly int[] inputs, targets, predictions;
    private readonly float[] scalar = new float[1];
    private readonly float[][] carried;

    /// <param name="length">Characters of the range; at least two for each stream of the model.</param>
    /// <exception cref="DataException">The range is too short.</exception>
    public LanguageEvaluator(IBackend backend, LanguageModel model, TextCorpus corpus, long start, long length)
    {
        (this.backend, this.model) = (backend, model);
        steps = (int)Math.Min(model.LongestWindow, Math.Max(1, length / model.Batch - 1));
        windows = new StreamWindows(corpus, start, length, model.Batch, steps);
        inputs = new int[steps * model.Batch];
        targets = new int[inputs.Length];
        predictions = new int[inputs.Length];
        carried = [.. States().Select(state => new float[state.Length])];
    }

    /// <summary>Characters that are predicted.</summary>
    public long Tokens => (windows.WindowsPerEpoch * steps + windows.TailLength) * model.Batch;

    /// <summary>Mean cross-entropy in nats per character.</summary>
    /// <param name="predicted">Called for each window with its first step, its length T and its most probable characters, [T,B]; null: not asked for.</param>
    public double Run(Action<long, int, int[]>? predicted, CancellationToken cancel)
    {
        ExchangeState(save: true);
        double sum = Sum(predicted, cancel);
        // Not after a failure: nobody goes on with the model, and on a failed device this would hide the first error.
        ExchangeState(save: false);
        return sum / Tokens;
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
