using System.Globalization;
using LstmGpu.Formats;

namespace LstmGpu.Data.Vectors;

/// <summary>
/// Neighbours and analogies by the cosine, cos(a, b) = a·b / (‖a‖‖b‖) in double precision (Mikolov et al. 2013). A row of zeros has no direction:
/// it is nobody's neighbour.
/// </summary>
internal sealed class WordVectors
{
    private readonly EmbeddingTable table;
    private readonly string path;
    private readonly double[] norms;

    /// <param name="path">Where the table comes from, for messages.</param>
    public WordVectors(EmbeddingTable table, string path)
    {
        (this.table, this.path) = (table, path);
        norms = [.. table.Rows.Select(row => Math.Sqrt(Dot(row, row)))];
    }

    /// <summary>The row of a word as it stands, then behind a space, where words of text usually are, then in lower case.</summary>
    /// <exception cref="DataException">The word is unknown.</exception>
    public int Row(string word)
    {
        int row = ((string[])[word, ' ' + word, Lower(word), ' ' + Lower(word)]).Select(table.Find).FirstOrDefault(found => found >= 0, -1);
        if (row >= 0)
        {
            return row;
        }

        string next = ClosestName.Find(word, table.Words.Select(known => known.TrimStart(' '))) is { } near ? $"did you mean {Quote.Name(near)}?" : "use a word that it has";
        throw new DataException($"{Quote.Name(word)} is not among the {table.Words.Count} words of '{path}'; {next}");
    }

    /// <summary>Whether the vector of a row is not zero.</summary>
    public bool HasDirection(int row) => norms[row] > 0;

    /// <summary>The words with the largest cosine to a word, without itself; of equals the first in the table.</summary>
    /// <exception cref="DataException">The word is unknown or its vector zero.</exception>
    public IReadOnlyList<Neighbour> Nearest(string word, int count)
    {
        int row = Row(word);
        return Nearest(Unit(row), count, [row]);
    }

    /// <exception cref="DataException">A word is unknown or its vector zero.</exception>
    public double Similarity(string a, string b) => Dot(Unit(Row(a)), Unit(Row(b)));

    /// <summary>Words d for "a is to b as c is to d": the largest cosine to b/‖b‖ − a/‖a‖ + c/‖c‖ (3CosAdd), without a, b and c.</summary>
    /// <exception cref="DataException">A word is unknown or its vector zero.</exception>
    public IReadOnlyList<Neighbour> Analogy(string a, string b, string c, int count)
    {
        int[] rows = [Row(a), Row(b), Row(c)];
        double[][] units = [.. rows.Select(Unit)];
        double[] target = [.. Enumerable.Range(0, table.Width).Select(i => units[1][i] - units[0][i] + units[2][i])];
        double norm = Math.Sqrt(Dot(target, target));
        return norm > 0
            ? Nearest([.. target.Select(value => value / norm)], count, rows)
            : throw new DataException($"{Quote.Name(b)} − {Quote.Name(a)} + {Quote.Name(c)} is zero in '{path}', expected a direction; use other words");
    }

    private double[] Unit(int row) => norms[row] > 0
        ? [.. table.Rows[row].Select(value => value / norms[row])]
        : throw new DataException($"the vector of {Quote.Name(table.Words[row])} in '{path}' is zero, expected one with a direction; use another word");

    private List<Neighbour> Nearest(double[] unit, int count, int[] excluded) =>
    [
        .. Enumerable.Range(0, table.Words.Count).Where(row => norms[row] > 0 && !excluded.Contains(row))
            .Select(row => (row, Cosine: Dot(table.Rows[row], unit) / norms[row]))
            .OrderByDescending(candidate => candidate.Cosine).ThenBy(candidate => candidate.row).Take(count)
            .Select(candidate => new Neighbour(table.Words[candidate.row], candidate.Cosine)),
    ];

    private static string Lower(string word) => word.ToLower(CultureInfo.InvariantCulture);

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();

    // In order and in double precision: the same bits everywhere.
    private static double Dot(float[] a, float[] b) => Dot(a, Array.ConvertAll(b, value => (double)value));

    private static double Dot(float[] a, double[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }
}

/// <summary>A word and its cosine to what was asked for.</summary>
internal sealed record Neighbour(string Word, double Cosine);
