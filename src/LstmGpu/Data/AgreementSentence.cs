using System.Text.RegularExpressions;

namespace LstmGpu.Data;

/// <summary>A line of the agreement corpus, taken apart.</summary>
/// <param name="Cue">The word that decides the answer.</param>
/// <param name="Dependent">The last word.</param>
/// <param name="Expected">The last word that agrees with the cue.</param>
/// <param name="DependentStart">Index in the line at which the last word starts; no character of the grammar takes two UTF-16 units.</param>
/// <param name="Distance">Tokens between cue and dependent word: words and commas in English, characters in Chinese.</param>
internal readonly record struct AgreementSentence(
    AgreementKind Kind, string Cue, string Dependent, string Expected, int DependentStart, int Distance)
{
    private static readonly (AgreementLanguage Language, AgreementPattern Pattern, Regex Form)[] Forms =
    [
        .. from language in new[] { AgreementLanguage.English, AgreementLanguage.Chinese }
           from pattern in language.Patterns
           select (language, pattern, FormOf(language, pattern)),
    ];

    /// <summary>Whether the last word agrees with the cue; of a generated line this is the question.</summary>
    public bool Agrees => Dependent == Expected;

    /// <summary>Recognises a whole sentence of the grammar, whether or not its last word agrees.</summary>
    /// <param name="line">A line without its end.</param>
    public static bool TryParse(string line, out AgreementSentence sentence)
    {
        foreach ((AgreementLanguage language, AgreementPattern pattern, Regex form) in Forms)
        {
            Match match = form.Match(line);
            if (match.Success)
            {
                Group cue = match.Groups["cue"];
                Group dependent = match.Groups["dependent"];
                string expected = pattern.Answers[Array.FindIndex(pattern.Cues, words => words.Contains(cue.Value))];
                int distance = language.CountTokens(line[(cue.Index + cue.Length)..dependent.Index]);
                sentence = new AgreementSentence(pattern.Kind, cue.Value, dependent.Value, expected, dependent.Index, distance);
                return true;
            }
        }

        sentence = default;
        return false;
    }

    private static Regex FormOf(AgreementLanguage language, AgreementPattern pattern)
    {
        string clause = AnyOf(language.Clauses.Select(template => FormOf(language, template)));
        string clauses = $"(?:{language.Piece(clause)}{language.Piece(language.ClauseEnd)})*{language.Piece(clause)}{language.Piece(language.LastClauseEnd)}";
        string cue = $"(?<cue>{AnyOf(pattern.Cues.SelectMany(words => words))}){language.Separator}";
        string middle = $"(?:{language.Piece(pattern.Link)}{clauses}|{language.Piece(pattern.BareLink)})";
        string end = $"{language.Piece(AnyOf(pattern.Frames))}(?<dependent>{AnyOf(pattern.Answers)})";
        return new Regex($"\\A{language.Piece(FormOf(language, pattern.Opening))}{cue}{middle}{end}\\z", RegexOptions.CultureInvariant);
    }

    private static string FormOf(AgreementLanguage language, string template) =>
        string.Concat(template.Select(symbol => language.Slots.TryGetValue(symbol, out string[]? words) ? AnyOf(words) : symbol.ToString()));

    private static string AnyOf(IEnumerable<string> forms) => $"(?:{string.Join('|', forms)})";
}
