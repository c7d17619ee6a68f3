using System.Numerics.Tensors;
using LstmGpu.Kernels;

namespace LstmGpu.Devices.Cpu;

internal static unsafe class CpuElements
{
    // Elements of one call of TensorPrimitives.
    private const int Piece = 1 << 20;

    internal sealed class Add(CpuThreadTeam team) : RangeTask(team)
    {
        private float* source, destination;

        public void Run(DeviceSlice<float> x, DeviceSlice<float> y)
        {
            source = x.Pointer();
            destination = y.Pointer();
            Share(y.Length);
        }

        protected override void Range(long from, long to)
        {
            for (long n = from; n < to; n += Piece)
            {
                int count = (int)Math.Min(Piece, to - n);
                Span<float> y = new(destination + n, count);
                TensorPrimitives.Add(y, new ReadOnlySpan<float>(source + n, count), y);
            }
        }
    }

    internal sealed class Multiply(CpuThreadTeam team) : RangeTask(team)
    {
        private float* x, mask, y;
        private long period;

        public void Run(DeviceSlice<float> source, DeviceSlice<float> factors, DeviceSlice<float> destination)
        {
            x = source.Pointer();
            mask = factors.Pointer();
            y = destination.Pointer();
            period = factors.Length;
            Share(source.Length);
        }

        protected override void Range(long from, long to)
        {
            for (long n = from; n < to;)
            {
                long place = n % period;
                int count = (int)Math.Min(Math.Min(Piece, period - place), to - n);
                TensorPrimitives.Multiply(new ReadOnlySpan<float>(x + n, count), new ReadOnlySpan<float>(mask + place, count), new Span<float>(y + n, count));
                n += count;
            }
        }
    }

    /// <summary>The functions are those of the kernels.</summary>
    internal sealed class Loss(CpuThreadTeam team) : RangeTask(team)
    {
        private int function, batch, width;
        private int* lengths;
        private float* predictions, targets, losses;
        private float gradientScale, delta;

        public void Run(
            LossFunction kind,
            int steps,
            int rowsOfStep,
            int columns,
            DeviceSlice<int> validSteps,
            DeviceSlice<float> x,
            DeviceSlice<float> y,
            DeviceSlice<float> result,
            float scale,
            float huberDelta)
        {
            (function, batch, width, gradientScale, delta) = ((int)kind, rowsOfStep, columns, scale, huberDelta);
            lengths = validSteps.Pointer();
            predictions = x.Pointer();
            targets = y.Pointer();
            losses = result.Pointer();
            Share((long)steps * batch, width);
        }

        protected override void Range(long from, long to)
        {
            for (long row = from; row < to; row++)
            {
                long first = row * width;
                if (lengths != null && row / batch >= lengths[row % batch])
                {
                    new Span<float>(losses + first, width).Clear();
                    if (gradientScale != 0)
                    {
                        new Span<float>(predictions + first, width).Clear();
                    }
                    continue;
                }
                for (long n = first; n < first + width; n++)
                {
                    float x = predictions[n], y = targets[n];
                    losses[n] = ElementLosses.Loss(function, x, y, delta);
                    if (gradientScale != 0)
                    {
                        predictions[n] = ElementLosses.Gradient(function, x, y, delta) * gradientScale;
                    }
                }
            }
        }
    }
}
