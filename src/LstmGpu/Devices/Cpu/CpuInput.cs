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
        private float* weight, x;

        public void Run(int rows, int columns, DeviceSlice<int> ids, DeviceSlice<float> table, DeviceSlice<float> to)
        {
            width = columns;
            tokens = ids.Pointer();
            weight = table.Pointer();
            x = to.Pointer();
            Share(rows, columns);
        }

        protected override void Range(long from, long to)
        {
            for (long r = from; r < to; r++)
            {
                new ReadOnlySpan<float>(weight + (long)tokens[r] * width, width).CopyTo(new Span<float>(x + r * width, width));
            }
        }
    }

    /// <summary>A member owns columns, not rows: every element of the table gets its terms in the order of the rows.</summary>
    internal sealed class Scatter<S, V>(CpuThreadTeam team) : RangeTask(team) where S : struct, ISimd<V> where V : unmanaged
    {
        private int rows, width;
        private int* tokens;
        private float* dx, dWeight;

        public void Run(int count, int columns, DeviceSlice<int> ids, DeviceSlice<float> gradient, DeviceSlice<float> table)
        {
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
                float* source = dx + (long)r * width;
                float* target = dWeight + (long)tokens[r] * width;
                long n = from;
                for (; n + S.Count <= to; n += S.Count)
                {
                    S.Store(S.Add(S.Load(target + n), S.Load(source + n)), target + n);
                }
                for (; n < to; n++)
                {
                    target[n] += source[n];
                }
            }
        }
    }
}
