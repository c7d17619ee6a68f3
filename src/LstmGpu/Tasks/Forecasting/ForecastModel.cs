using LstmGpu.Data;
using LstmGpu.Devices;
using LstmGpu.Layers;

namespace LstmGpu.Tasks.Forecasting;

/// <summary>A network of pooled sequences with its loss: features in, K numbers a sequence out.</summary>
internal sealed class ForecastModel : IDisposable
{
    private readonly IBackend backend;
    private readonly ValueLoss loss;
    private readonly float[] scalar = new float[1];
    private readonly int[] lengths;

    private ForecastModel(IBackend backend, SequenceModel network, ValueLoss loss) =>
        (this.backend, Network, this.loss, lengths) = (backend, network, loss, new int[network.Shape.Batch]);

    public SequenceModel Network { get; }

    public int Batch => Network.Shape.Batch;

    /// <exception cref="ConfigurationException">Settings that do not go together.</exception>
    public static ForecastModel Plan(IBackend backend, RunOptions options, int steps, int batch, int features, int outputs, bool training)
    {
        ValueLoss loss = new(options.Forecast.Loss switch
        {
            "mae" => LossFunction.MeanAbsoluteError,
            "huber" => LossFunction.Huber,
            _ => LossFunction.MeanSquaredError,
        });
        Pooling pooling = options.Model.Pooling switch { "mean" => Pooling.Mean, "max" => Pooling.Max, _ => Pooling.Last };
        SequenceShape shape = new(steps, batch, Vocabulary: 0, features, outputs, pooling);
        return new(backend, new SequenceModel(backend, options.Model, shape, loss, training), loss);
    }

    /// <summary>What a forecast has no use for.</summary>
    /// <exception cref="ConfigurationException">Such a setting is set.</exception>
    public static void RefuseOthers(RunOptions options)
    {
        (string Setting, bool IsSet)[] others =
        [
            ("--bptt", options.Training.Bptt != new TrainingOptions().Bptt),
            ("--tie", options.Model.Tie),
            ("--embedding-dropout", options.Model.EmbeddingDropout > 0),
            ("--vocabulary", options.Data.Vocabulary is not null),
        ];
        foreach ((string setting, bool isSet) in others)
        {
            if (isSet)
            {
                throw new ConfigurationException($"{setting} is a setting of language models, and --task is {options.Task.Name}; leave it out (--window decides how far a forecast looks back)");
            }
        }
    }

    /// <summary>Puts a batch on the device.</summary>
    /// <param name="x">[T,B,F].</param>
    /// <param name="y">[B,K].</param>
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
