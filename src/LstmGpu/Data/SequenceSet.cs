namespace LstmGpu.Data;

/// <summary>
/// Examples in memory: sequences of unequal length, of token ids or of F features per step, with a label each, a label per step, or none.
/// A batch of them is laid out time-major and padded.
/// </summary>
internal sealed class SequenceSet
{
    private readonly int[][] tokens;
    private readonly float[][] features;
    private readonly int[] labels;
    private readonly int[][] stepLabels;

    private SequenceSet(int featureCount, int[][] tokens, float[][] features, int[] labels, int[][] stepLabels)
    {
        (FeatureCount, this.tokens, this.features, this.labels, this.stepLabels) = (featureCount, tokens, features, labels, stepLabels);
        Lengths = featureCount == 0 ? Array.ConvertAll(tokens, t => t.Length) : Array.ConvertAll(features, f => f.Length / featureCount);
    }

    /// <summary>Steps of each example.</summary>
    public int[] Lengths { get; }

    public int Count => Lengths.Length;

    /// <summary>Whether every step has a label of its own.</summary>
    public bool HasStepLabels => stepLabels.Length > 0;

    /// <summary>Features of a step, F; 0 where a step is a token id.</summary>
    public int FeatureCount { get; }

    /// <param name="tokens">Ids of each example.</param>
    /// <param name="labels">One label per example.</param>
    public static SequenceSet OfTokens(int[][] tokens, int[] labels)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(labels.Length, tokens.Length);
        return new(0, tokens, [], labels, []);
    }

    /// <param name="tokens">Ids of each example.</param>
    /// <param name="stepLabels">As many labels as ids.</param>
    public static SequenceSet OfTaggedTokens(int[][] tokens, int[][] stepLabels)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(stepLabels.Length, tokens.Length);
        for (int n = 0; n < tokens.Length; n++)
        {
            ArgumentOutOfRangeException.ThrowIfNotEqual(stepLabels[n].Length, tokens[n].Length, nameof(stepLabels));
        }

        return new(0, tokens, [], [], stepLabels);
    }

    /// <param name="features">[T,F] of each example, T its own.</param>
    /// <param name="labels">One label per example.</param>
    public static SequenceSet OfFeatures(float[][] features, int featureCount, int[] labels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(featureCount, 1);
        ArgumentOutOfRangeException.ThrowIfNotEqual(labels.Length, features.Length);
        foreach (float[] example in features)
        {
            ArgumentOutOfRangeException.ThrowIfNotEqual(example.Length % featureCount, 0, nameof(features));
        }

        return new(featureCount, [], features, labels, []);
    }

    /// <summary>Token ids of an example; only of a set of tokens.</summary>
    public IReadOnlyList<int> Tokens(int example) => tokens[example];

    /// <summary>The examples at these places, in this order.</summary>
    public SequenceSet Subset(int[] places)
    {
        T[] Of<T>(T[] all) => all.Length == 0 ? all : Array.ConvertAll(places, place => all[place]);
        return new(FeatureCount, Of(tokens), Of(features), Of(labels), Of(stepLabels));
    }

    /// <summary>The longest of these examples: the T of their batch.</summary>
    public int LongestOf(ReadOnlySpan<int> examples)
    {
        int longest = 0;
        foreach (int example in examples)
        {
            longest = Math.Max(longest, Lengths[example]);
        }

        return longest;
    }

    /// <param name="lengths">[B]; 0 in the rows that have no example.</param>
    public void CopyLengths(ReadOnlySpan<int> examples, Span<int> lengths)
    {
        lengths.Clear();
        for (int b = 0; b < examples.Length; b++)
        {
            lengths[b] = Lengths[examples[b]];
        }
    }

    /// <param name="ids">[T,B]; 0 beyond the end of a row.</param>
    public void CopyTokens(ReadOnlySpan<int> examples, int batch, Span<int> ids)
    {
        ids.Clear();
        CopySteps(tokens, examples, batch, 1, ids);
    }

    /// <param name="values">[T,B,F]; 0 beyond the end of a row.</param>
    public void CopyFeatures(ReadOnlySpan<int> examples, int batch, Span<float> values)
    {
        values.Clear();
        CopySteps(features, examples, batch, FeatureCount, values);
    }

    /// <param name="targets">[B].</param>
    /// <param name="none">What stands in the rows that have no example.</param>
    public void CopyLabels(ReadOnlySpan<int> examples, Span<int> targets, int none)
    {
        targets.Fill(none);
        for (int b = 0; b < examples.Length; b++)
        {
            targets[b] = labels[examples[b]];
        }
    }

    /// <param name="targets">[T,B].</param>
    /// <param name="none">What stands beyond the end of a row.</param>
    public void CopyStepLabels(ReadOnlySpan<int> examples, int batch, Span<int> targets, int none)
    {
        targets.Fill(none);
        CopySteps(stepLabels, examples, batch, 1, targets);
    }

    private static void CopySteps<T>(T[][] source, ReadOnlySpan<int> examples, int batch, int width, Span<T> destination)
    {
        for (int b = 0; b < examples.Length; b++)
        {
            ReadOnlySpan<T> row = source[examples[b]];
            for (int t = 0; t * width < row.Length; t++)
            {
                row.Slice(t * width, width).CopyTo(destination[((t * batch + b) * width)..]);
            }
        }
    }
}
