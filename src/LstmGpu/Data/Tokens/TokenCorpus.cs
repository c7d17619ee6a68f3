using Microsoft.Win32.SafeHandles;

namespace LstmGpu.Data.Tokens;

/// <summary>
/// A UTF-8 text file of any size, read by token position and never loaded whole. Opening it checks every byte and counts the tokens; what is kept is
/// the place of every 4,096th token. A byte order mark at the start is not text. Each reader takes its own cursor.
/// </summary>
internal sealed class TokenCorpus : ITokenSource
{
    private readonly SafeFileHandle handle;
    private readonly CorpusScan text;
    private readonly TokenScan scan;

    private TokenCorpus(string path, SafeFileHandle handle, CorpusScan text, PieceTokenizer tokenizer)
    {
        (Path, this.handle, this.text, Tokenizer) = (path, handle, text, tokenizer);
        scan = TokenScan.Run(handle, Window(ByteWindow.DefaultBytes), path, tokenizer);
    }

    public string Path { get; }

    public long Length => scan.Length;

    public long Characters => text.Length;

    public long Bytes => text.Bytes;

    public string Sha256 => text.Sha256;

    public string Unit => "tokens";

    /// <summary>Tokens that stand for something outside the vocabulary.</summary>
    public long Unknown => scan.Unknown;

    public PieceTokenizer Tokenizer { get; }

    ITokenizer ITokenSource.Tokenizer => Tokenizer;

    /// <exception cref="DataException">The file is missing, a directory, unreadable, empty, not UTF-8, or has a word that the tokenizer refuses.</exception>
    public static TokenCorpus Open(string path, PieceTokenizer tokenizer)
    {
        SafeFileHandle handle = InputFile.Open(path, "data file");
        try
        {
            return new TokenCorpus(path, handle, CorpusScan.Run(handle, path, null), tokenizer);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    public ITokenCursor Cursor(int bufferBytes = ByteWindow.DefaultBytes) => new TokenCursor(this, Window(bufferBytes));

    public void Dispose() => handle.Dispose();

    /// <summary>The first token of the nearest indexed piece at or before <paramref name="token"/>, and the byte at which the piece starts.</summary>
    internal (long Token, long Byte) Landmark(long token) => scan.Landmarks[(int)Math.Min(token >> TokenScan.LandmarkBits, scan.Landmarks.Length - 1)];

    private ByteWindow Window(int bytes) => new(handle, Path, text.Landmarks[0], text.Bytes, bytes);
}
