using System.Runtime.InteropServices;

namespace LstmGpu.Data.Tokens;

/// <summary>
/// Learns merges: again and again the pair of neighbours that occurs most often, of equals the one of the lower ids, until there are enough or no
/// pair occurs twice. The same counts give the same merges everywhere.
/// </summary>
internal sealed class BytePairTraining
{
    private readonly (int[] Ids, long Count)[] words;
    private readonly Dictionary<(int Left, int Right), Pair> pairs = [];

    // Holds every pair at its present count or at an older one.
    private readonly PriorityQueue<(int Left, int Right), (long NegativeCount, int Left, int Right)> queue = new();
    private readonly BytePairTokenizer tokenizer = new();

    private BytePairTraining(PieceCounts counts)
    {
        words = [.. counts.Where(count => count.Key.Length > 1).OrderBy(count => count.Key, ByteStrings.Comparer)
            .Select(count => (Array.ConvertAll(count.Key, value => (int)value), count.Value))];
        for (int word = 0; word < words.Length; word++)
        {
            CountPairs(word, sign: 1);
        }

        foreach ((int Left, int Right) pair in pairs.Keys)
        {
            Enqueue(pair);
        }
    }

    /// <param name="merges">Most merges; the vocabulary has at most 256 tokens more.</param>
    /// <exception cref="ConfigurationException">Fewer than 0 merges.</exception>
    public static BytePairTokenizer Run(PieceCounts counts, int merges)
    {
        if (merges < 0)
        {
            throw new ConfigurationException($"{merges} byte pair merges were asked for, expected 0 or more; a vocabulary has at least the 256 bytes");
        }

        BytePairTraining training = new(counts);
        while (training.tokenizer.Merges.Count < merges && training.Best() is { } pair)
        {
            training.Merge(pair);
        }

        return training.tokenizer;
    }

    private (int Left, int Right)? Best()
    {
        while (queue.TryDequeue(out (int Left, int Right) pair, out (long NegativeCount, int, int) priority))
        {
            long count = pairs.TryGetValue(pair, out Pair? found) ? found.Count : 0;
            if (count == -priority.NegativeCount && count >= 2)
            {
                return pair;
            }

            if (count >= 2 && count < -priority.NegativeCount)
            {
                Enqueue(pair);
            }
        }

        return null;
    }

    private void Merge((int Left, int Right) pair)
    {
        int id = tokenizer.Merge(pair.Left, pair.Right);
        HashSet<(int, int)> grown = [];
        foreach (int word in pairs[pair].Words.ToArray())
        {
            CountPairs(word, sign: -1);
            ref int[] ids = ref words[word].Ids;
            ids = ids[..BytePairTokenizer.Join(ids, pair.Left, pair.Right, id)];
            CountPairs(word, sign: 1);
            for (int i = 0; i + 1 < ids.Length; i++)
            {
                if (ids[i] == id || ids[i + 1] == id)
                {
                    grown.Add((ids[i], ids[i + 1]));
                }
            }
        }

        pairs.Remove(pair);
        foreach ((int, int) changed in grown)
        {
            Enqueue(changed);
        }
    }

    private void CountPairs(int word, int sign)
    {
        (int[] ids, long count) = words[word];
        for (int i = 0; i + 1 < ids.Length; i++)
        {
            ref Pair? pair = ref CollectionsMarshal.GetValueRefOrAddDefault(pairs, (ids[i], ids[i + 1]), out _);
            pair ??= new Pair();
            pair.Count += sign * count;
            if (sign > 0)
            {
                pair.Words.Add(word);
            }
        }
    }

    private void Enqueue((int Left, int Right) pair) => queue.Enqueue(pair, (-pairs[pair].Count, pair.Left, pair.Right));

    /// <summary>How often two tokens are neighbours, and the words in which they are or were.</summary>
    private sealed class Pair
    {
        public long Count { get; set; }

        public HashSet<int> Words { get; } = [];
    }
}
