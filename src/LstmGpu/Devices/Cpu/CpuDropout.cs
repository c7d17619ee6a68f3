using System.Runtime.Intrinsics;
using LstmGpu.Kernels;

namespace LstmGpu.Devices.Cpu;

/// <summary>Inverted dropout whose mask is a function of (seed, step, site, element): the backward pass draws it again instead of storing it.</summary>
internal sealed unsafe class CpuDropout(CpuThreadTeam team) : RangeTask(team)
{
    private const int WordsOfBlock = 4;

    private float* x, y;
    private float probability;
    private long length;
    private DropoutKey key;

    public void Run(DeviceSlice<float> source, DeviceSlice<float> destination, float p, DropoutKey mask)
    {
        x = source.Pointer();
        y = destination.Pointer();
        probability = p;
        length = source.Length;
        key = mask;
        Share((length + WordsOfBlock - 1) / WordsOfBlock, WordsOfBlock);
    }

    protected override void Range(long from, long to)
    {
        long block = from;
        long whole = VectorRng.IsSupported ? Math.Min(to, length / WordsOfBlock) : from;
        for (; block + VectorRng.Blocks <= whole; block += VectorRng.Blocks)
        {
            (Vector256<uint> first, Vector256<uint> second) = VectorRng.Draw(key, block);
            Apply(first, block * WordsOfBlock);
            Apply(second, block * WordsOfBlock + Vector256<uint>.Count);
        }
        for (; block < to; block++)
        {
            DrawOne(block);
        }
    }

    // CounterRng.ToUnit: 24 bits are exact as a float.
    private void Apply(Vector256<uint> words, long n)
    {
        Vector256<float> unit = Vector256.ConvertToSingle((words >>> 8).AsInt32()) * (1f / 16777216f);
        Vector256<float> scaled = Vector256.Load(x + n) * (1f / (1f - probability));
        Vector256<float> kept = Vector256.GreaterThanOrEqual(unit, Vector256.Create(probability));
        Vector256.ConditionalSelect(kept, scaled, Vector256<float>.Zero).Store(y + n);
    }

    private void DrawOne(long block)
    {
        uint* words = stackalloc uint[WordsOfBlock];
        words[0] = (uint)block;
        words[1] = (uint)(block >> 32);
        words[2] = (uint)key.Step;
        words[3] = key.Site ^ (uint)(key.Step >> 32);
        CounterRng.Draw((uint)key.Seed, (uint)(key.Seed >> 32), ref words[0], ref words[1], ref words[2], ref words[3]);
        long end = Math.Min(length, (block + 1) * WordsOfBlock);
        for (long n = block * WordsOfBlock; n < end; n++)
        {
            y[n] = CounterRng.ToUnit(words[n % WordsOfBlock]) >= probability ? x[n] * (1f / (1f - probability)) : 0f;
        }
    }
}
