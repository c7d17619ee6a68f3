using System.Collections;
using System.Text;
using LstmGpu.Data;

namespace LstmGpu.Tasks;

/// <summary>Scores the dependent words of an agreement text: right when every character of the word is the model's first choice.</summary>
internal sealed class AgreementScore
{
    private const int DistancesPerRow = 10;

    // The grammar is recognised by the first lines; a text that merely holds one such line is not an agreement corpus.
    private const int ProbeCharacters = 4096;
    private const int MostCharacters = 64 << 20;

    private readonly TextCorpus corpus;
    private readonly long start, streamLength;
    private readonly int length, batch;
    private readonly int[] ids;
    private readonly BitArray right, predicted;

    private AgreementScore(TextCorpus corpus, long start, long length, int batch)
    {
        (this.corpus, this.start, this.length, this.batch) = (corpus, start, (int)length, batch);
        streamLength = length / batch;
        ids = new int[length];
        corpus.Read(start, ids);
        right = new BitArray(this.length);
        predicted = new BitArray(this.length);
    }

    /// <summary>A score for this range, or null when it is not made of agreement sentences.</summary>
    public static AgreementScore? For(TextCorpus corpus, long start, long length, int batch)
    {
        if (length > MostCharacters)
        {
            return null;
        }
        int[] probe = new int[(int)Math.Min(length, ProbeCharacters)];
        corpus.Read(start, probe);
        string[] lines = Text(corpus, probe).Split('\n');
        // The first and the last may be cut.
        int sentences = lines.Skip(1).SkipLast(1).Count(l => AgreementSentence.TryParse(l, out _));
        return sentences > 0 && sentences == lines.Length - 2 ? new AgreementScore(corpus, start, length, batch) : null;
    }

    /// <summary>Takes one window's most probable characters, [T,B], as predictions of the characters after its inputs.</summary>
    public void Add(long firstStep, int steps, int[] predictions)
    {
        for (int t = 0; t < steps; t++)
        {
            for (int b = 0; b < batch; b++)
            {
                int at = (int)(b * streamLength + firstStep + t + 1);
                predicted[at] = true;
                right[at] = predictions[t * batch + b] == ids[at];
            }
        }
    }

    /// <summary>Accuracy by distance, in rows of ten. Sentences that a stream border cuts are left out.</summary>
    public IReadOnlyList<AgreementRow> Rows()
    {
        var rows = new SortedDictionary<int, (long Right, long Total)>();
        int at = 0;
        foreach (string line in Text(corpus, ids).Split('\n'))
        {
            if (AgreementSentence.TryParse(line, out AgreementSentence sentence) && IsWhole(at, line.Length))
            {
                int row = (sentence.Distance - 1) / DistancesPerRow;
                (long correct, long total) = rows.GetValueOrDefault(row);
                bool all = Enumerable.Range(at + sentence.DependentStart, sentence.Dependent.Length).All(n => right[n]);
                rows[row] = (correct + (all ? 1 : 0), total + 1);
            }
            at += line.Length + 1;
        }
        return [.. rows.Select(r => new AgreementRow(r.Key * DistancesPerRow + 1, (r.Key + 1) * DistancesPerRow, r.Value.Right, r.Value.Total))];
    }

    private bool IsWhole(int from, int count)
    {
        for (int n = from; n < from + count; n++)
        {
            if (!predicted[n] && n != 0)
            {
                return false;
            }
        }
        return from > 0;
    }

    // The grammar's characters are single UTF-16 units, so positions in the text are positions in ids.
    private static string Text(TextCorpus corpus, ReadOnlySpan<int> ids)
    {
        var text = new StringBuilder(ids.Length);
        foreach (int id in ids)
        {
            text.Append(corpus.Vocabulary.Symbol(id));
        }
        return text.ToString();
    }
}
