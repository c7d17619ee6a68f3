using LstmGpu.Kernels;

namespace LstmGpu.Devices.Cpu;

/// <summary>Dropout with one mask for all repetitions of a period: a stretch of the mask is drawn once and used for every repetition.</summary>
internal sealed unsafe class CpuPeriodicDropout<S, V>(CpuThreadTeam team) : RangeTask(team) where S : struct, ISimd<V> where V : unmanaged
{
    // Long enough that the repetitions, which lie a period apart, are read in whole cache lines; a multiple of the 4 words of a draw.
    private const int Stretch = 256;

    private float* x, y;
    private float probability;
    private long length, period;
    private DropoutKey key;

    public void Run(DeviceSlice<float> source, DeviceSlice<float> destination, float p, DropoutKey mask, long repeat)
    {
        x = source.Pointer();
        y = destination.Pointer();
        probability = p;
        length = source.Length;
        period = repeat;
        key = mask;
        Share((period + Stretch - 1) / Stretch, Stretch * ((length + period - 1) / period));
    }

    protected override void Range(long from, long to)
    {
        float* draws = stackalloc float[Stretch];
        for (long stretch = from; stretch < to; stretch++)
        {
            long first = stretch * Stretch;
            Draw(first / 4, draws);
            long count = Math.Min(Stretch, period - first);
            for (long start = first; start < length; start += period)
            {
                Apply(draws, start, (int)Math.Min(count, length - start));
            }
        }
    }

    private void Draw(long block, float* draws)
    {
        uint* words = stackalloc uint[4];
        for (int n = 0; n < Stretch; n += 4, block++)
        {
            words[0] = (uint)block;
            words[1] = (uint)(block >> 32);
            words[2] = (uint)key.Step;
            words[3] = key.Site ^ (uint)(key.Step >> 32);
            CounterRng.Draw((uint)key.Seed, (uint)(key.Seed >> 32), ref words[0], ref words[1], ref words[2], ref words[3]);
            for (int word = 0; word < 4; word++)
            {
                draws[n + word] = CounterRng.ToUnit(words[word]);
            }
        }
    }

    private void Apply(float* draws, long start, int count)
    {
        float scale = 1f / (1f - probability);
        float* from = x + start;
        float* to = y + start;
        int n = 0;
        for (; n + S.Count <= count; n += S.Count)
        {
            V kept = S.Multiply(S.Load(from + n), S.Broadcast(scale));
            S.Store(S.WhereLess(S.Load(draws + n), S.Broadcast(probability), S.Broadcast(0f), kept), to + n);
        }
        for (; n < count; n++)
        {
            to[n] = draws[n] >= probability ? from[n] * scale : 0f;
        }
    }
}
