using ILGPU;
using ILGPU.Runtime;

namespace LstmGpu.Kernels;

/// <summary>
/// A step of a GRU around its recurrent products. A thread per element of [B,H]; gate blocks in the order of <see cref="GruGate"/>. Two forms:
/// the reset gate after the product, one product of all three blocks; or before it, one of r and z, then one of n with r∘h'.
/// </summary>
internal static class GruKernels
{
    /// <summary>r,z = σ(·), n = tanh(x·W_inᵀ + b_in + r∘(h'·W_hnᵀ + b_hn)), h = (1−z)∘n + z∘h'. Padded: 0.</summary>
    [Kernel(Recurrent.Threads)]
    public static void Forward(
        ArrayView<float> biasIh,        // [3H] or empty
        ArrayView<float> biasHh,        // [3H] or empty
        ArrayView<float> hPrevious,     // [B,H]
        ArrayView<float> gates,         // [B,3H] in: x·W_ihᵀ, out: r z n
        ArrayView<float> hiddenGates,   // [B,3H] in: h'·W_hhᵀ, out in the block of n: the same + b_hn
        ArrayView<float> h,             // [B,H]
        ArrayView<float> candidate,     // [B,H] or empty
        ArrayView<float> zoneout,       // [B,H] or empty
        ArrayView<int> lengths,         // [B] or empty
        int t,
        int hidden,
        float zoneoutProbability)
    {
        long at = ((long)Grid.IdxX * Recurrent.Threads) + Group.IdxX;
        if (at < h.Length)
        {
            int row = Recurrent.Row(at, hidden);
            int unit = (int)(at - ((long)row * hidden));
            long first = ((long)row * hidden * GruGate.Count) + unit;
            long reset = first + (GruGate.Reset * hidden);
            long update = first + (GruGate.Update * hidden);
            long fresh = first + (GruGate.New * hidden);
            if (Recurrent.IsPadded(lengths, row, t))
            {
                gates[reset] = 0f;
                gates[update] = 0f;
                gates[fresh] = 0f;
                h[at] = 0f;
            }
            else
            {
                float r = DeviceMath.Sigmoid(gates[reset] + Biases(biasIh, biasHh, GruGate.Reset, hidden, unit) + hiddenGates[reset]);
                float z = DeviceMath.Sigmoid(gates[update] + Biases(biasIh, biasHh, GruGate.Update, hidden, unit) + hiddenGates[update]);
                float product = hiddenGates[fresh] + Recurrent.Bias(biasHh, (GruGate.New * hidden) + unit);
                float n = DeviceMath.Tanh(gates[fresh] + Recurrent.Bias(biasIh, (GruGate.New * hidden) + unit) + (r * product));
                gates[reset] = r;
                gates[update] = z;
                gates[fresh] = n;
                hiddenGates[fresh] = product;
                h[at] = Output(z, n, hPrevious, candidate, zoneout, zoneoutProbability, at);
            }
        }
    }

    /// <summary>dn = dh∘(1−z)∘(1−n²), dz = dh∘(h'−n)∘z(1−z), dr = dn∘(h'·W_hnᵀ + b_hn)∘r(1−r), of the hidden part dn∘r; dh' = dh∘z, to which products are added.</summary>
    [Kernel(Recurrent.Threads)]
    public static void Backward(
        ArrayView<float> dHidden,       // [B,H]
        ArrayView<float> dStateH,       // [B,H] in: dh of the next step, out: dh' without the products
        ArrayView<float> hPrevious,     // [B,H]
        ArrayView<float> gates,         // [B,3H] in: r z n, out: gradients of the input part
        ArrayView<float> hiddenGates,   // [B,3H] in, block of n: h'·W_hnᵀ + b_hn, out: gradients of the hidden part
        ArrayView<float> candidate,     // [B,H] or empty
        ArrayView<float> zoneout,       // [B,H] or empty
        ArrayView<int> lengths,         // [B] or empty
        int t,
        int hidden,
        float zoneoutProbability)
    {
        long at = ((long)Grid.IdxX * Recurrent.Threads) + Group.IdxX;
        if (at < dStateH.Length)
        {
            int row = Recurrent.Row(at, hidden);
            int unit = (int)(at - ((long)row * hidden));
            long first = ((long)row * hidden * GruGate.Count) + unit;
            long reset = first + (GruGate.Reset * hidden);
            long update = first + (GruGate.Update * hidden);
            long fresh = first + (GruGate.New * hidden);
            float dReset = 0f;
            float dUpdate = 0f;
            float dNew = 0f;
            float dProduct = 0f;
            if (!Recurrent.IsPadded(lengths, row, t))
            {
                float r = gates[reset];
                float z = gates[update];
                float n = gates[fresh];
                float mask = Recurrent.Factor(candidate, at);
                float dh = Recurrent.TakeGradient(dHidden, dStateH, zoneout, zoneoutProbability, at);
                dUpdate = dh * (hPrevious[at] - (n * mask)) * (z * (1f - z));
                dNew = dh * (1f - z) * mask * (1f - (n * n));
                dProduct = dNew * r;
                dReset = dNew * hiddenGates[fresh] * (r * (1f - r));
                dStateH[at] += dh * z;
            }
            gates[reset] = dReset;
            gates[update] = dUpdate;
            gates[fresh] = dNew;
            hiddenGates[reset] = dReset;
            hiddenGates[update] = dUpdate;
            hiddenGates[fresh] = dProduct;
        }
    }

    // The reset gate before the product. Products and their gradients stand in two matrices, [B,2H] of r and z and [B,H] of n: each is an operand of its own.

    /// <summary>r,z = σ(·), and r∘h' for the second product. Padded: 0.</summary>
    [Kernel(Recurrent.Threads)]
    public static void Reset(
        ArrayView<float> biasIh,        // [3H] or empty
        ArrayView<float> biasHh,        // [3H] or empty
        ArrayView<float> hInput,        // [B,H] h' under its mask
        ArrayView<float> gates,         // [B,3H] in: x·W_ihᵀ, out: r z and n as it was
        ArrayView<float> products,      // [B,2H] h'·W_hrᵀ, h'·W_hzᵀ
        ArrayView<float> resetHidden,   // [B,H] out: r∘h'
        ArrayView<int> lengths,         // [B] or empty
        int t,
        int hidden)
    {
        long at = ((long)Grid.IdxX * Recurrent.Threads) + Group.IdxX;
        if (at < resetHidden.Length)
        {
            int row = Recurrent.Row(at, hidden);
            int unit = (int)(at - ((long)row * hidden));
            long gate = ((long)row * hidden * GruGate.Count) + unit;
            long product = ((long)row * hidden * 2) + unit;
            float r = 0f;
            float z = 0f;
            if (!Recurrent.IsPadded(lengths, row, t))
            {
                float ofReset = gates[gate + (GruGate.Reset * hidden)] + products[product + (GruGate.Reset * hidden)];
                float ofUpdate = gates[gate + (GruGate.Update * hidden)] + products[product + (GruGate.Update * hidden)];
                r = DeviceMath.Sigmoid(ofReset + Biases(biasIh, biasHh, GruGate.Reset, hidden, unit));
                z = DeviceMath.Sigmoid(ofUpdate + Biases(biasIh, biasHh, GruGate.Update, hidden, unit));
            }
            gates[gate + (GruGate.Reset * hidden)] = r;
            gates[gate + (GruGate.Update * hidden)] = z;
            resetHidden[at] = r * hInput[at];
        }
    }

    /// <summary>n = tanh(x·W_inᵀ + b_in + (r∘h')·W_hnᵀ + b_hn), h = (1−z)∘n + z∘h'. Padded: 0.</summary>
    [Kernel(Recurrent.Threads)]
    public static void Candidate(
        ArrayView<float> biasIh,      // [3H] or empty
        ArrayView<float> biasHh,      // [3H] or empty
        ArrayView<float> hPrevious,   // [B,H]
        ArrayView<float> gates,       // [B,3H] in: r z and x·W_inᵀ, out: r z n
        ArrayView<float> product,     // [B,H] (r∘h')·W_hnᵀ
        ArrayView<float> h,           // [B,H]
        ArrayView<float> candidate,   // [B,H] or empty
        ArrayView<float> zoneout,     // [B,H] or empty
        ArrayView<int> lengths,       // [B] or empty
        int t,
        int hidden,
        float zoneoutProbability)
    {
        long at = ((long)Grid.IdxX * Recurrent.Threads) + Group.IdxX;
        if (at < h.Length)
        {
            int row = Recurrent.Row(at, hidden);
            int unit = (int)(at - ((long)row * hidden));
            long gate = ((long)row * hidden * GruGate.Count) + unit;
            long fresh = gate + (GruGate.New * hidden);
            if (Recurrent.IsPadded(lengths, row, t))
            {
                gates[fresh] = 0f;
                h[at] = 0f;
            }
            else
            {
                float n = DeviceMath.Tanh(gates[fresh] + Biases(biasIh, biasHh, GruGate.New, hidden, unit) + product[at]);
                gates[fresh] = n;
                h[at] = Output(gates[gate + (GruGate.Update * hidden)], n, hPrevious, candidate, zoneout, zoneoutProbability, at);
            }
        }
    }

    /// <summary>dn = dh∘(1−z)∘(1−n²), dz = dh∘(h'−n)∘z(1−z), dh' = dh∘z, to which products are added. The block of r keeps r.</summary>
    [Kernel(Recurrent.Threads)]
    public static void BackwardCandidate(
        ArrayView<float> dHidden,     // [B,H]
        ArrayView<float> dStateH,     // [B,H] in: dh of the next step, out: dh' without the products
        ArrayView<float> hPrevious,   // [B,H]
        ArrayView<float> gates,       // [B,3H] in: r z n, out: r dz dn
        ArrayView<float> dProducts,   // [B,2H] out: dz in its block
        ArrayView<float> dProduct,    // [B,H] out: dn
        ArrayView<float> candidate,   // [B,H] or empty
        ArrayView<float> zoneout,     // [B,H] or empty
        ArrayView<int> lengths,       // [B] or empty
        int t,
        int hidden,
        float zoneoutProbability)
    {
        long at = ((long)Grid.IdxX * Recurrent.Threads) + Group.IdxX;
        if (at < dStateH.Length)
        {
            int row = Recurrent.Row(at, hidden);
            int unit = (int)(at - ((long)row * hidden));
            long gate = ((long)row * hidden * GruGate.Count) + unit;
            float dUpdate = 0f;
            float dNew = 0f;
            if (!Recurrent.IsPadded(lengths, row, t))
            {
                float z = gates[gate + (GruGate.Update * hidden)];
                float n = gates[gate + (GruGate.New * hidden)];
                float mask = Recurrent.Factor(candidate, at);
                float dh = Recurrent.TakeGradient(dHidden, dStateH, zoneout, zoneoutProbability, at);
                dUpdate = dh * (hPrevious[at] - (n * mask)) * (z * (1f - z));
                dNew = dh * (1f - z) * mask * (1f - (n * n));
                dStateH[at] += dh * z;
            }
            gates[gate + (GruGate.Update * hidden)] = dUpdate;
            gates[gate + (GruGate.New * hidden)] = dNew;
            dProducts[((long)row * hidden * 2) + (GruGate.Update * hidden) + unit] = dUpdate;
            dProduct[at] = dNew;
        }
    }

    /// <summary>dr = d(r∘h')∘h'∘r(1−r), and dh' += d(r∘h')∘r, which is what the second product asks of h'. At a padded step r is 0, and so are both.</summary>
    [Kernel(Recurrent.Threads)]
    public static void BackwardReset(
        ArrayView<float> hInput,         // [B,H] h' under its mask
        ArrayView<float> gates,          // [B,3H] in: r …, out: dr …
        ArrayView<float> dProducts,      // [B,2H] out: dr in its block
        ArrayView<float> dResetHidden,   // [B,H] in: dn·W_hn, the gradient of r∘h'; out, where h' has a mask: dh' under it
        ArrayView<float> dStateH,        // [B,H] dh', or empty where h' has a mask
        int hidden)
    {
        long at = ((long)Grid.IdxX * Recurrent.Threads) + Group.IdxX;
        if (at < dResetHidden.Length)
        {
            int row = Recurrent.Row(at, hidden);
            int unit = (int)(at - ((long)row * hidden));
            long gate = ((long)row * hidden * GruGate.Count) + (GruGate.Reset * hidden) + unit;
            float r = gates[gate];
            float d = dResetHidden[at];
            float dReset = d * hInput[at] * (r * (1f - r));
            gates[gate] = dReset;
            dProducts[((long)row * hidden * 2) + (GruGate.Reset * hidden) + unit] = dReset;
            if (dStateH.Length > 0)
            {
                dStateH[at] += d * r;
            }
            else
            {
                dResetHidden[at] = d * r;
            }
        }
    }

    private static float Biases(ArrayView<float> biasIh, ArrayView<float> biasHh, int which, int hidden, int unit) =>
        Recurrent.Bias(biasIh, (which * hidden) + unit) + Recurrent.Bias(biasHh, (which * hidden) + unit);

    private static float Output(
        float z, float n, ArrayView<float> hPrevious, ArrayView<float> candidate, ArrayView<float> zoneout, float zoneoutProbability, long at)
    {
        float fresh = ((1f - z) * (n * Recurrent.Factor(candidate, at))) + (z * hPrevious[at]);
        return Recurrent.Mix(Recurrent.Keep(zoneout, zoneoutProbability, at), hPrevious[at], fresh);
    }
}
