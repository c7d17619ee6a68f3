using LstmGpu.Data.Vectors;
using LstmGpu.Formats;
using LstmGpu.Reporting;

namespace LstmGpu.Tasks;

/// <summary>Vectors of words in the plane in which these words differ most: their two principal components.</summary>
/// <param name="Points">In the order that was asked for.</param>
/// <param name="Variances">Of each component, over the words less one.</param>
/// <param name="Shares">Of the whole variance, 0 to 1.</param>
internal sealed record EmbeddingPlane(IReadOnlyList<EmbeddingPoint> Points, (double X, double Y) Variances, (double X, double Y) Shares)
{
    /// <summary>The effort grows with the cube of it, and more are no picture.</summary>
    public const int MostWords = 300;

    /// <param name="rows">Distinct rows of the table, two to <see cref="MostWords"/>.</param>
    /// <param name="source">Where the table comes from, for messages.</param>
    /// <exception cref="DataException">A vector is not finite, or all are equal.</exception>
    public static EmbeddingPlane Of(EmbeddingTable table, IReadOnlyList<int> rows, string source)
    {
        foreach (int row in rows)
        {
            if (!table.Rows[row].All(float.IsFinite))
            {
                throw new DataException($"the vector of {Quote.Name(table.Words[row])} in '{source}' holds a value that is not finite, expected numbers; use other words");
            }
        }

        PrincipalComponents components = PrincipalComponents.Of([.. rows.Select(row => table.Rows[row])], count: 2)
            ?? throw new DataException($"the {rows.Count} vectors of '{source}' are all equal, expected some that differ; use other words");
        return new(
            [.. rows.Select((row, n) => new EmbeddingPoint(table.Words[row], components.Scores[0][n], components.Scores[1][n]))],
            (components.Variances[0], components.Variances[1]),
            (components.Shares[0], components.Shares[1]));
    }

    public EmbeddingMap Map(string subtitle) => new("Embedding in two dimensions", subtitle, Points, Shares);
}
