using LstmGpu.Data;
using LstmGpu.Data.Tokens;

namespace LstmGpu.Tasks.Language;

/// <summary>The bigram model of a run's training text on the very tokens that an evaluation predicts.</summary>
internal static class RunBaseline
{
    /// <summary>Nats per token; null where the run's text is gone or has changed.</summary>
    /// <param name="scored">The text that is evaluated.</param>
    /// <param name="range">The validation part is evaluated.</param>
    /// <param name="batch">Streams: the first token of each is not predicted.</param>
    public static double? Loss(LoadedRun run, ITokenizer tokenizer, ITokenSource scored, CorpusSplit range, int batch, CancellationToken cancel)
    {
        if (scored.Sha256 == run.State.CorpusSha256)
        {
            return Loss(scored, run, scored, range, batch, cancel);
        }
        string own = run.Options.Data.Path ?? BundledCorpus.Path();
        if (!File.Exists(own))
        {
            return null;
        }
        using ITokenSource trained = LanguageSource.Open(own, tokenizer);
        return trained.Sha256 == run.State.CorpusSha256 ? Loss(trained, run, scored, range, batch, cancel) : null;
    }

    private static double Loss(ITokenSource trained, LoadedRun run, ITokenSource scored, CorpusSplit range, int batch, CancellationToken cancel)
    {
        long training = CorpusSplit.Of(trained.Length, run.Options.Data.ValidationFraction).Training, stream = range.Validation / batch;
        BigramBaseline bigram = BigramBaseline.Count(trained, 0, training, cancel: cancel);
        // Streams of one length: the mean over all is that of their means.
        return Enumerable.Range(0, batch).Average(b => bigram.Loss(scored, range.Training + (b * stream), stream, cancel));
    }
}
