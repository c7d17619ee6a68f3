using System.Text;

namespace LstmGpu.Data.Tokens;

/// <summary>
/// Byte-level byte pair encoding (Sennrich et al. 2016; on bytes, Radford et al. 2019). Ids 0 to 255 are the bytes, so every text can be written and
/// nothing is unknown; each merge joins two tokens to one. Merges stay within a piece of <see cref="TextPieces"/>. A merge whose bytes are
/// already a token gives that token.
/// </summary>
internal sealed class BytePairTokenizer : PieceTokenizer
{
    private readonly List<byte[]> bytes = [.. Enumerable.Range(0, 256).Select(value => new[] { (byte)value })];
    private readonly Dictionary<byte[], int> idOf;
    private readonly Dictionary<(int Left, int Right), (int Rank, int Id)> ranks = [];
    private readonly List<(int Left, int Right)> merges = [];

    public BytePairTokenizer() => idOf = bytes.Select((value, id) => (value, id)).ToDictionary(pair => pair.value, pair => pair.id, ByteStrings.Comparer);

    public override int Count => bytes.Count;

    public override int Unknown => -1;

    /// <summary>The pairs in the order in which they are joined.</summary>
    public IReadOnlyList<(int Left, int Right)> Merges => merges;

    /// <summary>The token of some bytes, or −1.</summary>
    public int Find(byte[] token) => idOf.GetValueOrDefault(token, -1);

    /// <summary>Adds a merge behind the others and returns the token that it makes; −1 where there is that merge already.</summary>
    public int Merge(int left, int right)
    {
        byte[] joined = [.. bytes[left], .. bytes[right]];
        int id = Find(joined);
        if (!ranks.TryAdd((left, right), (merges.Count, id >= 0 ? id : bytes.Count)))
        {
            return -1;
        }

        merges.Add((left, right));
        if (id < 0)
        {
            id = bytes.Count;
            bytes.Add(joined);
            idOf.Add(joined, id);
        }

        return id;
    }

    /// <summary>The text of a token; where its characters are not whole, its bytes as <c>&lt;0xE4&gt;</c>, which no token is spelt.</summary>
    public override string Symbol(int id) => System.Text.Unicode.Utf8.IsValid(bytes[id])
        ? Encoding.UTF8.GetString(bytes[id])
        : string.Concat(bytes[id].Select(value => $"<0x{value:X2}>"));

    public override ReadOnlySpan<byte> Bytes(int id) => bytes[id];

    public override int EncodePiece(ReadOnlySpan<byte> piece, Span<int> ids)
    {
        for (int i = 0; i < piece.Length; i++)
        {
            ids[i] = piece[i];
        }

        int count = piece.Length;
        while (First(ids[..count]) is { } merge)
        {
            count = Join(ids[..count], merge.Left, merge.Right, merge.Id);
        }

        return count;
    }

    public override byte[] ToJson() => TokenizerFile.Write(this);

    /// <summary>Puts <paramref name="id"/> in place of each pair, from left to right, and returns the new length.</summary>
    internal static int Join(Span<int> ids, int left, int right, int id)
    {
        int to = 0;
        for (int from = 0; from < ids.Length; to++)
        {
            bool pair = ids[from] == left && from + 1 < ids.Length && ids[from + 1] == right;
            ids[to] = pair ? id : ids[from];
            from += pair ? 2 : 1;
        }

        return to;
    }

    // The pair that was learned first.
    private (int Left, int Right, int Id)? First(ReadOnlySpan<int> ids)
    {
        int best = int.MaxValue;
        (int, int, int)? first = null;
        for (int i = 0; i + 1 < ids.Length; i++)
        {
            if (ranks.TryGetValue((ids[i], ids[i + 1]), out (int Rank, int Id) merge) && merge.Rank < best)
            {
                best = merge.Rank;
                first = (ids[i], ids[i + 1], merge.Id);
            }
        }

        return first;
    }
}
