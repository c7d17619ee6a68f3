using System.Globalization;
using LstmGpu.Formats;

namespace LstmGpu.Data;

internal enum HoldOutKind
{
    /// <summary>The last share of each group.</summary>
    LastShare,

    /// <summary>The last rows of each group.</summary>
    LastRows,

    /// <summary>A share drawn by seed.</summary>
    RandomShare,

    /// <summary>Every n-th of each group: of 1, 2, 3 … those that n divides.</summary>
    Every,

    /// <summary>All train; another file is held out.</summary>
    SeparateFile,
}

/// <summary>Which examples are held out of training; the same for the same data, always.</summary>
internal sealed record HoldOut(HoldOutKind Kind, double Share = 0, int Number = 0, string? File = null)
{
    /// <summary>Reads <c>last:0.1</c>, <c>last:48</c>, <c>random:0.2</c>, <c>every:5</c> or <c>file:PATH</c>.</summary>
    /// <exception cref="ConfigurationException">It is none of these.</exception>
    public static HoldOut Parse(string text)
    {
        int colon = text.IndexOf(':');
        string value = text[(colon + 1)..];
        bool isShare = double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double share) && share > 0 && share < 1;
        bool isNumber = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0;
        return (colon < 0 ? "" : text[..colon]) switch
        {
            "last" when isShare => new(HoldOutKind.LastShare, Share: share),
            "last" when isNumber => new(HoldOutKind.LastRows, Number: number),
            "random" when isShare => new(HoldOutKind.RandomShare, Share: share),
            "every" when isNumber && number > 1 => new(HoldOutKind.Every, Number: number),
            "file" when value.Length > 0 => new(HoldOutKind.SeparateFile, File: value),
            _ => throw new ConfigurationException(
                $"hold-out {Quote.Name(text)} is not known, expected last:0.1, last:48, random:0.2, every:5 (2 or more) or file:PATH; correct it"),
        };
    }

    /// <summary>Divides examples 0…N−1; both parts keep their order.</summary>
    /// <param name="groups">[N] the group of each example, in ascending order.</param>
    /// <param name="source">The file or folder, for the message.</param>
    /// <exception cref="DataException">Nothing is left to train on, or nothing is held out.</exception>
    public (int[] Training, int[] HeldOut) Split(IReadOnlyList<int> groups, long seed, string source)
    {
        bool[] held = Kind == HoldOutKind.RandomShare ? Drawn(groups.Count, seed) : ByPlace(groups);
        int[] training = [.. Enumerable.Range(0, groups.Count).Where(n => !held[n])];
        int[] heldOut = [.. Enumerable.Range(0, groups.Count).Where(n => held[n])];
        return training.Length > 0 && (heldOut.Length > 0 || Kind == HoldOutKind.SeparateFile) ? (training, heldOut) : throw new DataException(
            $"{Quote.Name(source)}: {groups.Count} examples leave {training.Length} for training and {heldOut.Length} held out, expected at least one of each; "
            + "hold out another part or add examples");
    }

    private bool[] Drawn(int count, long seed)
    {
        bool[] held = new bool[count];
        int training = (int)CorpusSplit.Of(count, Share).Training;
        foreach (int place in Permutation.Of(count, seed, epoch: 0, purpose: 2).AsSpan(training))
        {
            held[place] = true;
        }

        return held;
    }

    private bool[] ByPlace(IReadOnlyList<int> groups)
    {
        bool[] held = new bool[groups.Count];
        for (int start = 0, end; start < groups.Count; start = end)
        {
            for (end = start; end < groups.Count && groups[end] == groups[start];)
            {
                end++;
            }

            for (int place = 0; place < end - start; place++)
            {
                held[start + place] = IsHeld(place, end - start);
            }
        }

        return held;
    }

    private bool IsHeld(int place, int count) => Kind switch
    {
        HoldOutKind.LastShare => place >= CorpusSplit.Of(count, Share).Training,
        HoldOutKind.LastRows => place >= count - Number,
        HoldOutKind.Every => (place + 1) % Number == 0,
        _ => false,
    };
}
