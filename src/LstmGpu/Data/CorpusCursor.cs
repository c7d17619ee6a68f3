using System.Buffers;
using System.Text;
using LstmGpu.Data.Tokens;

namespace LstmGpu.Data;

/// <summary>
/// A reading position in a corpus with a buffer of its own, so that many streams of one file can be read side by side.
/// Nothing is allocated after construction.
/// </summary>
internal sealed class CorpusCursor : ITokenCursor
{
    public const int DefaultBufferBytes = 1 << 16;

    // The longest UTF-8 sequence: with this much in the buffer, a character is never cut.
    private const int LongestSequence = 4;

    private readonly TextCorpus corpus;
    private readonly byte[] buffer;
    private int at;
    private int count;
    private long bufferEnd; // byte offset in the file that follows the buffer

    public CorpusCursor(TextCorpus corpus, int bufferBytes = DefaultBufferBytes)
    {
        this.corpus = corpus;
        buffer = new byte[Math.Max(bufferBytes, LongestSequence)];
        (Position, bufferEnd) = corpus.Landmark(0);
    }

    /// <summary>The character that the next read starts with.</summary>
    public long Position { get; private set; }

    /// <summary>Moves to a character; the end of the text is a legal place.</summary>
    public void Seek(long character)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(character);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(character, corpus.Length);

        (long landmark, long offset) = corpus.Landmark(character);
        if (character < Position || landmark > Position)
        {
            Position = landmark;
            Jump(offset);
        }

        Skip(character - Position);
        Position = character;
    }

    /// <summary>Writes the ids of the next characters and moves past them.</summary>
    /// <exception cref="DataException">The file was changed after it was opened.</exception>
    public void Read(Span<int> ids)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ids.Length, corpus.Length - Position, nameof(ids));

        Vocabulary vocabulary = corpus.Vocabulary;
        for (int done = 0; done < ids.Length;)
        {
            Refill();
            int whole = WholeBytes();
            while (done < ids.Length && at < whole)
            {
                Rune rune = default;
                int size = 1;
                if (buffer[at] < 0x80)
                {
                    rune = new Rune((char)buffer[at]);
                }
                else if (Rune.DecodeFromUtf8(buffer.AsSpan(at, count - at), out rune, out size) != OperationStatus.Done)
                {
                    throw Changed();
                }

                int id = vocabulary.Find(rune);
                ids[done++] = id >= 0 ? id : throw Changed();
                at += size;
            }
        }

        Position += ids.Length;
    }

    private void Skip(long characters)
    {
        while (characters > 0)
        {
            Refill();
            int whole = WholeBytes();
            while (characters > 0 && at < whole)
            {
                at += SequenceLength(buffer[at]);
                characters--;
            }
        }
    }

    private static int SequenceLength(byte lead) => lead switch { < 0x80 => 1, < 0xE0 => 2, < 0xF0 => 3, _ => 4 };

    private void Jump(long offset)
    {
        long bufferStart = bufferEnd - count;
        if (offset >= bufferStart && offset <= bufferEnd)
        {
            at = (int)(offset - bufferStart);
            return;
        }

        at = count = 0;
        bufferEnd = offset;
    }

    /// <summary>The bytes at which a character may begin with certainty that all of it is in the buffer.</summary>
    private int WholeBytes() => bufferEnd >= corpus.Bytes ? count : count - LongestSequence + 1;

    private void Refill()
    {
        if (at < WholeBytes())
        {
            return;
        }

        if (at > count)
        {
            throw Changed();
        }

        buffer.AsSpan(at, count - at).CopyTo(buffer);
        count -= at;
        at = 0;
        while (count < buffer.Length && bufferEnd < corpus.Bytes)
        {
            int read = RandomAccess.Read(corpus.Handle, buffer.AsSpan(count, (int)Math.Min(buffer.Length - count, corpus.Bytes - bufferEnd)), bufferEnd);
            if (read == 0)
            {
                throw Changed();
            }

            count += read;
            bufferEnd += read;
        }

        if (count == 0)
        {
            throw Changed();
        }
    }

    private DataException Changed() => new(
        $"data file '{corpus.Path}' no longer holds the text that was checked when it was opened (near character {Position}); leave the file as it is during a run, and start again");
}
