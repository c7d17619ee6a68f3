using System.Globalization;
using LstmGpu.Data.Vectors;
using LstmGpu.Reporting;

namespace LstmGpu.Tasks;

/// <summary>What the report of a run says of its embedding: the neighbours of frequent tokens, and a map of them.</summary>
internal static class EmbeddingSection
{
    private const int MostRows = 24, MostNeighbours = 5, MostPoints = 60;

    /// <summary>null where the model reads no embedding, or nothing has been saved.</summary>
    public static EmbeddingPicture? Read(RunDirectory run, RunOptions options)
    {
        if (!RunVectors.Exist(options) || (run.Checkpoints.Best() ?? run.Checkpoints.Last()) is not { } checkpoint)
        {
            return null;
        }

        string step = Path.GetFileName(checkpoint);
        try
        {
            EmbeddingTable table = RunVectors.Load(run.Path);
            return new(step, Neighbours(table), Map(table, run.Path), null);
        }
        catch (DataException error) // of a damaged checkpoint all else can still be told
        {
            return new(step, [], null, error.Message);
        }
    }

    private static NeighbourRow[] Neighbours(EmbeddingTable table)
    {
        WordVectors vectors = new(table, "");
        return [.. table.ByFrequency.Where(vectors.HasDirection).Take(MostRows).Select(row => new NeighbourRow(
            table.Words[row],
            [.. vectors.Nearest(table.Words[row], MostNeighbours).Select(neighbour => (neighbour.Word, neighbour.Cosine))]))];
    }

    private static EmbeddingMap? Map(EmbeddingTable table, string source)
    {
        int[] rows = [.. table.ByFrequency.Take(MostPoints)];
        return rows.Length < 2 ? null : EmbeddingPlane.Of(table, rows, source).Map(string.Create(CultureInfo.InvariantCulture, $"{rows.Length} of {table.Words.Count:#,0} tokens"));
    }
}
