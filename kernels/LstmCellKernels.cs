using ILGPU;

namespace LstmGpu.Kernels;

/// <summary>
/// A step of an LSTM with options around its recurrent product. A thread per element of [B,H]; gate blocks in the order of <see cref="Gate"/>.
/// With layer normalisation the output's half is in <see cref="NormKernels"/>: it needs a whole row of c first.
/// </summary>
internal static class LstmCellKernels
{
    /// <summary>i,f,o = σ(·), g = tanh(·), c = clip(f∘c' + i∘g), h = o∘tanh(c), then zoneout of both. Padded: gates and h are 0, c = c'.</summary>
    [Kernel(Recurrent.Threads)]
    public static void Forward(
        ArrayView<float> biasIh,        // [4H] or empty
        ArrayView<float> biasHh,        // [4H] or empty
        ArrayView<float> peephole,      // [3,H] or empty
        ArrayView<float> normIh,        // [4H] γ_ih or empty
        ArrayView<float> normHh,        // [4H] γ_hh or empty
        ArrayView<float> inputNorm,     // [B,4H] norm(x·W_ihᵀ) or empty
        ArrayView<float> hiddenNorm,    // [B,4H] norm(h'·W_hhᵀ) or empty
        ArrayView<float> hPrevious,     // [B,H], where zoneout of h is done here
        ArrayView<float> cPrevious,     // [B,H]
        ArrayView<float> gates,         // [B,4H] in, without norm: x·W_ihᵀ + h'·W_hhᵀ, out: i f g o
        ArrayView<float> newCell,       // [B,H] out, with norm: c before zoneout, and h is left to the norm
        ArrayView<float> h,             // [B,H]
        ArrayView<float> c,             // [B,H]
        ArrayView<float> candidate,     // [B,H] or empty
        ArrayView<float> zoneoutHidden, // [B,H] or empty
        ArrayView<float> zoneoutCell,   // [B,H] or empty
        ArrayView<int> lengths,         // [B] or empty
        int t,
        int hidden,
        bool coupled,
        float clip,                     // 0: none
        float zoneoutHiddenProbability,
        float zoneoutCellProbability)
    {
        long at = ((long)Grid.IdxX * Recurrent.Threads) + Group.IdxX;
        if (at < c.Length)
        {
            int row = Recurrent.Row(at, hidden);
            int unit = (int)(at - ((long)row * hidden));
            long first = ((long)row * hidden * Gate.Count) + unit;
            bool isNormed = newCell.Length > 0;
            float i = 0f;
            float f = 0f;
            float g = 0f;
            float o = 0f;
            float previous = cPrevious[at];
            float cell = 0f;
            float state = previous;
            float output = 0f;
            if (!Recurrent.IsPadded(lengths, row, t))
            {
                float ofInput = Sum(gates, inputNorm, hiddenNorm, normIh, normHh, biasIh, biasHh, first, Gate.Input * hidden, unit);
                float ofForget = Sum(gates, inputNorm, hiddenNorm, normIh, normHh, biasIh, biasHh, first, Gate.Forget * hidden, unit);
                float ofCell = Sum(gates, inputNorm, hiddenNorm, normIh, normHh, biasIh, biasHh, first, Gate.Cell * hidden, unit);
                float ofOutput = Sum(gates, inputNorm, hiddenNorm, normIh, normHh, biasIh, biasHh, first, Gate.Output * hidden, unit);
                i = DeviceMath.Sigmoid(ofInput + (Peep(peephole, PeepInput, hidden, unit) * previous));
                f = coupled ? 1f - i : DeviceMath.Sigmoid(ofForget + (Peep(peephole, PeepForget, hidden, unit) * previous));
                g = DeviceMath.Tanh(ofCell);
                cell = Clip(Update(i, f, g * Recurrent.Factor(candidate, at), previous), clip);
                o = DeviceMath.Sigmoid(ofOutput + (Peep(peephole, PeepOutput, hidden, unit) * cell));
                state = Recurrent.Mix(Recurrent.Keep(zoneoutCell, zoneoutCellProbability, at), previous, cell);
                if (!isNormed)
                {
                    output = o * DeviceMath.Tanh(cell);
                    if (hPrevious.Length > 0)
                    {
                        output = Recurrent.Mix(Recurrent.Keep(zoneoutHidden, zoneoutHiddenProbability, at), hPrevious[at], output);
                    }
                }
            }
            gates[first + (Gate.Input * hidden)] = i;
            gates[first + (Gate.Forget * hidden)] = f;
            gates[first + (Gate.Cell * hidden)] = g;
            gates[first + (Gate.Output * hidden)] = o;
            c[at] = state;
            if (isNormed)
            {
                newCell[at] = cell;
            }
            else
            {
                h[at] = output;
            }
        }
    }

    /// <summary>
    /// da_o = dh∘tanh(c)∘o(1−o), dc = dcNext∘(1−keep) + dh∘o∘(1−tanh²c) + da_o∘p_o, 0 where c was clipped; da_i = dc∘g∘i(1−i), da_f = dc∘c'∘f(1−f),
    /// da_g = dc∘i∘(1−g²), coupled: da_i = dc∘(g−c')∘i(1−i), da_f = 0; dc' = dcNext∘keep + dc∘f + da_i∘p_i + da_f∘p_f.
    /// Padded: 0, and dc stays. c before zoneout is not stored: it is computed as forward did.
    /// </summary>
    [Kernel(Recurrent.Threads)]
    public static void Backward(
        ArrayView<float> peephole,      // [3,H] or empty
        ArrayView<float> cPrevious,     // [B,H]
        ArrayView<float> gates,         // [B,4H] in: i f g o, with norm da_o in the place of o, out: gradients before activation
        ArrayView<float> dHidden,       // [B,H]
        ArrayView<float> dStateH,       // [B,H] in: dh of the next step, out: what zoneout keeps of it; or empty
        ArrayView<float> dStateC,       // [B,H] in: dc of the next step, out: dc of the previous
        ArrayView<float> dOutputCell,   // [B,H] with norm: what the output asks of c, and dHidden is not read
        ArrayView<float> newCell,       // [B,H] out: c before zoneout, where the peephole's gradient needs it
        ArrayView<float> candidate,     // [B,H] or empty
        ArrayView<float> zoneoutHidden, // [B,H] or empty
        ArrayView<float> zoneoutCell,   // [B,H] or empty
        ArrayView<int> lengths,         // [B] or empty
        int t,
        int hidden,
        bool coupled,
        float clip,
        float zoneoutHiddenProbability,
        float zoneoutCellProbability)
    {
        long at = ((long)Grid.IdxX * Recurrent.Threads) + Group.IdxX;
        if (at < dStateC.Length)
        {
            int row = Recurrent.Row(at, hidden);
            int unit = (int)(at - ((long)row * hidden));
            long first = ((long)row * hidden * Gate.Count) + unit;
            float dInput = 0f;
            float dForget = 0f;
            float dCandidate = 0f;
            float dOutput = 0f;
            float cell = 0f;
            if (!Recurrent.IsPadded(lengths, row, t))
            {
                float i = gates[first + (Gate.Input * hidden)];
                float f = gates[first + (Gate.Forget * hidden)];
                float g = gates[first + (Gate.Cell * hidden)];
                float o = gates[first + (Gate.Output * hidden)];
                float mask = Recurrent.Factor(candidate, at);
                float previous = cPrevious[at];
                float update = Update(i, f, g * mask, previous);
                cell = Clip(update, clip);
                float keep = Recurrent.Keep(zoneoutCell, zoneoutCellProbability, at);
                float dState = dStateC[at];
                float dc = (1f - keep) * dState;
                if (dOutputCell.Length > 0)
                {
                    dOutput = o;
                    dc += dOutputCell[at];
                }
                else
                {
                    float tanhC = DeviceMath.Tanh(cell);
                    float dh = Recurrent.TakeGradient(dHidden, dStateH, zoneoutHidden, zoneoutHiddenProbability, at);
                    dOutput = dh * tanhC * (o * (1f - o));
                    dc += dh * o * (1f - (tanhC * tanhC));
                }
                dc += dOutput * Peep(peephole, PeepOutput, hidden, unit);
                // A sum that is not a number was not clipped.
                dc = IsClipped(update, clip) ? 0f : dc;
                dInput = dc * (coupled ? (g * mask) - previous : g * mask) * (i * (1f - i));
                dForget = coupled ? 0f : dc * previous * (f * (1f - f));
                dCandidate = dc * i * mask * (1f - (g * g));
                dStateC[at] = (keep * dState) + (dc * f) + (dInput * Peep(peephole, PeepInput, hidden, unit)) + (dForget * Peep(peephole, PeepForget, hidden, unit));
            }
            gates[first + (Gate.Input * hidden)] = dInput;
            gates[first + (Gate.Forget * hidden)] = dForget;
            gates[first + (Gate.Cell * hidden)] = dCandidate;
            gates[first + (Gate.Output * hidden)] = dOutput;
            if (newCell.Length > 0)
            {
                newCell[at] = cell;
            }
        }
    }

    /// <summary>Blocks of the peephole weights [3,H].</summary>
    public const int PeepInput = 0;
    public const int PeepForget = 1;
    public const int PeepOutput = 2;

    private static float Peep(ArrayView<float> peephole, int which, int hidden, int unit) => Recurrent.Bias(peephole, (which * hidden) + unit);

    /// <summary>The sum before activation of one gate: products as they are, or γ_ih∘norm + γ_hh∘norm, and the biases.</summary>
    private static float Sum(
        ArrayView<float> gates,
        ArrayView<float> inputNorm,
        ArrayView<float> hiddenNorm,
        ArrayView<float> normIh,
        ArrayView<float> normHh,
        ArrayView<float> biasIh,
        ArrayView<float> biasHh,
        long first,
        int block,
        int unit)
    {
        float products = inputNorm.Length > 0
            ? (normIh[block + unit] * inputNorm[first + block]) + (normHh[block + unit] * hiddenNorm[first + block])
            : gates[first + block];
        return products + Recurrent.Bias(biasIh, block + unit) + Recurrent.Bias(biasHh, block + unit);
    }

    private static float Update(float i, float f, float g, float previous) => (f * previous) + (i * g);

    private static bool IsClipped(float c, float clip) => clip > 0f && MathF.Abs(c) > clip;

    private static float Clip(float c, float clip) => IsClipped(c, clip) ? (c < 0f ? -clip : clip) : c;
}
