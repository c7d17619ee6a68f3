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
        IEnumerable<XElement> parts = [Html("section", "", Table())];
        yield return Html("div", "charts", [.. Map is null ? parts : parts.Append(Html("section", "", Map.Picture()))]);
    }

    private XElement Table() => Html("div", "wide", Html(
        "table",
        "nearest",
        Html("thead", "", Html("tr", "", Html("th", "", "token"), Html("th", "", "nearest, with cosine"))),
        Html("tbody", "", [.. Neighbours.Select(row => Html("tr", "", Html("td", "", Readable(row.Word)), Html("td", "", [.. row.Nearest.SelectMany(Nearest)])))])));

    // A break between neighbours, none within
    private static object[] Nearest((string Word, double Cosine) next) =>
        [Html("span", "", Readable(next.Word), Html("small", "", next.Cosine.ToString("0.00", CultureInfo.InvariantCulture))), " "];
}

/// <summary>A token and the nearest others, nearest first.</summary>
internal sealed record NeighbourRow(string Word, IReadOnlyList<(string Word, double Cosine)> Nearest);
