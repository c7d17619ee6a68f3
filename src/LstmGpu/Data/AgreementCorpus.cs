using System.Text;

namespace LstmGpu.Data;

/// <summary>
/// Makes the bundled corpus: one sentence per line, whose last word can be known only from a cue word that stands 1 to 60 tokens before it.
/// Sentence n is a pure function of seed, n and largest distance, so that any part of the file is a fair sample of it.
/// </summary>
internal static class AgreementCorpus
{
    // Half of the sentences are short: a network learns what agrees with what on them, and only then has a reason to carry the cue further.
    private const int ShortDistance = 10;

    private static readonly AgreementLanguage[] Languages = [AgreementLanguage.English, AgreementLanguage.Chinese];

    /// <summary>Writes the corpus as UTF-8 without a byte order mark, lines ended by LF.</summary>
    /// <exception cref="ConfigurationException">An option is out of range.</exception>
    public static void Write(Stream output, AgreementOptions options)
    {
        options.Validate();
        for (int n = 0; n < options.Sentences; n++)
        {
            output.Write(Encoding.UTF8.GetBytes(Sentence(options, n) + "\n"));
        }
    }

    /// <summary>Sentence <paramref name="n"/> of the corpus, without its line end.</summary>
    public static string Sentence(AgreementOptions options, int n)
    {
        AgreementDice dice = new(options.Seed, n);
        AgreementPlan plan = Plan(dice, options.MaxDistance);
        return plan.Say(dice.Below(plan.Answers));
    }

    /// <summary>Sentence <paramref name="n"/> before its answer is drawn.</summary>
    internal static AgreementPlan Plan(AgreementOptions options, int n) => Plan(new AgreementDice(options.Seed, n), options.MaxDistance);

    private static AgreementPlan Plan(AgreementDice dice, int maxDistance)
    {
        int distance = 1 + dice.Below(dice.Below(2) == 0 ? maxDistance : Math.Min(maxDistance, ShortDistance));
        AgreementLanguage language = dice.Pick(Languages);
        AgreementKind kind = language.Patterns[dice.Below(language.Patterns.Length)].Kind;
        (AgreementPattern pattern, string frame, int clauseTokens) = dice.Pick(Fitting(language, kind, distance));

        string clauses = Clauses(dice, language, clauseTokens);
        string link = clauses.Length == 0 ? pattern.BareLink : pattern.Link;
        string opening = language.Piece(Fill(dice, language, pattern.Opening));
        string between = language.Separator + language.Piece(link) + clauses + language.Piece(frame);
        return new AgreementPlan(pattern, opening, dice.Below(pattern.Cues[0].Length), between);
    }

    /// <summary>Every pattern and frame of a kind with which the distance can be kept, and the tokens that are left for clauses.</summary>
    private static List<(AgreementPattern Pattern, string Frame, int ClauseTokens)> Fitting(AgreementLanguage language, AgreementKind kind, int distance)
    {
        int[] costs = [.. language.Clauses.Select(clause => Cost(language, clause))];
        List<(AgreementPattern, string, int)> fitting = [];
        foreach (AgreementPattern pattern in language.Patterns.Where(pattern => pattern.Kind == kind))
        {
            foreach (string frame in pattern.Frames)
            {
                int rest = distance - language.CountTokens(frame);
                int withClauses = rest - language.CountTokens(pattern.Link);
                if (rest == language.CountTokens(pattern.BareLink))
                {
                    fitting.Add((pattern, frame, 0));
                }
                else if (withClauses >= costs.Min())
                {
                    fitting.Add((pattern, frame, withClauses));
                }
            }
        }

        return fitting;
    }

    /// <summary>
    /// Clauses, each with its end token, of exactly <paramref name="tokens"/> tokens: in the order of the list, round and round from a drawn start, less those
    /// that do not fit. The order is easy to learn and leaves the cue as what is hard.
    /// </summary>
    private static string Clauses(AgreementDice dice, AgreementLanguage language, int tokens)
    {
        // Costs run without a gap from the smallest up, so a rest is fillable when it is zero or at least the smallest.
        int smallest = language.Clauses.Min(clause => Cost(language, clause));
        StringBuilder text = new();
        for (int next = dice.Below(language.Clauses.Length); tokens > 0; next = (next + 1) % language.Clauses.Length)
        {
            string clause = language.Clauses[next];
            int rest = tokens - Cost(language, clause);
            if (rest != 0 && rest < smallest)
            {
                continue;
            }

            tokens = rest;
            text.Append(language.Piece(Fill(dice, language, clause)));
            text.Append(language.Piece(tokens > 0 ? language.ClauseEnd : language.LastClauseEnd));
        }

        return text.ToString();
    }

    // A clause and the comma or "and" after it.
    private static int Cost(AgreementLanguage language, string clause) => language.CountTokens(clause) + 1;

    private static string Fill(AgreementDice dice, AgreementLanguage language, string template)
    {
        StringBuilder text = new();
        foreach (char symbol in template)
        {
            text.Append(language.Slots.TryGetValue(symbol, out string[]? words) ? dice.Pick(words) : symbol);
        }

        return text.ToString();
    }
}
