using ILGPU;
using ILGPU.Runtime;

namespace LstmGpu.Kernels;

/// <summary>Two limits of a step that is spread over the groups of a device: bringing one buffer to all of them, and multiplying by weights in registers.</summary>
internal static class RateKernels
{
    public const int Threads = 256;

    /// <summary>Vectors of four words that a thread asks for before it looks at the first.</summary>
    public const int InFlight = 8;

    /// <summary>Words that a group asks for at once; a buffer is a multiple of it.</summary>
    public const int Granule = 4 * InFlight * Threads;

    /// <summary>Fragments of A that a warp holds: two of rows by four of columns.</summary>
    public const int FragmentsDown = 2, FragmentsDeep = 4;

    /// <summary>Every group reads all of the source, past the cache of its multiprocessor.</summary>
    [Kernel(Threads, ComputeCapability = 70)]
    public static void Gather(
        ArrayView<uint> source,   // [words]
        ArrayView<uint> sums,     // [groups·Threads]
        int words,
        int repeats)
    {
        ArrayView<uint> brought = LocalMemory.Allocate<uint>(4 * InFlight);
        uint sum = 0u;
        for (int repeat = 0; repeat < repeats; repeat++)
        {
            for (int at = 4 * Group.IdxX; at < words; at += Granule)
            {
                for (int i = 0; i < InFlight; i++)
                {
                    Coherent.LoadFour(source, at + (4 * i * Threads), ref brought[4 * i], ref brought[(4 * i) + 1], ref brought[(4 * i) + 2], ref brought[(4 * i) + 3]);
                }
                for (int i = 0; i < 4 * InFlight; i++)
                {
                    sum += brought[i];
                }
            }
        }
        sums[(Grid.IdxX * Threads) + Group.IdxX] = sum;
    }

    /// <summary>d = Σ A·B with A and B in registers: each repeat multiplies FragmentsDown·FragmentsDeep fragments of A by as many columns of B as eight times <paramref name="tiles"/>.</summary>
    [Kernel(Threads, ComputeCapability = 80)]
    public static void Multiply(
        [Values(Rounding.Tf32, Rounding.Bf16, Rounding.Fp16)] SpecializedValue<int> form,
        [Values(1, 2, 4)] SpecializedValue<int> tiles,
        ArrayView<float> result,   // [groups·Threads]: keeps the sums alive
        int repeats)
    {
        ArrayView<uint> a = LocalMemory.Allocate<uint>(4 * FragmentsDown * FragmentsDeep);
        ArrayView<uint> b = LocalMemory.Allocate<uint>(2 * FragmentsDeep * tiles);
        ArrayView<float> d = LocalMemory.Allocate<float>(4 * FragmentsDown * tiles);
        for (int i = 0; i < 4 * FragmentsDown * FragmentsDeep; i++)
        {
            a[i] = Operand(form, Group.IdxX + i);
        }
        for (int i = 0; i < 2 * FragmentsDeep * tiles; i++)
        {
            b[i] = Operand(form, Group.IdxX - i);
        }
        for (int i = 0; i < 4 * FragmentsDown * tiles; i++)
        {
            d[i] = 0f;
        }
        for (int repeat = 0; repeat < repeats; repeat++)
        {
            for (int k = 0; k < FragmentsDeep; k++)
            {
                for (int row = 0; row < FragmentsDown; row++)
                {
                    for (int column = 0; column < tiles; column++)
                    {
                        int left = 4 * ((k * FragmentsDown) + row);
                        int right = 2 * ((k * tiles) + column);
                        int sum = 4 * ((row * tiles) + column);
                        TensorCore.MultiplyAdd(
                            form, ref d[sum], ref d[sum + 1], ref d[sum + 2], ref d[sum + 3], a[left], a[left + 1], a[left + 2], a[left + 3], b[right], b[right + 1]);
                    }
                }
            }
        }
        float total = 0f;
        for (int i = 0; i < 4 * FragmentsDown * tiles; i++)
        {
            total += d[i];
        }
        result[(Grid.IdxX * Threads) + Group.IdxX] = total;
    }

    // 1/64 or 0, so that the tensor cores have something to do and no sum leaves the range.
    private static uint Operand(SpecializedValue<int> form, int n)
    {
        float x = (n & 1) == 0 ? 0.015625f : 0f;
        return form == Rounding.Tf32 ? TensorCore.Single(x) : TensorCore.Pair(form, x, 0.015625f - x);
    }
}
