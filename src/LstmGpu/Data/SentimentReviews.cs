namespace LstmGpu.Data;

/// <summary>
/// Short reviews of a generated grammar, labelled positive or negative. The label is the polarity of the verdict on what is reviewed: that of its adjective,
/// turned round where the verdict is negated, and both happen equally often. Beside it stand asides about something else, whose adjectives and negations are drawn
/// without regard to the label. So each word for itself says nothing of the label: it takes the adjective, its negation, which may stand several words before, and
/// whose it is. Of reviews 2k and 2k + 1 one is positive. A review is a pure function of seed and its number.
/// </summary>
internal static class SentimentReviews
{
    private static readonly string[] Good = ["good", "clever", "funny", "moving", "fresh", "gripping", "charming", "brilliant"];
    private static readonly string[] Bad = ["bad", "dull", "boring", "clumsy", "stale", "tedious", "shallow", "awful"];
    private static readonly string[] Reviewed = ["the film", "this film", "the story", "the plot", "the book", "this novel"];
    private static readonly string[] Others = ["the popcorn", "the seat", "the weather", "the trailer", "the bus home", "the company"];
    private static readonly string[] Intensifiers = ["very", "really", "truly", "rather", "so"];
    private static readonly string[] Parentheses = [", to be honest ,", ", i must say ,", ", as my sister knows ,", ", in the end ,"];
    private static readonly string[] Verbs = ["is", "was", "seemed", "felt"];

    /// <summary>The lines of a CSV file, the header first.</summary>
    public static IEnumerable<string> Lines(long seed, int reviews)
    {
        yield return "text,label";
        for (int n = 0; n < reviews; n++)
        {
            bool first = new AgreementDice(seed, n - (n % 2)).Below(2) == 0, positive = first == (n % 2 == 0);
            AgreementDice dice = new(~seed, n);
            yield return $"\"{Review(dice, positive)}\",{(positive ? "positive" : "negative")}";
        }
    }

    private static string Review(AgreementDice dice, bool positive)
    {
        string verdict = Clause(dice, Reviewed, positive);
        return dice.Below(4) switch
        {
            0 => verdict,
            1 => $"{Aside(dice)} , but {verdict}",
            2 => $"{verdict} , although {Aside(dice)}",
            _ => $"{Aside(dice)} , {verdict} and {Aside(dice)}",
        };
    }

    private static string Aside(AgreementDice dice) => Clause(dice, Others, dice.Below(2) == 0);

    // Such as "the film was not , i must say , very good", which is negative.
    private static string Clause(AgreementDice dice, string[] subjects, bool positive)
    {
        bool negated = dice.Below(2) == 0;
        string words = $"{dice.Pick(subjects)} {dice.Pick(Verbs)}";
        words += negated ? dice.Below(3) switch { 0 => " never", 1 => " not", _ => " anything but" } : "";
        words += dice.Below(3) == 0 ? " " + dice.Pick(Parentheses) : "";
        words += dice.Below(2) == 0 ? " " + dice.Pick(Intensifiers) : "";
        return $"{words} {dice.Pick(positive != negated ? Good : Bad)}";
    }
}
