using System.Runtime.CompilerServices;

namespace LstmGpu.Devices.Cpu;

/// <summary>Layer normalisation: rows are shared for the values, columns for the gradients of γ and β.</summary>
internal static unsafe class CpuLayerNorm<S, V> where S : struct, ISimd<V> where V : unmanaged
{
    private const int RowsInBlock = 256;

    internal sealed class Forward(CpuThreadTeam team) : RangeTask(team)
    {
        private int width;
        private float* x, gamma, beta, y, means, inverses;

        public void Run(
            int rows,
            int columns,
            DeviceSlice<float> input,
            DeviceSlice<float> scale,
            DeviceSlice<float> shift,
            DeviceSlice<float> output,
            DeviceSlice<float> mean,
            DeviceSlice<float> inverse)
        {
            width = columns;
            x = input.Pointer();
            gamma = scale.Pointer();
            beta = shift.Pointer();
            y = output.Pointer();
            means = mean.Pointer();
            inverses = inverse.Pointer();
            Share(rows, width);
        }

        protected override void Range(long from, long to)
        {
            for (long r = from; r < to; r++)
            {
                float* row = x + r * width;
                float mean = (float)(RowSums<S, V>.Shifted(row, 0, null, width) / width);
                float inverse = (float)(1 / Math.Sqrt(RowSums<S, V>.SquaresAbout(row, mean, width) / width + CellOptions.NormEpsilon));
                means[r] = mean;
                inverses[r] = inverse;
                Normalise(row, y + r * width, mean, inverse);
            }
        }

        private void Normalise(float* from, float* to, float mean, float inverse)
        {
            int n = 0;
            for (; n + S.Count <= width; n += S.Count)
            {
                V normal = S.Multiply(S.Subtract(S.Load(from + n), S.Broadcast(mean)), S.Broadcast(inverse));
                V scaled = gamma == null ? normal : S.Multiply(normal, S.Load(gamma + n));
                S.Store(beta == null ? scaled : S.Add(scaled, S.Load(beta + n)), to + n);
            }
            for (; n < width; n++)
            {
                float normal = (from[n] - mean) * inverse;
                float scaled = gamma == null ? normal : normal * gamma[n];
                to[n] = beta == null ? scaled : scaled + beta[n];
            }
        }
    }

    internal sealed class Backward(CpuThreadTeam team) : RangeTask(team)
    {
        private int width;
        private float* dy, x, gamma, means, inverses, dx;

        public void Run(
            int rows,
            int columns,
            DeviceSlice<float> gradient,
            DeviceSlice<float> input,
            DeviceSlice<float> scale,
            DeviceSlice<float> mean,
            DeviceSlice<float> inverse,
            DeviceSlice<float> result)
        {
            width = columns;
            dy = gradient.Pointer();
            x = input.Pointer();
            gamma = scale.Pointer();
            means = mean.Pointer();
            inverses = inverse.Pointer();
            dx = result.Pointer();
            Share(rows, width);
        }

        protected override void Range(long from, long to)
        {
            for (long r = from; r < to; r++)
            {
                Row(dy + r * width, x + r * width, dx + r * width, means[r], inverses[r]);
            }
        }

        // dx = inverse·(g − Σg/N − x̂·Σ(g∘x̂)/N)
        private void Row(float* gradient, float* input, float* result, float mean, float inverse)
        {
            (double sum, double product) = RowSums<S, V>.Gradients(gradient, gamma, input, mean, inverse, width);
            float a = (float)(sum / width), b = (float)(product / width);
            int n = 0;
            for (; n + S.Count <= width; n += S.Count)
            {
                V g = gamma == null ? S.Load(gradient + n) : S.Multiply(S.Load(gradient + n), S.Load(gamma + n));
                V normal = S.Multiply(S.Subtract(S.Load(input + n), S.Broadcast(mean)), S.Broadcast(inverse));
                V rest = S.Subtract(S.Subtract(g, S.Broadcast(a)), S.Multiply(normal, S.Broadcast(b)));
                S.Store(S.Multiply(S.Broadcast(inverse), rest), result + n);
            }
            for (; n < width; n++)
            {
                float g = gamma == null ? gradient[n] : gradient[n] * gamma[n];
                float normal = (input[n] - mean) * inverse;
                result[n] = inverse * (g - a - normal * b);
            }
        }
    }

    /// <summary>A member owns columns: each sum is taken over blocks of rows in order.</summary>
    internal sealed class Parameters(CpuThreadTeam team) : RangeTask(team)
    {
        private int rows, width;
        private float* dy, x, means, inverses, dGamma, dBeta;

        public void Run(
            int count,
            int columns,
            DeviceSlice<float> gradient,
            DeviceSlice<float> input,
            DeviceSlice<float> mean,
            DeviceSlice<float> inverse,
            DeviceSlice<float> ofGamma,
            DeviceSlice<float> ofBeta)
        {
            (rows, width) = (count, columns);
            dy = gradient.Pointer();
            x = input.Pointer();
            means = mean.Pointer();
            inverses = inverse.Pointer();
            dGamma = ofGamma.Pointer();
            dBeta = ofBeta.Pointer();
            Share(width, rows);
        }

        protected override void Range(long from, long to)
        {
            for (int row = 0; row < rows; row += RowsInBlock)
            {
                Block(row, Math.Min(rows, row + RowsInBlock), (int)from, (int)to);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Block(int first, int end, int from, int to)
        {
            int column = from;
            for (; column + S.Count <= to; column += S.Count)
            {
                V gamma = S.Broadcast(0f), beta = gamma;
                for (int r = first; r < end; r++)
                {
                    V d = S.Load(dy + (long)r * width + column);
                    V normal = S.Multiply(S.Subtract(S.Load(x + (long)r * width + column), S.Broadcast(means[r])), S.Broadcast(inverses[r]));
                    gamma = S.Fma(d, normal, gamma);
                    beta = S.Add(beta, d);
                }
                AddTo(dGamma, column, gamma);
                AddTo(dBeta, column, beta);
            }
            for (; column < to; column++)
            {
                float gamma = 0, beta = 0;
                for (int r = first; r < end; r++)
                {
                    float d = dy[(long)r * width + column];
                    gamma = MathF.FusedMultiplyAdd(d, (x[(long)r * width + column] - means[r]) * inverses[r], gamma);
                    beta += d;
                }
                if (dGamma != null)
                {
                    dGamma[column] += gamma;
                }
                if (dBeta != null)
                {
                    dBeta[column] += beta;
                }
            }
        }

        private static void AddTo(float* sums, int column, V sum)
        {
            if (sums != null)
            {
                S.Store(S.Add(S.Load(sums + column), sum), sums + column);
            }
        }
    }
}
