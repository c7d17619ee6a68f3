using System.Globalization;
using System.Xml.Linq;
using static LstmGpu.Reporting.PageMarkup;

namespace LstmGpu.Reporting;

/// <summary>How often each label (row) was taken for each (column), shaded by the share of its row, with words on hover.</summary>
/// <param name="Step">Whose weights were asked.</param>
internal sealed record ConfusionTable(long Step, IReadOnlyList<string> Labels, IReadOnlyList<IReadOnlyList<long>> Counts)
{
    // More are too many to look at, and too large a page.
    private const int MostLabels = 60;

    public IEnumerable<XElement> ToHtml()
    {
        yield return Html("h2", "", string.Create(CultureInfo.InvariantCulture, $"Held-out labels and what the model of step {Step:#,0} took them for"));
        yield return Labels.Count > MostLabels
            ? Html("p", "quietly", string.Create(CultureInfo.InvariantCulture, $"{Labels.Count} labels are too many to draw; lstmgpu eval --json has the matrix"))
            : Html("div", "wide", Html("table", "confusion", Html("thead", "", Head()), Html("tbody", "", [.. Labels.Select((_, truth) => Row(truth))])));
    }

    // Columns by number, as names would not stand side by side.
    private XElement Head() => Html("tr", "", [Html("th", "", "label"), .. Labels.Select((label, id) => With(Html("th", "", Ordinal(id)), ("title", label)))]);

    private XElement Row(int truth)
    {
        long support = Counts[truth].Sum();
        return Html("tr", "", [Html("th", "", $"{Ordinal(truth)} {Labels[truth]}"), .. Counts[truth].Select((count, found) => Cell(truth, found, count, support))]);
    }

    private XElement Cell(int truth, int found, long count, long support)
    {
        string words = string.Create(CultureInfo.InvariantCulture, $"{count:#,0} of {support:#,0} {Labels[truth]} taken for {Labels[found]}");
        string colour = truth == found ? "--gate" : "--minus";
        string share = Number(support == 0 ? 0 : 70.0 * count / support); // of the colour, so that the number on it stays readable
        return With(Html("td", "", count == 0 ? "·" : count.ToString(CultureInfo.InvariantCulture)), ("title", words), ("style", $"background: color-mix(in srgb, var({colour}) {share}%, transparent)"));
    }

    private static string Ordinal(int id) => (id + 1).ToString(CultureInfo.InvariantCulture);
}
