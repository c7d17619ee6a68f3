using Microsoft.Win32.SafeHandles;

namespace LstmGpu.Data.Tokens;

/// <summary>The pass over a checked text that counts its tokens. Memory does not grow with the text but for 16 bytes per 4,096 tokens.</summary>
/// <param name="Length">Tokens.</param>
/// <param name="Unknown">Those outside the vocabulary.</param>
/// <param name="Landmarks">Of the piece that holds every 4,096th token: its first token, and the byte at which it starts.</param>
internal sealed record TokenScan(long Length, long Unknown, (long Token, long Byte)[] Landmarks)
{
    /// <summary>Base-2 logarithm of the tokens between two landmarks. Fewer than for characters: passing a token costs more.</summary>
    public const int LandmarkBits = 12;

    /// <exception cref="DataException">The tokenizer refuses a word, or the file was changed meanwhile.</exception>
    public static TokenScan Run(SafeFileHandle handle, ByteWindow window, string path, PieceTokenizer tokenizer)
    {
        List<(long, long)> landmarks = [];
        Span<int> ids = stackalloc int[TextPieces.Longest];
        long length = 0, unknown = 0;
        while (window.Fill(TextPieces.Lookahead) > 0)
        {
            ReadOnlySpan<byte> piece = window.Rest[..TextPieces.Length(window.Rest)];
            int count = tokenizer.EncodePiece(piece, ids);
            if (count == 0)
            {
                throw tokenizer.Refused(piece, $"at {TextPosition.Of(handle, window.Offset)} of data file '{path}'");
            }

            if (length + count > (long)landmarks.Count << LandmarkBits)
            {
                landmarks.Add((length, window.Offset));
            }

            length += count;
            unknown += count == 1 && ids[0] == tokenizer.Unknown ? 1 : 0;
            window.Advance(piece.Length);
        }

        return new(length, unknown, [.. landmarks]);
    }
}
