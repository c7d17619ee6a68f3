namespace LstmGpu.Data;

/// <summary>A sequence of tokens, each with its label; both have the same length, at least 1.</summary>
/// <param name="Line">The line of its first token.</param>
internal sealed record TaggedSequence(string[] Tokens, string[] Labels, long Line);
