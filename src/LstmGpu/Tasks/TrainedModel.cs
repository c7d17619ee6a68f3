namespace LstmGpu.Tasks;

/// <summary>A model loaded from a run directory for evaluation and generation.</summary>
public sealed class TrainedModel : IDisposable
{
    /// <param name="directory">A run directory, or a checkpoint directory inside one.</param>
    /// <param name="checkpoint"><c>best</c> (falls back to last where there was no evaluation), <c>last</c> or <c>step-N</c>.</param>
    /// <param name="device">Name and threads.</param>
    public static TrainedModel Load(string directory, string checkpoint, DeviceOptions device) => throw new NotImplementedException();

    public RunOptions Options => throw new NotImplementedException();

    /// <summary>The optimizer step the weights come from.</summary>
    public long Step => throw new NotImplementedException();

    public Devices.DeviceDescription Device => throw new NotImplementedException();

    /// <summary>Evaluates on a text, or, when <paramref name="dataPath"/> is null, on the held-out part of the run's own text.</summary>
    public EvaluationResult Evaluate(string? dataPath = null, CancellationToken cancel = default) => throw new NotImplementedException();

    /// <summary>
    /// Characters one by one, as they are drawn. The prime is read first and is not repeated in the output.
    /// </summary>
    /// <exception cref="DataException">The prime holds a character that the vocabulary lacks.</exception>
    public IEnumerable<string> Generate(string prime, int length, SamplingOptions sampling, CancellationToken cancel = default) => throw new NotImplementedException();

    public void Dispose()
    {
    }
}

/// <summary>Losses in nats per character, and, where the text is the agreement corpus, accuracy of the dependent word by distance.</summary>
public sealed record EvaluationResult(string Data, long Tokens, double Loss, IReadOnlyList<AgreementRow> Agreement)
{
    /// <summary>e^loss.</summary>
    public double Perplexity => Math.Exp(Loss);

    /// <summary>loss / ln 2.</summary>
    public double BitsPerCharacter => Loss / Math.Log(2);
}

/// <summary>Dependent words at a distance of From…To tokens from their cue: right when every character is the model's first choice.</summary>
public sealed record AgreementRow(int From, int To, long Correct, long Total)
{
    public double Accuracy => Total == 0 ? double.NaN : (double)Correct / Total;
}

/// <summary>How the next character is drawn.</summary>
/// <param name="Temperature">Logits are divided by it; 0 takes the most probable character.</param>
/// <param name="TopK">Only the K most probable; 0: all.</param>
/// <param name="TopP">Only the smallest set whose probability reaches P; 1: all.</param>
/// <param name="Seed">Same seed, same text.</param>
public sealed record SamplingOptions(double Temperature = 1.0, int TopK = 0, double TopP = 1.0, long Seed = 1);
