using System.Runtime.CompilerServices;

namespace LstmGpu.Devices.Cpu;

/// <summary>Sums in an order that depends on the data's length alone, never on the threads.</summary>
internal sealed unsafe class CpuReductions<S, V>(CpuThreadTeam team) : ITeamTask, IDisposable where S : struct, ISimd<V> where V : unmanaged
{
    // Chunks are the unit of work; their partial sums are added in order by one thread.
    private const int SmallestChunk = 16_384;
    private const int MostChunks = 4096;

    // 16 interleaved sums whatever the vector width, so that the width does not change the bits.
    private const int Lanes = 16;

    private const int RowsInBlock = 256;

    private readonly CpuBuffer partials = new("partial sums", MostChunks * sizeof(double));
    private float* x;
    private long length, chunk;
    private bool squares;

    /// <summary>Σ x or Σ x², in double.</summary>
    public double Sum(float* values, long count, bool ofSquares)
    {
        chunk = ChunkOf(count);
        int chunks = (int)((count + chunk - 1) / chunk);
        x = values;
        length = count;
        squares = ofSquares;
        if (chunks < team.Count)
        {
            SumChunks(0, chunks);
        }
        else
        {
            team.Run(this);
        }
        double sum = 0;
        for (int n = 0; n < chunks; n++)
        {
            sum += ((double*)partials.Pointer)[n];
        }
        return sum;
    }

    // Depends on the length alone, and keeps the partial sums in a buffer that never grows.
    private static long ChunkOf(long count) => Math.Max(SmallestChunk, ((count + MostChunks - 1) / MostChunks + Lanes - 1) / Lanes * Lanes);

    void ITeamTask.Run(int member)
    {
        int chunks = (int)((length + chunk - 1) / chunk);
        (int from, int to) = CpuGemm<S, V>.Share(chunks, member, team.Count);
        SumChunks(from, to);
    }

    private void SumChunks(int from, int to)
    {
        for (int n = from; n < to; n++)
        {
            long begin = n * chunk;
            ((double*)partials.Pointer)[n] = SumChunk(x + begin, Math.Min(chunk, length - begin), squares);
        }
    }

    /// <summary>Adds the column sums of y[rows, width] for columns from…to to both destinations (the second may be null), rows in ascending order.</summary>
    public static void AddColumnSums(float* y, int rows, int width, int from, int to, float* first, float* second)
    {
        // Blocks of rows bound the rounding error of a long column: it grows with the block and the number of blocks, not with their product.
        for (int row = 0; row < rows; row += RowsInBlock)
        {
            AddBlockSums(y + (long)row * width, Math.Min(RowsInBlock, rows - row), width, from, to, first, second);
        }
    }

    public void Dispose() => partials.Dispose();

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddBlockSums(float* y, int rows, int width, int from, int to, float* first, float* second)
    {
        int column = from;
        for (; column + 4 * S.Count <= to; column += 4 * S.Count)
        {
            V s0 = S.Broadcast(0f), s1 = s0, s2 = s0, s3 = s0;
            float* at = y + column;
            for (int r = 0; r < rows; r++, at += width)
            {
                s0 = S.Add(s0, S.Load(at));
                s1 = S.Add(s1, S.Load(at + S.Count));
                s2 = S.Add(s2, S.Load(at + 2 * S.Count));
                s3 = S.Add(s3, S.Load(at + 3 * S.Count));
            }
            AddTo(s0, first, second, column);
            AddTo(s1, first, second, column + S.Count);
            AddTo(s2, first, second, column + 2 * S.Count);
            AddTo(s3, first, second, column + 3 * S.Count);
        }
        for (; column < to; column++)
        {
            float sum = 0;
            for (int r = 0; r < rows; r++)
            {
                sum += y[(long)r * width + column];
            }
            first[column] += sum;
            if (second != null)
            {
                second[column] += sum;
            }
        }
    }

    private static void AddTo(V sum, float* first, float* second, int column)
    {
        S.Store(S.Add(S.Load(first + column), sum), first + column);
        if (second != null)
        {
            S.Store(S.Add(S.Load(second + column), sum), second + column);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double SumChunk(float* at, long count, bool ofSquares)
    {
        float* lanes = stackalloc float[Lanes];
        new Span<float>(lanes, Lanes).Clear();
        long n = 0;
        for (int lane = 0; lane < Lanes; lane += S.Count)
        {
            V sum = S.Broadcast(0f);
            for (n = 0; n + Lanes <= count; n += Lanes)
            {
                V value = S.Load(at + n + lane);
                sum = ofSquares ? S.Fma(value, value, sum) : S.Add(sum, value);
            }
            S.Store(sum, lanes + lane);
        }
        double total = 0;
        for (int lane = 0; lane < Lanes; lane++)
        {
            total += lanes[lane];
        }
        for (; n < count; n++)
        {
            total += ofSquares ? (double)at[n] * at[n] : at[n];
        }
        return total;
    }
}
