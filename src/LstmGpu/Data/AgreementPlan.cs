namespace LstmGpu.Data;

/// <summary>
/// A sentence less its answer: drawn before the answer and without regard to it, so that cue and dependent word are all that tells two
/// answers apart.
/// </summary>
/// <param name="CueChoice">Which of the answer's cue words is said.</param>
internal sealed record AgreementPlan(AgreementPattern Pattern, string Opening, int CueChoice, string Between)
{
    public int Answers => Pattern.Answers.Length;

    /// <summary>The sentence with one answer.</summary>
    public string Say(int answer) => Opening + Pattern.Cues[answer][CueChoice] + Between + Pattern.Answers[answer];
}
