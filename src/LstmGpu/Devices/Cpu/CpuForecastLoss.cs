using LstmGpu.Kernels;

namespace LstmGpu.Devices.Cpu;

/// <summary>Losses of predicted quantiles and normal distributions, by rows of a batch: [B,H] targets.</summary>
internal static unsafe class CpuForecastLoss
{
    internal sealed class Quantile(CpuThreadTeam team) : RangeTask(team)
    {
        private int horizon, count;
        private int* lengths;
        private float* levels, predictions, targets, losses;
        private float gradientScale;

        public void Run(
            int batch,
            int steps,
            DeviceSlice<int> validRows,
            DeviceSlice<float> quantiles,
            DeviceSlice<float> x,
            DeviceSlice<float> y,
            DeviceSlice<float> result,
            float scale)
        {
            (horizon, count, gradientScale) = (steps, (int)quantiles.Length, scale);
            lengths = validRows.Pointer();
            levels = quantiles.Pointer();
            predictions = x.Pointer();
            targets = y.Pointer();
            losses = result.Pointer();
            Share(batch, horizon * count);
        }

        protected override void Range(long from, long to)
        {
            for (long n = from * horizon * count; n < to * horizon * count; n++)
            {
                long place = n / count;
                bool valid = lengths == null || lengths[place / horizon] > 0;
                float x = predictions[n], y = targets[place], level = levels[n % count];
                losses[n] = valid ? ForecastLosses.Quantile(x, y, level) : 0;
                if (gradientScale != 0)
                {
                    predictions[n] = valid ? ForecastLosses.QuantileGradient(x, y, level) * gradientScale : 0;
                }
            }
        }
    }

    internal sealed class Gaussian(CpuThreadTeam team) : RangeTask(team)
    {
        private int horizon;
        private int* lengths;
        private float* predictions, targets, losses;
        private float gradientScale;

        public void Run(
            int batch, int steps, DeviceSlice<int> validRows, DeviceSlice<float> x, DeviceSlice<float> y, DeviceSlice<float> result, float scale)
        {
            (horizon, gradientScale) = (steps, scale);
            lengths = validRows.Pointer();
            predictions = x.Pointer();
            targets = y.Pointer();
            losses = result.Pointer();
            Share(batch, horizon);
        }

        protected override void Range(long from, long to)
        {
            for (long n = from * horizon; n < to * horizon; n++)
            {
                bool valid = lengths == null || lengths[n / horizon] > 0;
                float s = predictions[2 * n + 1], z = ForecastLosses.Deviation(predictions[2 * n], s, targets[n]);
                losses[n] = valid ? ForecastLosses.Gaussian(z, s) : 0;
                if (gradientScale != 0)
                {
                    // ∂/∂µ = −z/σ, ∂/∂s = 1 − z².
                    predictions[2 * n] = valid ? -(z * DeviceMath.Exp(-s)) * gradientScale : 0;
                    predictions[2 * n + 1] = valid ? (1 - (z * z)) * gradientScale : 0;
                }
            }
        }
    }
}
