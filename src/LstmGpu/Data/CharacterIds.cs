using System.Text;

namespace LstmGpu.Data;

/// <summary>
/// The characters of a <see cref="LstmGpu.Data.Vocabulary"/> and one id more, the last, for every character that is not among them, so that a text which
/// was never seen still has ids. <see cref="LstmGpu.Data.Vocabulary"/> alone refuses such a text.
/// </summary>
internal sealed class CharacterIds(Vocabulary vocabulary)
{
    /// <summary>The characters that have an id of their own; saved, it is all that loading needs.</summary>
    public Vocabulary Vocabulary => vocabulary;

    /// <summary>Number of ids, V: the characters and the unknown.</summary>
    public int Count => vocabulary.Count + 1;

    /// <summary>The id of a character that is not among them: V − 1.</summary>
    public int Unknown => vocabulary.Count;

    /// <summary>Gives an id to each character that occurs <paramref name="minimumCount"/> times or more; the rarer ones train the vector of the unknown.</summary>
    /// <param name="texts">The training part alone: a held-out character must stay unknown.</param>
    /// <param name="minimumCount">With 1 no training character is unknown, and the unknown keeps its initial vector; 2 is the least that trains it.</param>
    public static CharacterIds FromTraining(IEnumerable<string> texts, int minimumCount)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(minimumCount, 1);
        return new(Vocabulary.FromRunes(texts.SelectMany(text => text.EnumerateRunes())
            .CountBy(rune => rune).Where(pair => pair.Value >= minimumCount).Select(pair => pair.Key)));
    }

    /// <summary>The ids of a text. Half a surrogate pair counts as U+FFFD.</summary>
    /// <param name="unknown">How many characters have no id of their own.</param>
    public int[] Encode(string text, out int unknown)
    {
        List<int> ids = new(text.Length);
        unknown = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            int id = vocabulary.Find(rune);
            unknown += id < 0 ? 1 : 0;
            ids.Add(id < 0 ? Unknown : id);
        }

        return [.. ids];
    }

    public string Symbol(int id) => id == Unknown ? "<unk>" : vocabulary.Symbol(id);
}
