namespace LstmGpu.Data;

/// <summary>
/// The grammar of Reber (1967) in the form of Hochreiter and Schmidhuber (1997): B, then a walk over five places with two ways out of each, then E. Both ways are
/// equally probable. A string has 8 symbols on average and 6 choices, so a symbol after the first has 6·ln 2 / 7 = 0.594126 nats. The embedded grammar is B, T or
/// P, a string of the plain one, the same T or P again, E: 12 symbols and 7 choices, 7·ln 2 / 11 = 0.441094 nats.
/// String n is a pure function of seed and n.
/// </summary>
internal static class ReberGrammar
{
    public const string Symbols = "BTPSXVE";

    private const int End = 5;

    // Ways out of each place: the symbol, and where it leads.
    private static readonly (char Symbol, int To)[][] Ways =
    [
        [('T', 1), ('P', 2)],
        [('S', 1), ('X', 3)],
        [('T', 2), ('V', 4)],
        [('X', 2), ('S', End)],
        [('P', 3), ('V', End)],
    ];

    /// <summary>Strings of the grammar.</summary>
    public static IEnumerable<string> Lines(long seed, int count, bool embedded) =>
        Enumerable.Range(0, count).Select(n => Draw(new AgreementDice(seed, n), embedded));

    /// <summary>
    /// Strings of the same symbols that the grammar does not have: in turn one of the grammar's with one symbol replaced by another, and one of random symbols
    /// that is as long as one of the grammar's.
    /// </summary>
    public static IEnumerable<string> InvalidLines(long seed, int count, bool embedded) => Enumerable.Range(0, count).Select(n =>
    {
        AgreementDice dice = new(seed, n);
        char[] line;
        do
        {
            line = Draw(dice, embedded).ToCharArray();
            int replaced = dice.Below(line.Length);
            for (int at = n % 2 == 0 ? replaced : 0; at < (n % 2 == 0 ? replaced + 1 : line.Length); at++)
            {
                line[at] = Symbols[dice.Below(Symbols.Length)];
            }
        }
        while (Accepts(new string(line), embedded));
        return new string(line);
    });

    /// <summary>Whether a string is one of the grammar.</summary>
    public static bool Accepts(ReadOnlySpan<char> text, bool embedded)
    {
        if (text.Length < 2 || text[0] != 'B' || text[^1] != 'E')
        {
            return false;
        }
        if (embedded)
        {
            return text.Length > 4 && (text[1] is 'T' or 'P') && text[^2] == text[1] && Accepts(text[2..^2], embedded: false);
        }
        int place = 0;
        foreach (char symbol in text[1..^1])
        {
            place = place == End ? -1 : Array.Find(Ways[place], way => way.Symbol == symbol) is { Symbol: not '\0' } way ? way.To : -1;
            if (place < 0)
            {
                return false;
            }
        }
        return place == End;
    }

    private static string Draw(AgreementDice dice, bool embedded)
    {
        if (embedded)
        {
            char ends = dice.Below(2) == 0 ? 'T' : 'P';
            return $"B{ends}{Draw(dice, embedded: false)}{ends}E";
        }
        List<char> text = ['B'];
        for (int place = 0; place != End;)
        {
            (char symbol, place) = dice.Pick(Ways[place]);
            text.Add(symbol);
        }
        return string.Concat([.. text, 'E']);
    }
}
