using ILGPU;

namespace LstmGpu.Kernels;

/// <summary>
/// exp, log, σ and tanh in plain float arithmetic, so that they are the same functions on every device: at most 4 ULP from the true value
/// over the whole range. NaN stays NaN.
/// </summary>
internal static class DeviceMath
{
    private const float Log2E = 1.44269504f;

    // ln 2 in two parts (Cody and Waite 1980): n times the first is exact, so x − n·ln 2 keeps its bits.
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;

    /// <summary>eˣ = 2ⁿ·eʳ with n = round(x/ln 2) and |r| ≤ ln 2 / 2; eʳ by its Taylor polynomial of degree 7.</summary>
    public static float Exp(float x)
    {
        // Outside these bounds the result is 0 or ∞ in any case; inside, both halves of 2ⁿ are normal numbers.
        float bounded = x > 89f ? 89f : x < -105f ? -105f : x;
        float n = MathF.Round(bounded * Log2E);
        float r = (bounded - (n * Ln2High)) - (n * Ln2Low);
        float p = 1f / 5040;
        p = (p * r) + (1f / 720);
        p = (p * r) + (1f / 120);
        p = (p * r) + (1f / 24);
        p = (p * r) + (1f / 6);
        p = (p * r) + 0.5f;
        p = (p * (r * r)) + r;
        p += 1f;
        int whole = (int)n;
        int half = whole / 2;
        return p * PowerOfTwo(half) * PowerOfTwo(whole - half);
    }

    /// <summary>ln x for a normal x > 0: x = 2ᵉ·m with m in [√½, √2), and ln m = 2·artanh((m−1)/(m+1)) by its series up to s⁹.</summary>
    public static float Log(float x)
    {
        if (!(x < float.PositiveInfinity))
        {
            return x;
        }
        uint bits = Interop.FloatAsInt(x);
        uint shifted = bits - 0x3F3504F3u; // √½: its exponent field becomes the border between two e
        int e = (int)shifted >> 23;
        float m = Interop.IntAsFloat(bits - ((uint)e << 23));
        float f = m - 1f;
        float s = f / (2f + f);
        float z = s * s;
        float p = 2f / 9;
        p = (p * z) + (2f / 7);
        p = (p * z) + (2f / 5);
        p = (p * z) + (2f / 3);
        // 2s = f − s·f: the largest term stays exact.
        float tail = (s * ((p * z) - f)) + (e * Ln2Low);
        return (tail + f) + (e * Ln2High);
    }

    /// <summary>ln(1+x) for x in 0…1, also where 1 + x rounds: the quotient x/((1+x)−1) takes the rounding of the sum back (Kahan).</summary>
    public static float LogOnePlus(float x)
    {
        float sum = 1f + x;
        return sum == 1f ? x : Log(sum) * (x / (sum - 1f));
    }

    /// <summary>σ(x) = 1/(1+e⁻ˣ), written with e^−|x| so that neither side overflows.</summary>
    public static float Sigmoid(float x)
    {
        float e = Exp(-MathF.Abs(x));
        return (x < 0f ? e : 1f) / (1f + e);
    }

    /// <summary>tanh x = (1−e^−2|x|)/(1+e^−2|x|) with the sign of x; below 0.625, where 1−e loses bits, x + x³·P(x²) (Cephes, tanhf).</summary>
    public static float Tanh(float x)
    {
        float magnitude = MathF.Abs(x);
        if (magnitude < 0.625f)
        {
            float z = x * x;
            float p = -5.70498872745e-3f;
            p = (p * z) + 2.06390887954e-2f;
            p = (p * z) - 5.37397155531e-2f;
            p = (p * z) + 1.33314422036e-1f;
            p = (p * z) - 3.33332819422e-1f;
            return ((p * z) * x) + x;
        }
        float e = Exp(-2f * magnitude);
        float large = (1f - e) / (1f + e);
        return x < 0f ? -large : large;
    }

    private static float PowerOfTwo(int n) => Interop.IntAsFloat((uint)(n + 127) << 23);
}
