using LstmGpu.Kernels;

namespace LstmGpu.Data;

/// <summary>The draws of one sentence: Philox under the corpus seed, counted by sentence and draw.</summary>
internal sealed class AgreementDice(long seed, int sentence)
{
    private uint draws;

    /// <summary>An even draw from [0, count).</summary>
    public int Below(int count)
    {
        uint word = draws++;
        uint x1 = (uint)sentence;
        uint x2 = 0;
        uint x3 = 0;
        CounterRng.Draw((uint)seed, (uint)(seed >> 32), ref word, ref x1, ref x2, ref x3);
        return (int)(((ulong)word * (uint)count) >> 32);
    }

    public T Pick<T>(IReadOnlyList<T> choices) => choices[Below(choices.Count)];
}
