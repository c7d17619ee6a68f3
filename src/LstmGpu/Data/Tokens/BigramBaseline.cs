using System.Runtime.InteropServices;

namespace LstmGpu.Data.Tokens;

/// <summary>
/// The bigram model that a recurrent one is held against: interpolated Kneser-Ney of order 2 (Ney et al. 1994; Chen and Goodman 1998).
/// With c(vw) how often w follows v, c(v) their sum over w, N(v·) and N(·w) the number of different followers and predecessors, N the number of
/// different pairs, V the size of the vocabulary, and D = n₁/(n₁+2n₂) of the pairs that occur once and twice (0.75 where one of those is 0):
/// <code>
/// p(w|v) = max(c(vw) − D, 0)/c(v) + D·N(v·)/c(v) · p(w)      p(w|v) = p(w) where c(v) = 0
/// p(w)   = max(N(·w) − D, 0)/N    + D·|{w: N(·w) > 0}|/N · 1/V
/// </code>
/// </summary>
internal sealed class BigramBaseline
{
    /// <summary>Different pairs that are kept, about 400 MB.</summary>
    public const int MostPairs = 1 << 24;

    private const int BlockTokens = 1 << 13;

    private readonly Dictionary<long, int> pairs = [];
    private readonly long[] contexts;     // [V] c(v)
    private readonly int[] followers;     // [V] N(v·)
    private readonly int[] predecessors;  // [V] N(·w)
    private readonly int mostPairs;
    private double discount, unseen;

    private BigramBaseline(int vocabulary, int mostPairs)
    {
        this.mostPairs = mostPairs;
        contexts = new long[vocabulary];
        followers = new int[vocabulary];
        predecessors = new int[vocabulary];
    }

    /// <summary>Tokens that were counted: fewer than asked for where <see cref="MostPairs"/> was reached, for there counting ends.</summary>
    public long Counted { get; private set; }

    /// <summary>Counts the tokens [start, start + length).</summary>
    public static BigramBaseline Count(ITokenSource source, long start, long length, int mostPairs = MostPairs, CancellationToken cancel = default)
    {
        BigramBaseline bigram = new(source.Tokenizer.Count, mostPairs);
        long before = -1;
        foreach (int id in Tokens(source, start, length, cancel))
        {
            if (before >= 0 && !bigram.Add(before, id))
            {
                break;
            }

            bigram.Counted++;
            before = id;
        }

        bigram.Estimate();
        return bigram;
    }

    /// <summary>p(w|v).</summary>
    public double Probability(int before, int token)
    {
        double seen = pairs.Count == 0 ? 0 : Math.Max(predecessors[token] - discount, 0) / pairs.Count;
        double lower = seen + (unseen / predecessors.Length);
        long context = contexts[before];
        if (context == 0)
        {
            return lower;
        }

        double count = pairs.GetValueOrDefault(Key(before, token));
        return (Math.Max(count - discount, 0) + (discount * followers[before] * lower)) / context;
    }

    /// <summary>Mean of −ln p(w|v) in nats per token over [start + 1, start + length), each after its predecessor.</summary>
    /// <param name="length">At least 2.</param>
    public double Loss(ITokenSource source, long start, long length, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 2);
        double sum = 0;
        int before = -1;
        foreach (int id in Tokens(source, start, length, cancel))
        {
            sum -= before < 0 ? 0 : Math.Log(Probability(before, id));
            before = id;
        }

        return sum / (length - 1);
    }

    private static IEnumerable<int> Tokens(ITokenSource source, long start, long length, CancellationToken cancel)
    {
        ITokenCursor cursor = source.Cursor(CorpusCursor.DefaultBufferBytes);
        cursor.Seek(start);
        int[] block = new int[BlockTokens];
        for (long left = length; left > 0; left -= block.Length)
        {
            cancel.ThrowIfCancellationRequested();
            int count = (int)Math.Min(left, block.Length);
            cursor.Read(block.AsSpan(0, count));
            for (int i = 0; i < count; i++)
            {
                yield return block[i];
            }
        }
    }

    // Not two halves of 32 bits: the hash of a long joins its halves by exclusive or, and ids of few bits would collide.
    private long Key(long before, int token) => (before * predecessors.Length) + token;

    private bool Add(long before, int token)
    {
        ref int count = ref CollectionsMarshal.GetValueRefOrNullRef(pairs, Key(before, token));
        if (!System.Runtime.CompilerServices.Unsafe.IsNullRef(ref count))
        {
            count++;
        }
        else if (pairs.Count < mostPairs)
        {
            pairs.Add(Key(before, token), 1);
            followers[before]++;
            predecessors[token]++;
        }
        else
        {
            return false;
        }

        contexts[before]++;
        return true;
    }

    private void Estimate()
    {
        long once = pairs.Values.LongCount(count => count == 1), twice = pairs.Values.LongCount(count => count == 2);
        discount = once > 0 && twice > 0 ? once / (once + (2.0 * twice)) : 0.75;
        unseen = pairs.Count == 0 ? 1 : discount * predecessors.Count(count => count > 0) / pairs.Count;
    }
}
