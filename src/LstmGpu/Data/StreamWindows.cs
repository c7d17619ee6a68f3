using LstmGpu.Data.Tokens;

namespace LstmGpu.Data;

/// <summary>
/// Batches for truncated backpropagation through time. A range of the corpus is cut into B contiguous streams of L tokens;
/// window s takes the tokens [s·T, (s+1)·T) of every stream as inputs, and the same shifted by one as targets. What remains at the end
/// of the range (less than B tokens) belongs to no stream.
/// </summary>
internal sealed class StreamWindows
{
    private const int BufferBudget = 8 << 20;
    private const int SmallestBuffer = 256;

    private readonly long start;
    private readonly long streamLength;
    private readonly int batch;
    private readonly int bptt;
    private readonly ITokenCursor[] cursors;
    private readonly int[] lastRead; // [B] the token before each cursor: the last target of a window is the first input of the next
    private readonly int[] row;      // [T+1] one stream's window

    /// <param name="start">First token of the range.</param>
    /// <param name="length">Tokens in the range.</param>
    /// <param name="batch">Streams, B.</param>
    /// <param name="bptt">Time steps of a window, T.</param>
    /// <exception cref="DataException">The range is too short for one window.</exception>
    public StreamWindows(ITokenSource corpus, long start, long length, int batch, int bptt)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, corpus.Length - start);
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(bptt, 1);

        this.start = start;
        this.batch = batch;
        this.bptt = bptt;
        streamLength = length / batch;
        WindowsPerEpoch = (streamLength - 1) / bptt;
        if (WindowsPerEpoch < 1)
        {
            throw new DataException(
                $"corpus '{corpus.Path}' is shorter than one window: found {length} of its {corpus.Length} {corpus.Unit} for {batch} streams of {bptt + 1L}, "
                + $"need at least {batch * (bptt + 1L)}; use a smaller --batch or --bptt");
        }

        TailLength = (int)(streamLength - 1 - WindowsPerEpoch * bptt);
        row = new int[bptt + 1];
        lastRead = new int[batch];
        cursors = new ITokenCursor[batch];
        int bufferBytes = Math.Clamp(BufferBudget / batch, SmallestBuffer, CorpusCursor.DefaultBufferBytes);
        for (int b = 0; b < batch; b++)
        {
            cursors[b] = corpus.Cursor(bufferBytes);
        }
    }

    /// <summary>Full windows in one pass over the streams.</summary>
    public long WindowsPerEpoch { get; }

    /// <summary>Time steps that are left in each stream after its last full window; less than T.</summary>
    public int TailLength { get; }

    /// <summary>Reads one window. The one that follows the last read is cheap; any other costs a seek per stream.</summary>
    /// <param name="inputs">[T,B] ids.</param>
    /// <param name="targets">[T,B] the ids that follow.</param>
    public void Read(long window, Span<int> inputs, Span<int> targets)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(window);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(window, WindowsPerEpoch);
        ReadSteps(window * bptt, bptt, inputs, targets);
    }

    /// <summary>Reads the steps after the last full window, so that an evaluation meets every token of each stream.</summary>
    /// <param name="inputs">[TailLength,B] ids.</param>
    /// <param name="targets">[TailLength,B] the ids that follow.</param>
    public void ReadTail(Span<int> inputs, Span<int> targets) => ReadSteps(WindowsPerEpoch * bptt, TailLength, inputs, targets);

    private void ReadSteps(long firstStep, int steps, Span<int> inputs, Span<int> targets)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(inputs.Length, (long)steps * batch, nameof(inputs));
        ArgumentOutOfRangeException.ThrowIfNotEqual(targets.Length, (long)steps * batch, nameof(targets));

        Span<int> stream = row.AsSpan(0, steps + 1);
        for (int b = 0; b < batch; b++)
        {
            ReadStream(b, start + b * streamLength + firstStep, stream);
            for (int t = 0, at = b; t < steps; t++, at += batch)
            {
                inputs[at] = stream[t];
                targets[at] = stream[t + 1];
            }
        }
    }

    private void ReadStream(int b, long token, Span<int> ids)
    {
        ITokenCursor cursor = cursors[b];
        if (cursor.Position == token + 1)
        {
            ids[0] = lastRead[b];
            cursor.Read(ids[1..]);
        }
        else
        {
            cursor.Seek(token);
            cursor.Read(ids);
        }

        lastRead[b] = ids[^1];
    }
}
