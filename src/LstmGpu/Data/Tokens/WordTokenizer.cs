using System.Text;

namespace LstmGpu.Data.Tokens;

/// <summary>
/// One token for each piece of text (<see cref="TextPieces"/>): words, with the space before them, and single characters. Where the vocabulary has
/// <c>&lt;unk&gt;</c>, a piece outside it becomes that; otherwise it is refused. No piece is spelt <c>&lt;unk&gt;</c>, so the token cannot be met in text.
/// </summary>
internal sealed class WordTokenizer : PieceTokenizer
{
    public const string UnknownSymbol = "<unk>";

    private readonly string[] symbols;
    private readonly byte[][] bytes;
    private readonly Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> ids;

    /// <param name="symbols">Distinct, in id order.</param>
    /// <param name="lower">Whether text is lower-cased before it is looked up.</param>
    public WordTokenizer(IEnumerable<string> symbols, bool lower)
    {
        this.symbols = [.. symbols];
        Lower = lower;
        bytes = Array.ConvertAll(this.symbols, Encoding.UTF8.GetBytes);
        Dictionary<byte[], int> idOf = new(bytes.Length, ByteStrings.Comparer);
        for (int id = 0; id < bytes.Length; id++)
        {
            idOf.Add(bytes[id], id);
        }

        ids = idOf.GetAlternateLookup<ReadOnlySpan<byte>>();
        Unknown = Array.IndexOf(this.symbols, UnknownSymbol);
    }

    public bool Lower { get; }

    public override int Count => symbols.Length;

    public override int Unknown { get; }

    /// <summary>
    /// The most frequent words of a text behind <c>&lt;unk&gt;</c>, which is id 0; words of equal count in the order of their bytes.
    /// </summary>
    /// <param name="size">Most tokens, <c>&lt;unk&gt;</c> among them.</param>
    /// <param name="minimumCount">Words that occur less often are left out. At least 2 lets a model meet <c>&lt;unk&gt;</c> in training.</param>
    /// <exception cref="ConfigurationException">A number below 1, or a size below 2.</exception>
    public static WordTokenizer FromCounts(PieceCounts counts, int size, long minimumCount)
    {
        if (size < 2 || minimumCount < 1)
        {
            throw new ConfigurationException($"a word vocabulary of {size} tokens with a minimum count of {minimumCount} was asked for, expected at least 2 and 1; use a larger number");
        }

        IEnumerable<byte[]> words = counts.Where(count => count.Value >= minimumCount)
            .OrderByDescending(count => count.Value).ThenBy(count => count.Key, ByteStrings.Comparer)
            .Take(size - 1).Select(count => count.Key);
        return new WordTokenizer(words.Select(Encoding.UTF8.GetString).Prepend(UnknownSymbol), counts.Lower);
    }

    /// <summary>
    /// Reads a JSON array of words; the order of the array is the order of the ids. A list in which no word begins with a space is one of plain words:
    /// each also gets a token with a space before it, with ids that follow the list.
    /// </summary>
    /// <exception cref="DataException">The file cannot be read, or an entry is no string, empty, or there twice.</exception>
    public static WordTokenizer LoadList(string path, bool lower)
    {
        string[] words = TokenizerFile.ReadList(path);
        bool plain = !words.Any(word => word.Length > 1 && word[0] == ' ');
        IEnumerable<string> spaced = words.Where(word => word != UnknownSymbol && !char.IsWhiteSpace(word[0])).Select(word => ' ' + word);
        return new WordTokenizer(plain ? words.Concat(spaced) : words, lower);
    }

    public override string Symbol(int id) => symbols[id];

    public override ReadOnlySpan<byte> Bytes(int id) => bytes[id];

    public override int EncodePiece(ReadOnlySpan<byte> piece, Span<int> tokens)
    {
        Span<byte> lowered = stackalloc byte[2 * TextPieces.Longest];
        int id = Lower ? Find(lowered[..TextPieces.Lower(piece, lowered)]) : Find(piece);
        tokens[0] = id;
        return id >= 0 ? 1 : 0;
    }

    public override byte[] ToJson() => TokenizerFile.Write(this, symbols);

    private int Find(ReadOnlySpan<byte> piece) => ids.TryGetValue(piece, out int id) ? id : Unknown;
}
