using System.Runtime.CompilerServices;

namespace LstmGpu.Devices.Cpu;

/// <summary>
/// exp, σ and tanh by lane, at most 4 ULP from the true value over the whole float range, subnormal results included; NaN stays NaN.
/// </summary>
internal static class VectorMath<S, V> where S : struct, ISimd<V> where V : unmanaged
{
    /// <summary>
    /// eˣ = 2ⁿ·eʳ with n = round(x/ln 2) and |r| ≤ ln 2 / 2 (Cody and Waite 1980: ln 2 in two parts keeps r exact); eʳ by its Taylor polynomial
    /// of degree 7, whose truncation, r⁸/8!, is below 6·10⁻⁹.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp(V x)
    {
        // Outside these bounds the result is 0 or ∞ in any case; inside, both halves of 2ⁿ are normal numbers.
        x = S.Min(S.Broadcast(89f), S.Max(S.Broadcast(-105f), x));
        V n = S.Round(S.Multiply(x, S.Broadcast(1.44269504f)));
        V r = S.Fma(n, S.Broadcast(-0.693359375f), x);
        r = S.Fma(n, S.Broadcast(2.12194440e-4f), r);
        V p = S.Broadcast(1f / 5040);
        p = S.Fma(p, r, S.Broadcast(1f / 720));
        p = S.Fma(p, r, S.Broadcast(1f / 120));
        p = S.Fma(p, r, S.Broadcast(1f / 24));
        p = S.Fma(p, r, S.Broadcast(1f / 6));
        p = S.Fma(p, r, S.Broadcast(0.5f));
        p = S.Fma(p, S.Multiply(r, r), r);
        p = S.Add(p, S.Broadcast(1f));
        V half = S.Round(S.Multiply(n, S.Broadcast(0.5f)));
        return S.Multiply(S.Multiply(p, S.PowerOfTwo(half)), S.PowerOfTwo(S.Subtract(n, half)));
    }

    /// <summary>σ(x) = 1/(1+e⁻ˣ), written with e^−|x| so that neither side overflows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Sigmoid(V x)
    {
        V one = S.Broadcast(1f);
        V e = Exp(S.Subtract(S.Broadcast(0f), S.Abs(x)));
        return S.Divide(S.WhereLess(x, S.Broadcast(0f), e, one), S.Add(one, e));
    }

    /// <summary>
    /// tanh x = (1−e^−2|x|)/(1+e^−2|x|) with the sign of x; below 0.625, where 1−e loses bits, x + x³·P(x²) (Cephes, tanhf).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Tanh(V x)
    {
        V one = S.Broadcast(1f);
        V magnitude = S.Abs(x);
        V e = Exp(S.Multiply(magnitude, S.Broadcast(-2f)));
        V large = S.CopySign(S.Divide(S.Subtract(one, e), S.Add(one, e)), x);
        V z = S.Multiply(x, x);
        V p = S.Broadcast(-5.70498872745e-3f);
        p = S.Fma(p, z, S.Broadcast(2.06390887954e-2f));
        p = S.Fma(p, z, S.Broadcast(-5.37397155531e-2f));
        p = S.Fma(p, z, S.Broadcast(1.33314422036e-1f));
        p = S.Fma(p, z, S.Broadcast(-3.33332819422e-1f));
        V small = S.Fma(S.Multiply(p, z), x, x);
        return S.WhereLess(magnitude, S.Broadcast(0.625f), small, large);
    }
}
