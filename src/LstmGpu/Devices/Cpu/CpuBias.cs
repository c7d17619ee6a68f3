using System.Numerics.Tensors;

namespace LstmGpu.Devices.Cpu;

/// <summary>A row vector added to every row, and its gradient.</summary>
internal static unsafe class CpuBias
{
    internal sealed class Add(CpuThreadTeam team) : RangeTask(team)
    {
        private int columns;
        private float* bias, y;

        public void Run(int rows, int width, DeviceSlice<float> vector, DeviceSlice<float> matrix)
        {
            columns = width;
            bias = vector.Pointer();
            y = matrix.Pointer();
            Share(rows, width);
        }

        protected override void Range(long from, long to)
        {
            for (long r = from; r < to; r++)
            {
                var row = new Span<float>(y + r * columns, columns);
                TensorPrimitives.Add(row, new ReadOnlySpan<float>(bias, columns), row);
            }
        }
    }

    /// <summary>A member owns columns: each sum is taken over all rows in order.</summary>
    internal sealed class Gradient<S, V>(CpuThreadTeam team) : RangeTask(team) where S : struct, ISimd<V> where V : unmanaged
    {
        private int rows, columns;
        private float* dy, dBias;

        public void Run(int count, int width, DeviceSlice<float> matrix, DeviceSlice<float> vector)
        {
            rows = count;
            columns = width;
            dy = matrix.Pointer();
            dBias = vector.Pointer();
            Share(width, count);
        }

        protected override void Range(long from, long to) => CpuReductions<S, V>.AddColumnSums(dy, rows, columns, (int)from, (int)to, dBias, null);
    }
}
