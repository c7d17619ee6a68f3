using System.Numerics.Tensors;
using LstmGpu.Kernels;

namespace LstmGpu.Devices.Cpu;

/// <summary>What sequences of different lengths change in a step, applied to a block after the step has been done as if all were running.</summary>
internal static unsafe class LstmPadding
{
    /// <summary>i = o = g = 0, f = 1, h = 0, c = c' in the rows that have ended. Then their gate gradients are 0 by the equations of the cell.</summary>
    public static void Forward(int t, int* lengths, int rows, int valid, int hidden, float* cPrev, float* gates, float* c, float* h)
    {
        for (int r = 0; r < rows; r++, cPrev += hidden, gates += Gate.Count * hidden, c += hidden, h += hidden)
        {
            if (t < lengths[r])
            {
                continue;
            }
            for (int gate = 0; gate < Gate.Count; gate++)
            {
                new Span<float>(gates + gate * hidden, valid).Fill(gate == Gate.Forget ? 1 : 0);
            }
            new ReadOnlySpan<float>(cPrev, valid).CopyTo(new Span<float>(c, valid));
            new Span<float>(h, valid).Clear();
        }
    }

    /// <summary>dh = 0 in the rows that have ended, whatever their output's gradient holds; the gradient of the last state enters where a row ends.</summary>
    public static void Backward(int t, int* lengths, int rows, int valid, int width, float* sums, float* dLast, int hidden)
    {
        for (int r = 0; r < rows; r++, sums += width, dLast += hidden)
        {
            Span<float> dh = new(sums, valid);
            if (t >= lengths[r])
            {
                dh.Clear();
            }
            else if (t == lengths[r] - 1)
            {
                TensorPrimitives.Add(dh, new ReadOnlySpan<float>(dLast, valid), dh);
            }
        }
    }

    /// <summary>dh_0, but for the rows of no step: theirs is the gradient of the last state as it came.</summary>
    public static void StoreRows(int* lengths, int rows, int valid, int width, float* sums, float* dStateH, int hidden)
    {
        for (int r = 0; r < rows; r++, sums += width, dStateH += hidden)
        {
            if (lengths[r] > 0)
            {
                new ReadOnlySpan<float>(sums, valid).CopyTo(new Span<float>(dStateH, valid));
            }
        }
    }
}
