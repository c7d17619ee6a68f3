using System.Runtime.CompilerServices;

namespace LstmGpu.Devices.Cpu;

/// <summary>ASGD: the update and the average of what it leaves, in one pass over the arena.</summary>
internal sealed unsafe class CpuAsgd<S, V>(CpuThreadTeam team) : RangeTask(team) where S : struct, ISimd<V> where V : unmanaged
{
    private float* w, g, a;
    private float factor, decay, keep, eta, mu;

    public void Run(DeviceSlice<float> parameters, DeviceSlice<float> gradients, float scale, DeviceSlice<float> average, AsgdStep step)
    {
        w = parameters.Pointer();
        g = gradients.Pointer();
        a = average.Pointer();
        factor = scale;
        decay = (float)step.WeightDecay;
        keep = (float)step.Keep;
        eta = (float)step.Eta;
        mu = (float)step.Mu;
        Share(parameters.Length);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Range(long from, long to)
    {
        bool copies = mu == 1; // a + 1·(w − a) would be rounded twice
        long n = from;
        for (; n + S.Count <= to; n += S.Count)
        {
            V weight = S.Load(w + n);
            V gradient = S.Fma(weight, S.Broadcast(decay), S.Multiply(S.Load(g + n), S.Broadcast(factor)));
            weight = S.Fma(gradient, S.Broadcast(-eta), S.Multiply(weight, S.Broadcast(keep)));
            S.Store(weight, w + n);
            V mean = S.Load(a + n);
            S.Store(copies ? weight : S.Fma(S.Subtract(weight, mean), S.Broadcast(mu), mean), a + n);
        }
        // The same roundings one by one, so that an element's bits do not depend on where a part ends.
        for (; n < to; n++)
        {
            float gradient = MathF.FusedMultiplyAdd(w[n], decay, g[n] * factor);
            w[n] = MathF.FusedMultiplyAdd(gradient, -eta, w[n] * keep);
            a[n] = copies ? w[n] : MathF.FusedMultiplyAdd(w[n] - a[n], mu, a[n]);
        }
    }
}
