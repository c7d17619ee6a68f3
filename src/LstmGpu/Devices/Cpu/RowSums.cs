using System.Runtime.CompilerServices;

namespace LstmGpu.Devices.Cpu;

/// <summary>Sums over one row. 16 interleaved partial sums whatever the vector width, so that the width does not change the bits.</summary>
internal static unsafe class RowSums<S, V> where S : struct, ISimd<V> where V : unmanaged
{
    private const int Lanes = 16;

    /// <summary>Σ (x − shift)·w; w may be null: 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Shifted(float* x, float shift, float* w, int count)
    {
        float* lanes = stackalloc float[Lanes];
        int whole = count / Lanes * Lanes;
        for (int lane = 0; lane < Lanes; lane += S.Count)
        {
            V sum = S.Broadcast(0f);
            V by = S.Broadcast(shift);
            for (int n = lane; n < whole; n += Lanes)
            {
                V d = S.Subtract(S.Load(x + n), by);
                sum = w == null ? S.Add(sum, d) : S.Fma(d, S.Load(w + n), sum);
            }
            S.Store(sum, lanes + lane);
        }
        double total = Total(lanes);
        for (int n = whole; n < count; n++)
        {
            total += (double)(x[n] - shift) * (w == null ? 1 : w[n]);
        }
        return total;
    }

    /// <summary>Σ (x − mean)².</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double SquaresAbout(float* x, float mean, int count)
    {
        float* lanes = stackalloc float[Lanes];
        int whole = count / Lanes * Lanes;
        for (int lane = 0; lane < Lanes; lane += S.Count)
        {
            V sum = S.Broadcast(0f);
            V centre = S.Broadcast(mean);
            for (int n = lane; n < whole; n += Lanes)
            {
                V d = S.Subtract(S.Load(x + n), centre);
                sum = S.Fma(d, d, sum);
            }
            S.Store(sum, lanes + lane);
        }
        double total = Total(lanes);
        for (int n = whole; n < count; n++)
        {
            double d = x[n] - mean;
            total += d * d;
        }
        return total;
    }

    /// <summary>Σ g and Σ g∘x̂ with g = dy∘γ (γ may be null) and x̂ = (x − mean)·inverse.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static (double Sum, double Product) Gradients(float* dy, float* gamma, float* x, float mean, float inverse, int count)
    {
        float* sums = stackalloc float[Lanes];
        float* products = stackalloc float[Lanes];
        int whole = count / Lanes * Lanes;
        for (int lane = 0; lane < Lanes; lane += S.Count)
        {
            V sum = S.Broadcast(0f), product = sum;
            V centre = S.Broadcast(mean), factor = S.Broadcast(inverse);
            for (int n = lane; n < whole; n += Lanes)
            {
                V g = gamma == null ? S.Load(dy + n) : S.Multiply(S.Load(dy + n), S.Load(gamma + n));
                sum = S.Add(sum, g);
                product = S.Fma(g, S.Multiply(S.Subtract(S.Load(x + n), centre), factor), product);
            }
            S.Store(sum, sums + lane);
            S.Store(product, products + lane);
        }
        double total = Total(sums), totalProduct = Total(products);
        for (int n = whole; n < count; n++)
        {
            float g = gamma == null ? dy[n] : dy[n] * gamma[n];
            total += g;
            totalProduct += (double)g * ((x[n] - mean) * inverse);
        }
        return (total, totalProduct);
    }

    private static double Total(float* lanes)
    {
        double total = 0;
        for (int lane = 0; lane < Lanes; lane++)
        {
            total += lanes[lane];
        }
        return total;
    }
}
