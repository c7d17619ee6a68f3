namespace LstmGpu.Data;

/// <summary>One sequence as a file has it: a text, tokens, or features of every step, with a label, a label per token, or none.</summary>
/// <param name="Group">The file or folder that it comes from, counted from 0: a hold-out by place divides each for itself.</param>
/// <param name="Line">The line where it begins; 0 where that is not known.</param>
internal sealed record SequenceExample(int Group = 0, long Line = 0)
{
    public string? Text { get; init; }

    public string[]? Tokens { get; init; }

    /// <summary>[T,F].</summary>
    public float[]? Features { get; init; }

    public string? Label { get; init; }

    /// <summary>One for each of <see cref="Tokens"/>.</summary>
    public string[]? TokenLabels { get; init; }
}
