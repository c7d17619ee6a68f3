namespace LstmGpu.Tasks;

/// <summary>How probable a language model finds a line: each token after those before it, the first after a line break, from the zero state.</summary>
/// <param name="Text">The line without its line break.</param>
/// <param name="Tokens">The tokens of the line, and last the line break behind it.</param>
public sealed record LineScore(string Text, IReadOnlyList<TokenScore> Tokens)
{
    /// <summary>−ln p of the line and its end, in nats.</summary>
    public double Loss => Tokens.Sum(token => token.Loss);

    /// <summary>The place, from 0, of the least probable token.</summary>
    public int LeastProbable => Enumerable.Range(0, Tokens.Count).MaxBy(place => Tokens[place].Loss);

    /// <summary>The tokens whose loss hangs on the line alone: not its first, and not the line break.</summary>
    public IEnumerable<TokenScore> Inner => Tokens.Skip(1).SkipLast(1);
}

/// <summary>What a language model does on the lines of a text, each read for itself.</summary>
/// <param name="Data">The text.</param>
/// <param name="Lines">Lines of it.</param>
/// <param name="Tokens">Tokens that were predicted: those of the lines and a line break for each.</param>
/// <param name="Loss">Mean cross-entropy of these in nats.</param>
/// <param name="InnerTokens">Tokens within the lines: without the first of each line and without line breaks.</param>
/// <param name="InnerLoss">Mean cross-entropy of these in nats; NaN where there are none.</param>
/// <param name="LeastProbability">The probability of the least probable token of all.</param>
/// <param name="Below">A probability.</param>
/// <param name="LinesBelow">Lines that have a token less probable than that.</param>
public sealed record LineEvaluation(
    string Data, long Lines, long Tokens, double Loss, long InnerTokens, double InnerLoss, double LeastProbability, double Below, long LinesBelow)
{
    /// <exception cref="DataException">There are no lines.</exception>
    internal static LineEvaluation Of(string data, IEnumerable<LineScore> scores, double below)
    {
        long lines = 0, tokens = 0, innerTokens = 0, linesBelow = 0;
        double loss = 0, innerLoss = 0, least = 1;
        foreach (LineScore score in scores)
        {
            lines++;
            tokens += score.Tokens.Count;
            loss += score.Loss;
            innerTokens += score.Inner.Count();
            innerLoss += score.Inner.Sum(token => token.Loss);
            double probability = score.Tokens[score.LeastProbable].Probability;
            least = Math.Min(least, probability);
            linesBelow += probability < below ? 1 : 0;
        }
        if (lines == 0)
        {
            throw new DataException($"'{data}' has no lines, expected at least one; name another file");
        }
        return new(data, lines, tokens, loss / tokens, innerTokens, innerLoss / innerTokens, least, Below: below, LinesBelow: linesBelow);
    }
}
