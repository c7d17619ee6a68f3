using System.Numerics.Tensors;

namespace LstmGpu.Devices.Cpu;

/// <summary>Sequences of different lengths: copied forwards or backwards, and their last states.</summary>
internal static unsafe class CpuSequence
{
    internal sealed class Copy(CpuThreadTeam team) : RangeTask(team)
    {
        private int steps, batch, width, fromStride, toStride;
        private bool reverse, accumulate;
        private int* lengths;
        private float* from, to;

        public void Run(
            int count, int rows, int columns, bool backwards, DeviceSlice<int> ends, DeviceSlice<float> source, int sourceStride,
            DeviceSlice<float> destination, int destinationStride, bool add)
        {
            (steps, batch, width, reverse, accumulate) = (count, rows, columns, backwards, add);
            lengths = ends.Pointer();
            from = source.Pointer();
            fromStride = sourceStride;
            to = destination.Pointer();
            toStride = destinationStride;
            Share((long)count * rows, columns);
        }

        protected override void Range(long begin, long end)
        {
            for (long row = begin; row < end; row++)
            {
                int t = (int)(row / batch);
                int b = (int)(row % batch);
                int length = lengths == null ? steps : lengths[b];
                Span<float> target = new(to + row * toStride, width);
                if (t >= length)
                {
                    if (!accumulate)
                    {
                        target.Clear();
                    }
                    continue;
                }
                long source = reverse ? (long)(length - 1 - t) * batch + b : row;
                ReadOnlySpan<float> values = new(from + source * fromStride, width);
                if (accumulate)
                {
                    TensorPrimitives.Add(target, values, target);
                }
                else
                {
                    values.CopyTo(target);
                }
            }
        }
    }

    internal sealed class Last(CpuThreadTeam team) : RangeTask(team)
    {
        private int batch, width;
        private int* lengths;
        private float* history, state;

        public void Run(int rows, int columns, DeviceSlice<float> states, DeviceSlice<int> ends, DeviceSlice<float> last)
        {
            (batch, width) = (rows, columns);
            lengths = ends.Pointer();
            history = states.Pointer();
            state = last.Pointer();
            Share(rows, columns);
        }

        protected override void Range(long begin, long end)
        {
            for (long b = begin; b < end; b++)
            {
                float* source = history + ((long)lengths[b] * batch + b) * width;
                new ReadOnlySpan<float>(source, width).CopyTo(new Span<float>(state + b * width, width));
            }
        }
    }
}
