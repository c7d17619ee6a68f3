namespace LstmGpu.Data.Tokens;

/// <summary>A reading position in an <see cref="ITokenSource"/>. Nothing is allocated after construction.</summary>
internal interface ITokenCursor
{
    /// <summary>The token that the next read starts with.</summary>
    long Position { get; }

    /// <summary>Moves to a token; the end of the text is a legal place.</summary>
    void Seek(long position);

    /// <summary>Writes the ids of the next tokens and moves past them.</summary>
    /// <exception cref="DataException">The file was changed after it was opened.</exception>
    void Read(Span<int> ids);
}
