using System.Runtime.CompilerServices;

namespace LstmGpu.Devices.Cpu;

/// <summary>Parameter updates in one pass over the arena, equations and order of roundings as PyTorch's.</summary>
internal static unsafe class CpuOptimizers<S, V> where S : struct, ISimd<V> where V : unmanaged
{
    internal sealed class Adam(CpuThreadTeam team) : RangeTask(team)
    {
        private float* w, g, m, v;
        private float factor, newInFirst, beta2, newInSecond, epsilon, coupledDecay, keep, stepSize, inverseRoot;

        public void Run(DeviceSlice<float> parameters, DeviceSlice<float> gradients, float scale, DeviceSlice<float> first, DeviceSlice<float> second, AdamStep step)
        {
            w = parameters.Pointer();
            g = gradients.Pointer();
            m = first.Pointer();
            v = second.Pointer();
            factor = scale;
            newInFirst = step.NewInFirst;
            beta2 = (float)step.Beta2;
            newInSecond = step.NewInSecond;
            epsilon = (float)step.Epsilon;
            coupledDecay = step.CoupledDecay;
            keep = step.Keep;
            stepSize = step.StepSize;
            inverseRoot = step.InverseRoot;
            Share(parameters.Length);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        protected override void Range(long from, long to)
        {
            long n = from;
            for (; n + S.Count <= to; n += S.Count)
            {
                V weight = S.Multiply(S.Load(w + n), S.Broadcast(keep));
                V gradient = S.Fma(S.Load(w + n), S.Broadcast(coupledDecay), S.Multiply(S.Load(g + n), S.Broadcast(factor)));
                V first = S.Load(m + n);
                first = S.Fma(S.Subtract(gradient, first), S.Broadcast(newInFirst), first);
                V second = S.Fma(S.Multiply(gradient, gradient), S.Broadcast(newInSecond), S.Multiply(S.Load(v + n), S.Broadcast(beta2)));
                V denominator = S.Fma(S.Sqrt(second), S.Broadcast(inverseRoot), S.Broadcast(epsilon));
                S.Store(first, m + n);
                S.Store(second, v + n);
                S.Store(S.Subtract(weight, S.Divide(S.Multiply(S.Broadcast(stepSize), first), denominator)), w + n);
            }
            // The same roundings one by one, so that an element's bits do not depend on where a part ends.
            for (; n < to; n++)
            {
                float gradient = MathF.FusedMultiplyAdd(w[n], coupledDecay, g[n] * factor);
                m[n] = MathF.FusedMultiplyAdd(gradient - m[n], newInFirst, m[n]);
                v[n] = MathF.FusedMultiplyAdd(gradient * gradient, newInSecond, v[n] * beta2);
                float denominator = MathF.FusedMultiplyAdd(MathF.Sqrt(v[n]), inverseRoot, epsilon);
                w[n] = w[n] * keep - stepSize * m[n] / denominator;
            }
        }
    }

    internal sealed class Sgd(CpuThreadTeam team) : RangeTask(team)
    {
        private float* w, g, velocity;
        private float factor;
        private SgdStep step;

        public void Run(DeviceSlice<float> parameters, DeviceSlice<float> gradients, float scale, DeviceSlice<float> momentum, SgdStep update)
        {
            w = parameters.Pointer();
            g = gradients.Pointer();
            velocity = momentum.Pointer();
            factor = scale;
            step = update;
            Share(parameters.Length);
        }

        protected override void Range(long from, long to)
        {
            for (long n = from; n < to; n++)
            {
                float gradient = MathF.FusedMultiplyAdd(w[n], step.WeightDecay, g[n] * factor);
                if (step.Momentum != 0)
                {
                    float v = step.First ? gradient : MathF.FusedMultiplyAdd(velocity[n], step.Momentum, gradient);
                    velocity[n] = v;
                    gradient = step.Nesterov ? MathF.FusedMultiplyAdd(v, step.Momentum, gradient) : v;
                }
                w[n] = MathF.FusedMultiplyAdd(gradient, -step.LearningRate, w[n]);
            }
        }
    }

    internal sealed class Rmsprop(CpuThreadTeam team) : RangeTask(team)
    {
        private float* w, g, s, v;
        private float factor, alpha, newInMean, epsilon, decay, momentum, rate;

        public void Run(DeviceSlice<float> parameters, DeviceSlice<float> gradients, float scale, DeviceSlice<float> meanSquare, DeviceSlice<float> velocity, RmspropStep step)
        {
            w = parameters.Pointer();
            g = gradients.Pointer();
            s = meanSquare.Pointer();
            momentum = (float)step.Momentum;
            v = momentum != 0 ? velocity.Pointer() : null;
            factor = scale;
            alpha = (float)step.Alpha;
            newInMean = step.NewInMean;
            epsilon = (float)step.Epsilon;
            decay = (float)step.WeightDecay;
            rate = (float)step.LearningRate;
            Share(parameters.Length);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        protected override void Range(long from, long to)
        {
            long n = from;
            for (; n + S.Count <= to; n += S.Count)
            {
                V weight = S.Load(w + n);
                V gradient = S.Fma(weight, S.Broadcast(decay), S.Multiply(S.Load(g + n), S.Broadcast(factor)));
                V mean = S.Fma(S.Multiply(gradient, gradient), S.Broadcast(newInMean), S.Multiply(S.Load(s + n), S.Broadcast(alpha)));
                S.Store(mean, s + n);
                V update = S.Divide(gradient, S.Add(S.Sqrt(mean), S.Broadcast(epsilon)));
                if (v != null)
                {
                    update = S.Fma(S.Load(v + n), S.Broadcast(momentum), update);
                    S.Store(update, v + n);
                }
                S.Store(S.Fma(update, S.Broadcast(-rate), weight), w + n);
            }
            // As in Adam, the same roundings one by one.
            for (; n < to; n++)
            {
                float gradient = MathF.FusedMultiplyAdd(w[n], decay, g[n] * factor);
                s[n] = MathF.FusedMultiplyAdd(gradient * gradient, newInMean, s[n] * alpha);
                float update = gradient / (MathF.Sqrt(s[n]) + epsilon);
                if (v != null)
                {
                    update = MathF.FusedMultiplyAdd(v[n], momentum, update);
                    v[n] = update;
                }
                w[n] = MathF.FusedMultiplyAdd(update, -rate, w[n]);
            }
        }
    }

    internal sealed class Adagrad(CpuThreadTeam team) : RangeTask(team)
    {
        private float* w, g, s;
        private float factor, epsilon, decay, rate;

        public void Run(DeviceSlice<float> parameters, DeviceSlice<float> gradients, float scale, DeviceSlice<float> sum, AdagradStep step)
        {
            w = parameters.Pointer();
            g = gradients.Pointer();
            s = sum.Pointer();
            factor = scale;
            epsilon = (float)step.Epsilon;
            decay = (float)step.WeightDecay;
            rate = (float)step.Rate;
            Share(parameters.Length);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        protected override void Range(long from, long to)
        {
            long n = from;
            for (; n + S.Count <= to; n += S.Count)
            {
                V weight = S.Load(w + n);
                V gradient = S.Fma(weight, S.Broadcast(decay), S.Multiply(S.Load(g + n), S.Broadcast(factor)));
                V total = S.Fma(gradient, gradient, S.Load(s + n));
                S.Store(total, s + n);
                V update = S.Divide(gradient, S.Add(S.Sqrt(total), S.Broadcast(epsilon)));
                S.Store(S.Fma(update, S.Broadcast(-rate), weight), w + n);
            }
            for (; n < to; n++)
            {
                float gradient = MathF.FusedMultiplyAdd(w[n], decay, g[n] * factor);
                s[n] = MathF.FusedMultiplyAdd(gradient, gradient, s[n]);
                w[n] = MathF.FusedMultiplyAdd(gradient / (MathF.Sqrt(s[n]) + epsilon), -rate, w[n]);
            }
        }
    }

    internal sealed class Clamp(CpuThreadTeam team) : RangeTask(team)
    {
        private float* g;
        private float factor, limit;

        public void Run(DeviceSlice<float> gradients, float scale, float bound)
        {
            g = gradients.Pointer();
            factor = scale;
            limit = bound;
            Share(gradients.Length);
        }

        protected override void Range(long from, long to)
        {
            for (long n = from; n < to; n++)
            {
                g[n] = Math.Clamp(factor * g[n], -limit, limit);
            }
        }
    }
}
