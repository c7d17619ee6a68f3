using System.Numerics.Tensors;

namespace LstmGpu.Devices.Cpu;

/// <summary>Tokens to vectors: one-hot rows, embedding gather, and its scatter.</summary>
internal static unsafe class CpuInput
{
    internal sealed class OneHot(CpuThreadTeam team) : RangeTask(team)
    {
        private int vocabulary;
        private int* tokens;
        private float* x;

        public void Run(int rows, int width, DeviceSlice<int> ids, DeviceSlice<float> to)
        {
            vocabulary = width;
            tokens = ids.Pointer();
            x = to.Pointer();
            Share(rows, width);
        }

        protected override void Range(long from, long to)
        {
            for (long r = from; r < to; r++)
            {
                new Span<float>(x + r * vocabulary, vocabulary).Clear();
                x[r * vocabulary + tokens[r]] = 1;
            }
        }
    }

    internal sealed class Gather(CpuThreadTeam team) : RangeTask(team)
    {
        private int width;
        private int* tokens;
        private float* weight, rowMask, x;

        public void Run(int rows, int columns, DeviceSlice<int> ids, DeviceSlice<float> table, DeviceSlice<float> mask, DeviceSlice<float> to)
        {
            width = columns;
            tokens = ids.Pointer();
            weight = table.Pointer();
            rowMask = mask.Pointer();
            x = to.Pointer();
            Share(rows, columns);
        }

        protected override void Range(long from, long to)
        {
            for (long r = from; r < to; r++)
            {
                ReadOnlySpan<float> source = new(weight + (long)tokens[r] * width, width);
                Span<float> target = new(x + r * width, width);
                if (rowMask == null)
                {
                    source.CopyTo(target);
                }
                else
                {
                    TensorPrimitives.Multiply(source, rowMask[tokens[r]], target);
                }
            }
        }
    }

    /// <summary>A member owns columns, not rows: every element of the table gets its terms in the order of the rows.</summary>
    internal sealed class Scatter<S, V>(CpuThreadTeam team) : RangeTask(team) where S : struct, ISimd<V> where V : unmanaged
    {
        private int rows, width, paddingToken;
        private int* tokens;
        private float* dx, dWeight, rowMask;

        public void Run(
            int count, int columns, DeviceSlice<int> ids, DeviceSlice<float> gradient, DeviceSlice<float> table, DeviceSlice<float> mask, int padding)
        {
            paddingToken = padding;
            rowMask = mask.Pointer();
            rows = count;
            width = columns;
            tokens = ids.Pointer();
            dx = gradient.Pointer();
            dWeight = table.Pointer();
            Share(columns, count);
        }

        protected override void Range(long from, long to)
        {
            for (int r = 0; r < rows; r++)
            {
                float mask = rowMask == null ? 1 : rowMask[tokens[r]];
                if (tokens[r] != paddingToken && mask != 0)
                {
                    Add(dx + (long)r * width, dWeight + (long)tokens[r] * width, mask, from, to);
                }
            }
        }

        private static void Add(float* source, float* target, float mask, long from, long to)
        {
            long n = from;
            for (; n + S.Count <= to; n += S.Count)
            {
                S.Store(S.Add(S.Load(target + n), S.Multiply(S.Load(source + n), S.Broadcast(mask))), target + n);
            }
            for (; n < to; n++)
            {
                target[n] += source[n] * mask;
            }
        }
    }
}
