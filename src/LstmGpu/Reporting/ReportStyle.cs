using System.Xml.Linq;
using static LstmGpu.Reporting.PageMarkup;

namespace LstmGpu.Reporting;

/// <summary>How reports look, in light and dark, and the page around them. The texts hold no character that XML escapes: HTML would not read it back.</summary>
internal static class ReportStyle
{
    // Okabe and Ito's palette, told apart by most eyes, and by its dashes without colour
    public const string Drawing = """

        :root, svg { --ground: #fff; --ink: #1b1b1b; --quiet: #5a5f66; --grid: #d9d9d9; --line0: #0072b2; --line1: #c04a00; --line2: #007a55; --gate: #0072b2; --minus: #c04a00; }
        @media (prefers-color-scheme: dark) {
          :root, svg { --ground: #16181c; --ink: #ececec; --quiet: #a4abb5; --grid: #3a3d44; --line0: #56b4e9; --line1: #ff9447; --line2: #2fd3a0; --gate: #56b4e9; --minus: #ff9447; }
        }
        .ground { fill: var(--ground); }
        svg text { fill: var(--ink); font: 14px system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
        svg .symbol { font: 13px ui-monospace, "DejaVu Sans Mono", monospace; }
        svg .name { font-weight: 600; }
        .grid { stroke: var(--grid); stroke-width: 1; }
        .axis { stroke: var(--ink); stroke-width: 1.5; }
        .line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
        .line0 { stroke: var(--line0); }
        .line1 { stroke: var(--line1); stroke-dasharray: 7 5; }
        .line2 { stroke: var(--line2); stroke-dasharray: 1 6; }
        .mark { fill: var(--ground); stroke-width: 1.5; stroke-dasharray: none; }
        .quiet { opacity: 0; stroke: var(--ink); }
        .mark:hover { opacity: 1; fill: var(--ink); }
        .frame { fill: none; stroke: var(--grid); }
        .gate, .plus { fill: var(--gate); }
        .minus { fill: var(--minus); }
        .dot { fill: var(--line0); }
        .dot:hover { fill: var(--ink); }
        .cell:hover { stroke: var(--ink); stroke-width: 1.5; }

        """;

    private const string Page = """
        html { color-scheme: light dark; }
        body { margin: 0 auto; max-width: 1040px; padding: 12px 16px 32px; background: var(--ground); color: var(--ink);
          font: 16px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; overflow-wrap: anywhere; }
        h1 { font-size: 24px; margin: 8px 0; }
        h2 { font-size: 18px; margin: 24px 0 4px; }
        h3 { font-size: 15px; font-weight: 600; margin: 14px 0 2px; }
        .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); gap: 0 32px; }
        .chart { display: block; width: 100%; height: auto; }
        .map { max-width: 720px; }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
        th, td { text-align: left; vertical-align: top; padding: 2px 18px 2px 0; font-weight: normal; }
        thead th { border-bottom: 1px solid var(--grid); white-space: nowrap; }
        .settings td:first-child, .nearest td:first-child, .nearest span { white-space: nowrap; }
        .nearest small { color: var(--quiet); margin: 0 10px 0 3px; }
        .values th, .values td { text-align: right; }
        tbody th { color: var(--quiet); white-space: nowrap; }
        .wide { overflow-x: auto; }
        .confusion th, .confusion td, .values td { white-space: nowrap; }
        .confusion th, .confusion td { padding: 2px 6px; text-align: right; }
        .confusion tbody th, .confusion thead th:first-child { text-align: left; }
        .quietly { color: var(--quiet); margin: 2px 0; }
        pre { font: 14px/1.45 ui-monospace, "DejaVu Sans Mono", monospace; white-space: pre-wrap; border-left: 3px solid var(--grid); padding-left: 12px; margin: 4px 0; }
        summary { cursor: pointer; margin-top: 20px; }
        @media (max-width: 560px) { th, td { padding-right: 10px; } .confusion th, .confusion td { padding: 2px 4px; } }

        """;

    /// <summary>A page of one file.</summary>
    public static string Html(string title, IEnumerable<object> body)
    {
        XElement head = PageMarkup.Html(
            "head",
            "",
            With(new XElement("meta"), ("charset", "utf-8")),
            With(new XElement("meta"), ("name", "viewport"), ("content", "width=device-width, initial-scale=1")),
            PageMarkup.Html("title", "", title),
            PageMarkup.Html("style", "", Drawing + Page));
        XElement page = With(PageMarkup.Html("html", "", head, PageMarkup.Html("body", "", [.. body])), ("lang", "en"));
        return Document("<!DOCTYPE html>\n", page);
    }

    /// <summary>Names and values, one below the other.</summary>
    public static XElement Facts(IEnumerable<(string Name, string Value)> facts) => PageMarkup.Html("table", "", PageMarkup.Html(
        "tbody", "", [.. facts.Select(fact => PageMarkup.Html("tr", "", PageMarkup.Html("th", "", fact.Name), PageMarkup.Html("td", "", fact.Value)))]));

    /// <summary>A table with a heading.</summary>
    public static XElement Table(string kind, IEnumerable<string> headings, IEnumerable<IEnumerable<string>> rows) => PageMarkup.Html("div", "wide", PageMarkup.Html(
        "table",
        kind,
        PageMarkup.Html("thead", "", Row("th", headings)),
        PageMarkup.Html("tbody", "", [.. rows.Select(row => Row("td", row))])));

    private static XElement Row(string cell, IEnumerable<string> texts) => PageMarkup.Html("tr", "", [.. texts.Select(text => PageMarkup.Html(cell, "", text))]);
}
