using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace LstmGpu.Devices.Cpu;

/// <summary>The limit that products are measured against: independent fused multiply-adds on registers, nothing else.</summary>
internal sealed unsafe class PeakRate<S, V>(CpuThreadTeam team) : ITeamTask where S : struct, ISimd<V> where V : unmanaged
{
    private const int Chains = 12;
    private const int Iterations = 4_000_000;
    private const int Repeats = 5;
    private float sink;

    /// <summary>The best of several tries: a limit, not an average.</summary>
    public double Measure()
    {
        double best = double.MaxValue;
        for (int n = 0; n < Repeats; n++)
        {
            long start = Stopwatch.GetTimestamp();
            team.Run(this);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        return 2.0 * Chains * S.Count * Iterations * team.Count / best / 1e9;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void ITeamTask.Run(int member)
    {
        V x = S.Broadcast(0.999f), y = S.Broadcast(0.001f);
        V c0 = x, c1 = x, c2 = x, c3 = x, c4 = x, c5 = x, c6 = x, c7 = x, c8 = x, c9 = x, c10 = x, c11 = x;
        for (int n = 0; n < Iterations; n++)
        {
            c0 = S.Fma(c0, x, y);
            c1 = S.Fma(c1, x, y);
            c2 = S.Fma(c2, x, y);
            c3 = S.Fma(c3, x, y);
            c4 = S.Fma(c4, x, y);
            c5 = S.Fma(c5, x, y);
            c6 = S.Fma(c6, x, y);
            c7 = S.Fma(c7, x, y);
            c8 = S.Fma(c8, x, y);
            c9 = S.Fma(c9, x, y);
            c10 = S.Fma(c10, x, y);
            c11 = S.Fma(c11, x, y);
        }
        V sum = S.Add(S.Add(S.Add(c0, c1), S.Add(c2, c3)), S.Add(S.Add(c4, c5), S.Add(c6, c7)));
        sum = S.Add(sum, S.Add(S.Add(c8, c9), S.Add(c10, c11)));
        float* lanes = stackalloc float[S.Count];
        S.Store(sum, lanes);
        sink = lanes[0]; // keeps the chains alive
    }
}
