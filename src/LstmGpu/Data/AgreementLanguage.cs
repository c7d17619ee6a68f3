namespace LstmGpu.Data;

/// <summary>What the last word agrees with, and in which language.</summary>
internal enum AgreementKind
{
    EnglishGender,
    EnglishOrigin,
    ChineseGender,
    ChineseOrigin,
}

/// <summary>
/// One way to build a sentence: opening, cue, link, clauses, frame, dependent word. Without clauses the bare link stands in place of the link.
/// </summary>
/// <param name="Cues">[answer][choice] words that call for the answer.</param>
/// <param name="Answers">[answer] dependent words.</param>
internal sealed record AgreementPattern(
    AgreementKind Kind, string Opening, string[][] Cues, string Link, string BareLink, string[] Frames, string[] Answers);

/// <summary>
/// The word lists of one language. Capitals that stand alone in a template are slots: S speaker, V verb of saying, N name, A adjective,
/// P person, C country. Nothing but the cue tells the answer: names are neutral, persons and countries in clauses are drawn without regard to it.
/// </summary>
/// <param name="Separator">What stands between two tokens: a space in English, nothing in Chinese, where each character is a token.</param>
/// <param name="ClauseEnd">Token after each clause but the last.</param>
/// <param name="LastClauseEnd">Token after the last clause.</param>
internal sealed record AgreementLanguage(
    string Separator, string ClauseEnd, string LastClauseEnd, IReadOnlyDictionary<char, string[]> Slots, string[] Clauses, AgreementPattern[] Patterns)
{
    private static readonly string[][] EnglishPersons = [["girl", "woman"], ["boy", "man"]];
    private static readonly string[] EnglishCountries = ["France", "Spain", "Japan", "Greece"];
    private static readonly string[] EnglishLanguages = ["French", "Spanish", "Japanese", "Greek"];
    private static readonly string[] EnglishOriginFrames = ["reads", "now reads", "speaks fluent", "now speaks fluent"];

    private static readonly string[][] ChinesePersons = [["女孩", "女人"], ["男孩", "男人"]];
    private static readonly string[] ChineseCountries = ["法国", "德国", "英国", "日本"];
    private static readonly string[] ChineseLanguages = ["法语", "德语", "英语", "日语"];
    private static readonly string[] ChineseOriginFrames = ["讲", "会讲", "只会讲", "说流利的", "会说流利的"];

    public static AgreementLanguage English { get; } = new(
        Separator: " ",
        ClauseEnd: ",",
        LastClauseEnd: "and",
        Slots: new Dictionary<char, string[]>
        {
            ['S'] = ["Ash", "Lin", "Mel", "Ray", "Sky", "Val"],
            ['V'] = ["says", "knows"],
            ['N'] = ["Jo", "Kim", "Kit", "Lou", "Max", "Pat", "Robin", "Sam"],
            ['A'] = ["tall", "shy", "calm", "brave"],
            ['P'] = [.. EnglishPersons.SelectMany(words => words)],
            ['C'] = EnglishCountries,
        },
        Clauses:
        [
            "ate rice", "met a P", "drank tea", "flew to C", "sang a song", "sat by a P", "ran up a hill", "saw C",
        ],
        Patterns:
        [
            new(AgreementKind.EnglishGender, "S V the A", EnglishPersons, "", "", ["hurt", "taught", "talks to", "is proud of"], ["herself", "himself"]),
            new(AgreementKind.EnglishGender, "S V N is a", EnglishPersons, "who", "and", ["we like", "we all like", "all of us like"], ["her", "him"]),
            new(AgreementKind.EnglishOrigin, "S V N from", Each(EnglishCountries), "", "", EnglishOriginFrames, EnglishLanguages),
            new(AgreementKind.EnglishOrigin, "S V N grew up in", Each(EnglishCountries), ",", "and", EnglishOriginFrames, EnglishLanguages),
        ]);

    public static AgreementLanguage Chinese { get; } = new(
        Separator: "",
        ClauseEnd: "，",
        LastClauseEnd: "，",
        Slots: new Dictionary<char, string[]>
        {
            ['S'] = ["老王", "老李", "老张", "老陈", "老赵", "老周"],
            ['V'] = ["知道", "觉得"],
            ['N'] = ["小安", "小文", "小林", "小宁", "小雨", "小云", "小星", "小乐"],
            ['A'] = ["聪明", "安静", "勇敢", "高大"],
            ['P'] = [.. ChinesePersons.SelectMany(words => words)],
            ['C'] = ChineseCountries,
        },
        Clauses:
        [
            "喝茶", "认识P", "唱歌", "去过C", "吃米饭", "等一个P", "写了一首诗", "在C看海",
        ],
        Patterns:
        [
            new(AgreementKind.ChineseGender, "SV那个A的", ChinesePersons, "", "", ["爱", "很爱", "最关心", "常常关心"], ["她自己", "他自己"]),
            new(AgreementKind.ChineseGender, "SVN是一个", ChinesePersons, "，", "，", ["我爱", "我们爱", "大家都爱", "大家都喜欢"], ["她", "他"]),
            new(AgreementKind.ChineseOrigin, "SVN生在", Each(ChineseCountries), "，", "", ChineseOriginFrames, ChineseLanguages),
            new(AgreementKind.ChineseOrigin, "SVN在", Each(ChineseCountries), "长大，", "长大，", ChineseOriginFrames, ChineseLanguages),
        ]);

    /// <summary>Tokens of a text or template: words in English, characters in Chinese, where each slot is filled by a word of two.</summary>
    public int CountTokens(string text) => Separator.Length > 0
        ? text.Split(Separator, StringSplitOptions.RemoveEmptyEntries).Length
        : text.Length + text.Count(Slots.ContainsKey);

    /// <summary>A part of a sentence with the separator that follows it.</summary>
    public string Piece(string text) => text.Length == 0 ? "" : text + Separator;

    private static string[][] Each(string[] words) => Array.ConvertAll(words, word => new[] { word });
}
