using LstmGpu.Data.Tokens;
using Microsoft.Win32.SafeHandles;

namespace LstmGpu.Data;

/// <summary>
/// A UTF-8 text file of any size, read by character position and never loaded whole. Opening it is one pass that checks every byte; what is
/// kept is the byte offset of every 65,536th character. A byte order mark at the start is not text. Not safe for use by two threads at once;
/// give each its own <see cref="CorpusCursor"/>.
/// </summary>
internal sealed class TextCorpus : ITokenSource
{
    private readonly CorpusScan scan;
    private readonly CorpusCursor cursor;

    private TextCorpus(string path, SafeFileHandle handle, CorpusScan scan, Vocabulary vocabulary)
    {
        Path = path;
        Handle = handle;
        Vocabulary = vocabulary;
        this.scan = scan;
        cursor = new CorpusCursor(this);
    }

    public string Path { get; }

    /// <summary>Length of the text in characters (Unicode scalar values).</summary>
    public long Length => scan.Length;

    public long Characters => Length;

    /// <summary>Size of the file in bytes.</summary>
    public long Bytes => scan.Bytes;

    /// <summary>SHA-256 of the file, 64 lower-case hexadecimal digits.</summary>
    public string Sha256 => scan.Sha256;

    public Vocabulary Vocabulary { get; }

    public string Unit => "characters";

    ITokenizer ITokenSource.Tokenizer => Vocabulary;

    internal SafeFileHandle Handle { get; }

    /// <summary>Opens and checks a text file.</summary>
    /// <param name="vocabulary">The characters that may occur; null takes the sorted distinct characters of the file.</param>
    /// <exception cref="DataException">The file is missing, a directory, unreadable, empty, not UTF-8, or has a character outside the vocabulary.</exception>
    public static TextCorpus Open(string path, Vocabulary? vocabulary)
    {
        SafeFileHandle handle = InputFile.Open(path, "data file");
        try
        {
            CorpusScan scan = CorpusScan.Run(handle, path, vocabulary);
            return new TextCorpus(path, handle, scan, vocabulary ?? scan.DistinctCharacters());
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Writes the ids of the characters [start, start + ids.Length) without allocating.</summary>
    public void Read(long start, Span<int> ids)
    {
        cursor.Seek(start);
        cursor.Read(ids);
    }

    public ITokenCursor Cursor(int bufferBytes) => new CorpusCursor(this, bufferBytes);

    public void Dispose() => Handle.Dispose();

    /// <summary>The nearest indexed character at or before <paramref name="character"/>, and the byte at which it starts.</summary>
    internal (long Character, long Byte) Landmark(long character)
    {
        int entry = checked((int)(character >> CorpusScan.LandmarkBits));
        return entry < scan.Landmarks.Length ? ((long)entry << CorpusScan.LandmarkBits, scan.Landmarks[entry]) : (scan.Length, scan.Bytes);
    }
}
