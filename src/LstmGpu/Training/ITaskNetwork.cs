using LstmGpu.Layers;

namespace LstmGpu.Training;

/// <summary>A network on a device and the batches it learns from.</summary>
internal interface ITaskNetwork : IDisposable
{
    ITrainable Network { get; }

    /// <summary>Batches of one pass over the training data.</summary>
    long BatchesPerEpoch { get; }

    /// <summary>
    /// Whether the loss is a mean cross-entropy, so that one whose exponential is infinite says that the model is beyond repair; other losses
    /// need only be finite.
    /// </summary>
    bool IsCrossEntropy { get; }

    /// <summary>Puts a batch of the training data on the device. It follows from the number alone, so that a resumed run meets the same batches.</summary>
    /// <param name="step">Batches before this one: the updates, times <c>--accumulate</c>.</param>
    /// <returns>Time steps in the batch, all rows together.</returns>
    long Load(long step);

    /// <summary>Scores the held-out data with the present parameters; the carried state is left as it was. Null where nothing is held out.</summary>
    Evaluation? Evaluate(CancellationToken cancel);
}
