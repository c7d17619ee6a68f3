using System.Numerics.Tensors;

namespace LstmGpu.Devices.Cpu;

/// <summary>Pooling of [T,B,H] over the valid steps: a member takes rows of the batch.</summary>
internal static unsafe class CpuPooling
{
    internal sealed class Forward(CpuThreadTeam team) : RangeTask(team)
    {
        private Pooling pooling;
        private int steps, batch, width;
        private int* lengths, places;
        private float* x, y;

        public void Run(
            Pooling kind, int time, int rows, int columns, DeviceSlice<int> valid, DeviceSlice<float> input, DeviceSlice<float> output, DeviceSlice<int> argMax)
        {
            (pooling, steps, batch, width) = (kind, time, rows, columns);
            lengths = valid.Pointer();
            x = input.Pointer();
            y = output.Pointer();
            places = argMax.Pointer();
            Share(batch, (long)steps * width);
        }

        protected override void Range(long from, long to)
        {
            for (long b = from; b < to; b++)
            {
                int length = lengths == null ? steps : lengths[b];
                Span<float> result = new(y + b * width, width);
                switch (pooling)
                {
                    case Pooling.Last when length > 0:
                        Step(b, length - 1).CopyTo(result);
                        break;
                    case Pooling.Max:
                        Largest(b, length);
                        break;
                    default:
                        Mean(b, pooling == Pooling.Mean ? length : 0, result);
                        break;
                }
            }
        }

        private ReadOnlySpan<float> Step(long b, int t) => new(x + ((long)t * batch + b) * width, width);

        private void Mean(long b, int length, Span<float> result)
        {
            result.Clear();
            for (int t = 0; t < length; t++)
            {
                TensorPrimitives.Add(result, Step(b, t), result);
            }
            if (length > 0)
            {
                TensorPrimitives.Divide(result, (float)length, result);
            }
        }

        private void Largest(long b, int length)
        {
            float* result = y + b * width;
            int* place = places + b * width;
            new Span<float>(result, width).Clear();
            new Span<int>(place, width).Fill(-1);
            for (int t = 0; t < length; t++)
            {
                float* row = x + ((long)t * batch + b) * width;
                for (int n = 0; n < width; n++)
                {
                    if (t == 0 || row[n] > result[n])
                    {
                        result[n] = row[n];
                        place[n] = t;
                    }
                }
            }
        }
    }

    internal sealed class Backward(CpuThreadTeam team) : RangeTask(team)
    {
        private Pooling pooling;
        private int steps, batch, width;
        private int* lengths, places;
        private float* dy, dx;

        public void Run(
            Pooling kind, int time, int rows, int columns, DeviceSlice<int> valid, DeviceSlice<float> gradient, DeviceSlice<int> argMax, DeviceSlice<float> result)
        {
            (pooling, steps, batch, width) = (kind, time, rows, columns);
            lengths = valid.Pointer();
            dy = gradient.Pointer();
            places = argMax.Pointer();
            dx = result.Pointer();
            Share(batch, (long)steps * width);
        }

        protected override void Range(long from, long to)
        {
            for (long b = from; b < to; b++)
            {
                int length = lengths == null ? steps : lengths[b];
                switch (pooling)
                {
                    case Pooling.Last when length > 0:
                        TensorPrimitives.Add(Step(b, length - 1), Gradient(b), Step(b, length - 1));
                        break;
                    case Pooling.Mean:
                        Spread(b, length);
                        break;
                    case Pooling.Max:
                        ToPlaces(b);
                        break;
                }
            }
        }

        private Span<float> Step(long b, int t) => new(dx + ((long)t * batch + b) * width, width);

        private ReadOnlySpan<float> Gradient(long b) => new(dy + b * width, width);

        private void Spread(long b, int length)
        {
            float* gradient = dy + b * width;
            for (int t = 0; t < length; t++)
            {
                float* row = dx + ((long)t * batch + b) * width;
                for (int n = 0; n < width; n++)
                {
                    row[n] += gradient[n] / length;
                }
            }
        }

        private void ToPlaces(long b)
        {
            for (long n = b * width; n < (b + 1) * width; n++)
            {
                if (places[n] >= 0)
                {
                    dx[(long)places[n] * batch * width + n] += dy[n];
                }
            }
        }
    }
}
