using System.Runtime.CompilerServices;

namespace LstmGpu.Devices.Cpu;

/// <summary>
/// norm(v) = (v − mean)/√(var + ε) of one row, and its gradient. With a gap of g elements after the first g the gap has no part in it: the forget
/// block of coupled gates.
/// </summary>
internal static unsafe class RowNorm<S, V> where S : struct, ISimd<V> where V : unmanaged
{
    // 64 interleaved sums whatever the vector width, so that the width does not change the bits.
    private const int Sums = 64;
    private const int Chains = 4;

    /// <summary>v ← norm(v); returns 1/√(var + ε).</summary>
    public static float Normalise(float* v, int count, int gap)
    {
        int behind = 2 * gap;
        int elements = count - gap;
        float mean = (float)(gap == 0 ? Sum(v, null, 0, count) : Sum(v, null, 0, gap) + Sum(v + behind, null, 0, count - behind)) / elements;
        double squares = gap == 0 ? Sum(v, v, mean, count) : Sum(v, v, mean, gap) + Sum(v + behind, v + behind, mean, count - behind);
        float scale = (float)(1 / Math.Sqrt(squares / elements + CellOptions.NormEpsilon));
        V means = S.Broadcast(mean);
        V scales = S.Broadcast(scale);
        for (int n = 0; n < count; n += S.Count)
        {
            Lanes<S, V>.Store(S.Multiply(S.Subtract(S.Load(v + n), means), scales), v + n, count - n);
        }
        new Span<float>(v + gap, gap).Clear();
        return scale;
    }

    /// <summary>dv = scale·(dy − mean(dy) − y∘mean(dy∘y)) for y = norm(v). dy is 0 in the gap; dv may be the memory of either.</summary>
    public static void Gradient(float* dy, float* y, float* dv, int count, int gap, float scale)
    {
        int elements = count - gap;
        V mean = S.Broadcast((float)(Sum(dy, null, 0, count) / elements));
        V slope = S.Broadcast((float)(-Sum(dy, y, 0, count) / elements));
        V scales = S.Broadcast(scale);
        for (int n = 0; n < count; n += S.Count)
        {
            V value = S.Fma(S.Load(y + n), slope, S.Subtract(S.Load(dy + n), mean));
            Lanes<S, V>.Store(S.Multiply(value, scales), dv + n, count - n);
        }
        new Span<float>(dv + gap, gap).Clear();
    }

    // Σ (a−shift)∘(b−shift), or Σ a where b is null.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Sum(float* a, float* b, float shift, int count)
    {
        float* lanes = stackalloc float[Sums];
        int whole = count & -Sums;
        V shifts = S.Broadcast(shift);
        for (int lane = 0; lane < Sums; lane += Chains * S.Count)
        {
            V s0 = S.Broadcast(0f), s1 = s0, s2 = s0, s3 = s0;
            for (int n = lane; n < whole; n += Sums)
            {
                if (b == null)
                {
                    s0 = S.Add(s0, S.Load(a + n));
                    s1 = S.Add(s1, S.Load(a + n + S.Count));
                    s2 = S.Add(s2, S.Load(a + n + 2 * S.Count));
                    s3 = S.Add(s3, S.Load(a + n + 3 * S.Count));
                }
                else
                {
                    s0 = S.Fma(S.Subtract(S.Load(a + n), shifts), S.Subtract(S.Load(b + n), shifts), s0);
                    s1 = S.Fma(S.Subtract(S.Load(a + n + S.Count), shifts), S.Subtract(S.Load(b + n + S.Count), shifts), s1);
                    s2 = S.Fma(S.Subtract(S.Load(a + n + 2 * S.Count), shifts), S.Subtract(S.Load(b + n + 2 * S.Count), shifts), s2);
                    s3 = S.Fma(S.Subtract(S.Load(a + n + 3 * S.Count), shifts), S.Subtract(S.Load(b + n + 3 * S.Count), shifts), s3);
                }
            }
            S.Store(s0, lanes + lane);
            S.Store(s1, lanes + lane + S.Count);
            S.Store(s2, lanes + lane + 2 * S.Count);
            S.Store(s3, lanes + lane + 3 * S.Count);
        }
        double sum = 0;
        for (int lane = 0; whole > 0 && lane < Sums; lane++)
        {
            sum += lanes[lane];
        }
        for (int n = whole; n < count; n++)
        {
            sum += b == null ? a[n] : (double)(a[n] - shift) * (b[n] - shift);
        }
        return sum;
    }
}
