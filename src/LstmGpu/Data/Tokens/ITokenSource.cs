namespace LstmGpu.Data.Tokens;

/// <summary>A text on disk as a row of ids that is read from any place and never held whole.</summary>
internal interface ITokenSource : IDisposable
{
    string Path { get; }

    /// <summary>Tokens of the text.</summary>
    long Length { get; }

    /// <summary>Characters of the text (Unicode scalar values).</summary>
    long Characters { get; }

    /// <summary>Size of the file in bytes.</summary>
    long Bytes { get; }

    /// <summary>SHA-256 of the file, 64 lower-case hexadecimal digits.</summary>
    string Sha256 { get; }

    /// <summary>What a message calls a token: <c>characters</c> or <c>tokens</c>.</summary>
    string Unit { get; }

    ITokenizer Tokenizer { get; }

    /// <summary>A reading position at the start of the text, with a buffer of its own.</summary>
    ITokenCursor Cursor(int bufferBytes);
}
