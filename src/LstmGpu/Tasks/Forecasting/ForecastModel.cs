using LstmGpu.Data;
using LstmGpu.Devices;
using LstmGpu.Layers;

namespace LstmGpu.Tasks.Forecasting;

/// <summary>A network of pooled sequences with its loss: features in, K numbers a sequence out.</summary>
internal sealed class ForecastModel : IDisposable
{
    private readonly IBackend backend;
    private readonly TargetLoss loss;
    private readonly float[] scalar = new float[1];
    private readonly int[] lengths;

    private ForecastModel(IBackend backend, SequenceModel network, TargetLoss loss) =>
        (this.backend, Network, this.loss, lengths) = (backend, network, loss, new int[network.Shape.Batch]);

    public SequenceModel Network { get; }

    /// <summary>K: outputs of a sequence.</summary>
    public int Outputs => Network.Shape.Outputs;

    public int Batch => Network.Shape.Batch;

    /// <param name="targets">Numbers that are asked for of a sequence.</param>
    /// <exception cref="ConfigurationException">Settings that do not go together.</exception>
    public static ForecastModel Plan(IBackend backend, RunOptions options, int steps, int batch, int features, int targets, bool training)
    {
        TargetLoss loss = ForecastHead.Of(options.Forecast).Loss();
        Pooling pooling = options.Model.Pooling switch { "mean" => Pooling.Mean, "max" => Pooling.Max, _ => Pooling.Last };
        SequenceShape shape = new(steps, batch, Vocabulary: 0, features, targets * loss.OutputsPerTarget, pooling);
        return new(backend, new SequenceModel(backend, options.Model, shape, loss, training), loss);
    }

    /// <summary>A setting without which there is no such task.</summary>
    /// <exception cref="ConfigurationException">It is left out.</exception>
    public static string Required(RunOptions options, string? value, string flag) => value is { Length: > 0 } ? value
        : throw new ConfigurationException($"--task {options.Task.Name} needs {flag}, found none; give it");

    /// <summary>Puts a batch on the device.</summary>
    /// <param name="x">[T,B,F].</param>
    /// <param name="y">[B,H] targets.</param>
    /// <param name="rows">Steps of each sequence; the rows after them are padding.</param>
    public void Set(ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<int> rows)
    {
        lengths.AsSpan().Clear();
        rows.CopyTo(lengths);
        Network.SetFeatures(x, lengths);
        loss.SetTargets(y, rows.Length);
    }

    /// <summary>The mean loss of the batch, with its outputs, [B,K].</summary>
    public double Evaluate(Span<float> outputs)
    {
        backend.Download(Network.Forward(mask: null), outputs);
        backend.Download(Network.Loss(gradient: false), scalar);
        return scalar[0];
    }

    public void Dispose() => Network.Dispose();
}
