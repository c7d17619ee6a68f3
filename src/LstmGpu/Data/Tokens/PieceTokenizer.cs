using System.Text;

namespace LstmGpu.Data.Tokens;

/// <summary>A tokenizer that cuts the text into <see cref="TextPieces"/> first and then looks at one piece at a time.</summary>
internal abstract class PieceTokenizer : ITokenizer
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public abstract int Count { get; }

    public abstract int Unknown { get; }

    public abstract string Symbol(int id);

    public abstract ReadOnlySpan<byte> Bytes(int id);

    public abstract byte[] ToJson();

    /// <summary>Writes the ids of a piece and returns how many; 0 where the piece is refused.</summary>
    /// <param name="ids">Room for <see cref="TextPieces.Longest"/> ids.</param>
    public abstract int EncodePiece(ReadOnlySpan<byte> piece, Span<int> ids);

    public int[] Encode(string text)
    {
        ReadOnlySpan<byte> bytes = WellFormed(text);
        List<int> ids = [];
        Span<int> tokens = stackalloc int[TextPieces.Longest];
        for (int at = 0; at < bytes.Length;)
        {
            int length = TextPieces.Length(bytes[at..]);
            int count = EncodePiece(bytes.Slice(at, length), tokens);
            ids.AddRange(count > 0 ? tokens[..count] : throw Refused(bytes.Slice(at, length), $"at token {ids.Count} of the text"));
            at += length;
        }

        return [.. ids];
    }

    /// <summary>The error for a piece that is not in the vocabulary.</summary>
    public DataException Refused(ReadOnlySpan<byte> piece, string where) => new(
        $"{Formats.Quote.Name(Encoding.UTF8.GetString(piece))} {where} is not among the {Count} tokens of the vocabulary, which has no {WordTokenizer.UnknownSymbol}; "
        + "take the word out, or use a vocabulary that has it");

    private static byte[] WellFormed(string text)
    {
        try
        {
            return Utf8.GetBytes(text);
        }
        catch (EncoderFallbackException broken)
        {
            throw new DataException(
                $"unit {broken.Index} of the text is half a surrogate pair (U+{(int)text[broken.Index]:X4}), expected well-formed Unicode; correct the text", broken);
        }
    }
}
