using LstmGpu.Kernels;

namespace LstmGpu.Devices.Cpu;

/// <summary>Inverted dropout whose mask is a function of (seed, step, site, element): the backward pass draws it again instead of storing it.</summary>
internal sealed unsafe class CpuDropout(CpuThreadTeam team) : RangeTask(team)
{
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
        Share((length + 3) / 4, 4);
    }

    protected override void Range(long from, long to)
    {
        float scale = 1f / (1f - probability);
        uint* words = stackalloc uint[4];
        for (long block = from; block < to; block++)
        {
            words[0] = (uint)block;
            words[1] = (uint)(block >> 32);
            words[2] = (uint)key.Step;
            words[3] = key.Site ^ (uint)(key.Step >> 32);
            CounterRng.Draw((uint)key.Seed, (uint)(key.Seed >> 32), ref words[0], ref words[1], ref words[2], ref words[3]);
            long end = Math.Min(length, block * 4 + 4);
            for (long n = block * 4; n < end; n++)
            {
                y[n] = CounterRng.ToUnit(words[n & 3]) >= probability ? x[n] * scale : 0f;
            }
        }
    }
}
