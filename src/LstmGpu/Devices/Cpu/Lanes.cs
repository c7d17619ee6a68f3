using System.Runtime.CompilerServices;

namespace LstmGpu.Devices.Cpu;

/// <summary>Vectors at the end of a row: reads may run past it, stores may not.</summary>
internal static unsafe class Lanes<S, V> where S : struct, ISimd<V> where V : unmanaged
{
    /// <summary>Stores a vector, or the lanes of it that are left in the row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(V x, float* to, int left)
    {
        if (left >= S.Count)
        {
            S.Store(x, to);
        }
        else
        {
            StorePart(x, to, left);
        }
    }

    /// <summary>Adds a vector to memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(V x, float* to, int left) => Store(S.Add(S.Load(to), x), to, left);

    // Not inlined: taking the address of a vector in the caller would push all its vectors to the stack.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void StorePart(V x, float* to, int count)
    {
        float* lanes = (float*)&x;
        for (int n = 0; n < count; n++)
        {
            to[n] = lanes[n];
        }
    }
}
