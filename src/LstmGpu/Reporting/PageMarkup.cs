using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace LstmGpu.Reporting;

/// <summary>Elements of SVG and HTML. What is written is XML that a browser reads as HTML too: no element is left empty that HTML wants closed.</summary>
internal static class PageMarkup
{
    public static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    public static XElement Element(string name, params (string Name, string Value)[] attributes) => With(new XElement(Svg + name), attributes);

    public static XElement Text(string text, double x, double y, string anchor, params (string Name, string Value)[] more)
    {
        XElement element = Element("text", [("x", Number(x)), ("y", Number(y)), ("text-anchor", anchor), .. more]);
        element.Add(Plain(text));
        return element;
    }

    public static XElement Segment(string kind, double x1, double y1, double x2, double y2) =>
        Element("line", ("class", kind), ("x1", Number(x1)), ("y1", Number(y1)), ("x2", Number(x2)), ("y2", Number(y2)));

    /// <summary>What a browser shows while the pointer rests on the element around it.</summary>
    public static XElement Hover(string text) => new(Svg + "title", Plain(text));

    /// <param name="content">Elements, and strings that are text.</param>
    public static XElement Html(string name, string kind, params object[] content)
    {
        var element = new XElement(name, content.Select(c => c is string text ? Plain(text) : c));
        return kind.Length == 0 ? element : With(element, ("class", kind));
    }

    public static XElement With(XElement element, params (string Name, string Value)[] attributes)
    {
        element.Add(attributes.Select(attribute => new XAttribute(attribute.Name, Plain(attribute.Value))));
        return element;
    }

    /// <summary>A coordinate.</summary>
    public static string Number(double value) => Math.Round(value, 2).ToString(CultureInfo.InvariantCulture);

    /// <summary>A value as a reader wants it: at most five significant digits, thousands apart from 10,000 on.</summary>
    public static string Figure(double value) => Math.Abs(value) switch
    {
        0 => "0",
        >= 1e15 or < 1e-4 => value.ToString("0.####e+0", CultureInfo.InvariantCulture),
        >= 1e4 => value.ToString("#,0", CultureInfo.InvariantCulture),
        _ => value.ToString("G5", CultureInfo.InvariantCulture),
    };

    /// <summary>A text without the characters that XML cannot hold; they show as pictures.</summary>
    public static string Plain(string text)
    {
        var plain = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes()) // half a surrogate pair comes as U+FFFD
        {
            bool held = rune.Value is '\t' or '\n' || (rune.Value >= ' ' && rune.Value is not (0xFFFE or 0xFFFF or 0x7F));
            plain.Append(held ? rune.ToString() : Picture(rune));
        }
        return plain.ToString();
    }

    /// <summary>One character in a column of its own: what cannot be seen shows as a picture.</summary>
    public static string Visible(string character) => character switch
    {
        " " => "␣",
        "\n" => "↵",
        "\t" => "⇥",
        _ when Rune.GetRuneAt(character, 0) is var rune && Unseen(rune) => Picture(rune),
        _ => Plain(character),
    };

    /// <summary>A token of any length, with what cannot be seen as pictures.</summary>
    public static string Readable(string token) => string.Concat(token.EnumerateRunes().Select(rune => Visible(rune.ToString())));

    /// <summary>The same where there is little room: without the space before a word.</summary>
    public static string Terse(string token) => Readable(token.Length > 1 && token[0] == ' ' ? token[1..] : token);

    /// <summary>The text of a file: <paramref name="root"/> after what must stand before it.</summary>
    public static string Document(string before, XElement root)
    {
        var text = new StringBuilder(before);
        var settings = new XmlWriterSettings { OmitXmlDeclaration = true, NewLineHandling = NewLineHandling.None };
        using (var writer = XmlWriter.Create(text, settings))
        {
            root.WriteTo(writer);
        }
        return text.Append('\n').ToString();
    }

    private static bool Unseen(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator;

    private static string Picture(Rune rune) => rune.Value switch
    {
        < ' ' => ((char)(0x2400 + rune.Value)).ToString(),
        0x7F => "␡",
        _ => "\uFFFD",
    };
}
