using System.Collections;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace LstmGpu.Data.Tokens;

/// <summary>
/// How often each piece occurs in a text: what vocabularies are made of. Where more than <see cref="MostPieces"/> differ, the rarest are forgotten
/// as word2vec does (once, those that occurred once until then; the next time twice; …), so memory stays bounded.
/// </summary>
internal sealed class PieceCounts : IEnumerable<KeyValuePair<byte[], long>>
{
    public const int MostPieces = 1 << 22;

    private readonly int mostPieces;
    private readonly Dictionary<byte[], long> counts = new(ByteStrings.Comparer);
    private long forgotten;

    private PieceCounts(bool lower, int mostPieces) => (Lower, this.mostPieces) = (lower, mostPieces);

    /// <summary>Whether pieces were lower-cased before they were counted.</summary>
    public bool Lower { get; }

    /// <summary>Distinct pieces.</summary>
    public int Count => counts.Count;

    /// <summary>Counts the pieces that begin in the first part of a file.</summary>
    /// <param name="share">The part in bytes, above 0 up to 1: what is held out has no say in the vocabulary.</param>
    /// <exception cref="DataException">The file is missing, unreadable, empty or not UTF-8.</exception>
    public static PieceCounts OfFile(string path, double share = 1, bool lower = false, int mostPieces = MostPieces)
    {
        using SafeFileHandle handle = InputFile.Open(path, "data file");
        CorpusScan scan = CorpusScan.Run(handle, path, null);
        PieceCounts counts = new(lower, mostPieces);
        long end = (long)Math.Floor(scan.Bytes * (decimal)share);
        ByteWindow window = new(handle, path, scan.Landmarks[0], scan.Bytes, ByteWindow.DefaultBytes);
        while (window.Fill(TextPieces.Lookahead) > 0 && window.Offset < end)
        {
            counts.Add(window.Rest[..TextPieces.Length(window.Rest)]);
            window.Advance(TextPieces.Length(window.Rest));
        }

        return counts;
    }

    /// <summary>Counts the pieces of a string.</summary>
    public static PieceCounts OfText(string text, bool lower = false)
    {
        PieceCounts counts = new(lower, MostPieces);
        ReadOnlySpan<byte> bytes = System.Text.Encoding.UTF8.GetBytes(text);
        for (int at = 0, length; at < bytes.Length; at += length)
        {
            length = TextPieces.Length(bytes[at..]);
            counts.Add(bytes.Slice(at, length));
        }

        return counts;
    }

    public IEnumerator<KeyValuePair<byte[], long>> GetEnumerator() => counts.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private void Add(ReadOnlySpan<byte> piece)
    {
        Span<byte> lowered = stackalloc byte[2 * TextPieces.Longest];
        ReadOnlySpan<byte> key = Lower ? lowered[..TextPieces.Lower(piece, lowered)] : piece;
        CollectionsMarshal.GetValueRefOrAddDefault(counts.GetAlternateLookup<ReadOnlySpan<byte>>(), key, out _)++;
        if (counts.Count > mostPieces)
        {
            forgotten++;
            foreach ((byte[] rare, long count) in counts)
            {
                if (count <= forgotten)
                {
                    counts.Remove(rare);
                }
            }
        }
    }
}
