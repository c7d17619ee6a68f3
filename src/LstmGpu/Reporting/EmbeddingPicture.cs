using System.Globalization;
using System.Xml.Linq;
using static LstmGpu.Reporting.PageMarkup;

namespace LstmGpu.Reporting;

/// <summary>Which tokens a model has learned to hold for alike.</summary>
/// <param name="Checkpoint">Whose vectors these are.</param>
/// <param name="Map">null: fewer than two tokens.</param>
/// <param name="Obstacle">Why there is nothing to see; else null.</param>
internal sealed record EmbeddingPicture(string Checkpoint, IReadOnlyList<NeighbourRow> Neighbours, EmbeddingMap? Map, string? Obstacle)
{
    public IEnumerable<XElement> ToHtml()
    {
        yield return Html("h2", "", $"Embedding of {Checkpoint}");
        if (Obstacle is not null)
        {
            yield return Html("p", "quietly", Obstacle);
            yield break;
        }

        yield return Html("p", "quietly", "Frequent tokens and those with the largest cosine to them. In the map near tokens are alike; labels without room show on hover.");
        IEnumerable<XElement> parts = [Html("section", "", ReportStyle.Table("", ["token", "nearest, with cosine"], Neighbours.Select(row => new[] { Readable(row.Word), Nearest(row) })))];
        yield return Html("div", "charts", [.. Map is null ? parts : parts.Append(Html("section", "", Map.Picture()))]);
    }

    private static string Nearest(NeighbourRow row) =>
        string.Join("  ", row.Nearest.Select(next => string.Create(CultureInfo.InvariantCulture, $"{Readable(next.Word)} {next.Cosine:0.00}")));
}

/// <summary>A token and the nearest others, nearest first.</summary>
internal sealed record NeighbourRow(string Word, IReadOnlyList<(string Word, double Cosine)> Nearest);
