namespace LstmGpu.Data.Tokens;

/// <summary>A reading position in a <see cref="TokenCorpus"/>. Nothing is allocated after construction.</summary>
internal sealed class TokenCursor(TokenCorpus corpus, ByteWindow window) : ITokenCursor
{
    private readonly int[] piece = new int[TextPieces.Longest]; // the tokens of the last piece that was taken
    private int at, count;

    public long Position { get; private set; }

    public void Seek(long position)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(position, corpus.Length);

        (long landmark, long offset) = corpus.Landmark(position);
        if (position < Position || landmark > Position)
        {
            window.Jump(offset);
            (Position, at, count) = (landmark, 0, 0);
        }

        while (Position < position)
        {
            int taken = (int)Math.Min(Available(), position - Position);
            at += taken;
            Position += taken;
        }
    }

    public void Read(Span<int> ids)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ids.Length, corpus.Length - Position, nameof(ids));

        for (int done = 0; done < ids.Length;)
        {
            int taken = Math.Min(Available(), ids.Length - done);
            piece.AsSpan(at, taken).CopyTo(ids[done..]);
            at += taken;
            done += taken;
        }

        Position += ids.Length;
    }

    /// <summary>Tokens of the piece that are still to be read; at least one.</summary>
    private int Available()
    {
        if (at == count)
        {
            if (window.Fill(TextPieces.Lookahead) == 0)
            {
                throw window.Changed();
            }

            int bytes = TextPieces.Length(window.Rest);
            (at, count) = (0, corpus.Tokenizer.EncodePiece(window.Rest[..bytes], piece));
            if (count == 0)
            {
                throw window.Changed();
            }

            window.Advance(bytes);
        }

        return count - at;
    }
}
