using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace LstmGpu.Data;

/// <summary>The one pass over a corpus: strict UTF-8, length, distinct characters, landmarks, checksum. Memory does not grow with the text but for 8 bytes per 65,536 characters.</summary>
internal sealed class CorpusScan
{
    /// <summary>Base-2 logarithm of the characters between two landmarks.</summary>
    public const int LandmarkBits = 16;

    private const int BlockBytes = 1 << 20;

    private readonly SafeFileHandle handle;
    private readonly string path;
    private readonly Vocabulary? vocabulary;
    private readonly ulong[] seen = new ulong[0x110000 / 64];
    private readonly List<long> landmarks = [];

    private CorpusScan(SafeFileHandle handle, string path, Vocabulary? vocabulary)
    {
        this.handle = handle;
        this.path = path;
        this.vocabulary = vocabulary;
    }

    public long Length { get; private set; }

    public long Bytes { get; private set; }

    public string Sha256 { get; private set; } = "";

    /// <summary>Byte offset of every 65,536th character.</summary>
    public long[] Landmarks { get; private set; } = [];

    public static CorpusScan Run(SafeFileHandle handle, string path, Vocabulary? vocabulary)
    {
        CorpusScan scan = new(handle, path, vocabulary);
        try
        {
            scan.ReadBlocks();
        }
        catch (Exception failed) when (failed is IOException or NotSupportedException)
        {
            throw new DataException($"data file '{path}' could not be read: {failed.Message}; expected a regular file on a sound disk", failed);
        }

        return scan.Length > 0 ? scan : throw new DataException($"data file '{path}' is empty, expected UTF-8 text; name a file with text in it");
    }

    public Vocabulary DistinctCharacters() => Vocabulary.FromRunes(Enumerable.Range(0, seen.Length * 64).Where(IsSeen).Select(value => new Rune(value)));

    private void ReadBlocks()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] block = new byte[BlockBytes];
        long blockStart = 0;
        int carried = 0;
        _ = RandomAccess.GetLength(handle); // refuses pipes and terminals, which cannot be read by position
        for (; ; )
        {
            int read = ReadFully(block.AsSpan(carried), blockStart + carried);
            hash.AppendData(block, carried, read);
            bool last = carried + read < block.Length;
            Span<byte> bytes = block.AsSpan(0, carried + read);

            int markLength = blockStart == 0 ? MarkLength(bytes) : 0;
            int done = markLength + ReadCharacters(bytes[markLength..], blockStart + markLength, last);
            carried = bytes.Length - done;
            bytes[done..].CopyTo(block);
            blockStart += done;
            if (last)
            {
                break;
            }
        }

        Bytes = blockStart;
        Sha256 = Convert.ToHexStringLower(hash.GetHashAndReset());
        Landmarks = [.. landmarks];
    }

    /// <summary>Takes in every complete character of a block and returns how many bytes that was.</summary>
    private int ReadCharacters(ReadOnlySpan<byte> bytes, long offset, bool last)
    {
        long length = Length;
        int at = 0;
        while (at < bytes.Length)
        {
            int value = bytes[at];
            int size = 1;
            if (value >= 0x80)
            {
                OperationStatus status = Rune.DecodeFromUtf8(bytes[at..], out Rune rune, out size);
                if (status == OperationStatus.NeedMoreData && !last)
                {
                    break;
                }

                value = status == OperationStatus.Done ? rune.Value : throw NotUtf8(bytes.Slice(at, size), offset + at);
            }

            if ((length & ((1 << LandmarkBits) - 1)) == 0)
            {
                landmarks.Add(offset + at);
            }

            if (!IsSeen(value))
            {
                Admit(new Rune(value), offset + at);
            }

            length++;
            at += size;
        }

        Length = length;
        return at;
    }

    private bool IsSeen(int value) => (seen[value >> 6] & (1UL << (value & 63))) != 0;

    private void Admit(Rune rune, long offset)
    {
        if (rune.Value == 0)
        {
            throw Binary($"has a NUL byte at byte {offset}");
        }

        if (vocabulary is not null && vocabulary.Find(rune) < 0)
        {
            throw new DataException(
                $"data file '{path}' has {Vocabulary.Show(rune)} at {TextPosition.Of(handle, offset)}, which is not among the {vocabulary.Count} characters of the vocabulary; "
                + "take the character out, or use a vocabulary that has it");
        }

        seen[rune.Value >> 6] |= 1UL << (rune.Value & 63);
    }

    // The UTF-32 mark FF FE 00 00 begins with the UTF-16 one.
    private int MarkLength(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith<byte>([0xFF, 0xFE]) || start.StartsWith<byte>([0xFE, 0xFF]) || start.StartsWith<byte>([0x00, 0x00, 0xFE, 0xFF]))
        {
            throw Binary("begins with the byte order mark of UTF-16 or UTF-32");
        }

        return start.StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0;
    }

    private DataException NotUtf8(ReadOnlySpan<byte> bytes, long offset) => new(
        $"data file '{path}' is not valid UTF-8: found the bytes {Convert.ToHexString(bytes)} at byte {offset} ({TextPosition.Of(handle, offset)}); "
        + "convert the file to UTF-8, for instance with iconv");

    private DataException Binary(string found) => new(
        $"data file '{path}' {found}: it is binary or UTF-16, expected UTF-8 text; convert the file to UTF-8, for instance with iconv");

    private int ReadFully(Span<byte> bytes, long offset)
    {
        int total = 0;
        for (int read = -1; read != 0 && total < bytes.Length; total += read)
        {
            read = RandomAccess.Read(handle, bytes[total..], offset + total);
        }

        return total;
    }
}
