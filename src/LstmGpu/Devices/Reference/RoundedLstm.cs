using LstmGpu.Kernels;

namespace LstmGpu.Devices.Reference;

/// <summary>
/// What a device left of a window whose products round their operands, held step by step against the reference: each from what the device made of
/// the step before, so that operands round as they did there and the tolerance is that of one step.
/// </summary>
internal sealed record RoundedLstm(
    ProductPrecision Form,
    LstmInputs Inputs,
    int[]? Lengths,        // [B], null: all steps
    float[] Hidden,        // [T+1,B,H]
    float[] Cell,          // [T+1,B,H]
    float[] Gates)         // [T,B,4H] after forward
{
    private const double U = Precision.Rounding;

    private LstmShape Shape => Inputs.Shape;

    private int State => Shape.B * Shape.H;

    private int GatesOfStep => Shape.B * Shape.GateWidth;

    public void CompareForward(Comparison compare)
    {
        LstmShape step = Shape with { T = 1 };
        int x = step.B * step.I;
        double tolerance = 8 * U * (1 + ((step.I + step.H + 2) / (3 * Math.Sqrt(step.H))));
        for (int t = 0; t < Shape.T; t++)
        {
            double[] cPrevious = Cell[(t * State)..((t + 1) * State)].ToDoubles();
            LstmTrace expected = ReferenceLstm.Forward(Inputs with
            {
                Shape = step,
                X = Operands(Inputs.X[(t * x)..((t + 1) * x)]),
                WeightIh = Operands(Inputs.WeightIh),
                WeightHh = Operands(Inputs.WeightHh),
                H0 = Operands(Hidden[(t * State)..((t + 1) * State)].ToDoubles()),
                C0 = cPrevious,
            });
            (double[] gates, double[] cell, double[] hidden) = (expected.Gates, expected.Cell[State..], expected.Hidden[State..]);
            for (int row = 0; row < Shape.B; row++)
            {
                if (IsPadded(row, t))
                {
                    gates.AsSpan(row * Shape.GateWidth, Shape.GateWidth).Clear();
                    gates.AsSpan((row * Shape.GateWidth) + (Gate.Forget * Shape.H), Shape.H).Fill(1);
                    cPrevious.AsSpan(row * Shape.H, Shape.H).CopyTo(cell.AsSpan(row * Shape.H));
                    hidden.AsSpan(row * Shape.H, Shape.H).Clear();
                }
            }
            compare($"gates of step {t}", gates, Gates[(t * GatesOfStep)..((t + 1) * GatesOfStep)], _ => tolerance);
            compare($"cell of step {t}", cell, Cell[((t + 1) * State)..((t + 2) * State)], _ => 1.25 * tolerance);
            compare($"hidden of step {t}", hidden, Hidden[((t + 1) * State)..((t + 2) * State)], _ => 1.5 * tolerance);
        }
    }

    /// <param name="dHidden">[T,B,H], as dStateH and dStateC [B,H] before the pass.</param>
    /// <param name="dGates">[T,B,4H], as dFirstH and dFirstC [B,H] what the device left.</param>
    public void CompareBackward(double[] dHidden, double[] dStateH, double[] dStateC, float[] dGates, float[] dFirstH, float[] dFirstC, Comparison compare)
    {
        double[] weightHh = Operands(Inputs.WeightHh), dc = [.. dStateC], off = new double[State];
        for (int t = Shape.T - 1; t >= 0; t--)
        {
            (double[] product, Func<int, double> ofProduct) = t == Shape.T - 1
                ? (new double[State], _ => 0)
                : Carried(dGates[((t + 1) * GatesOfStep)..((t + 2) * GatesOfStep)], weightHh);
            double[] expected = new double[GatesOfStep], tolerances = new double[GatesOfStep];
            for (int n = 0; n < State; n++)
            {
                if (IsPadded(n / Shape.H, t))
                {
                    continue;
                }
                bool isRowsLast = t == Shape.T - 1 || IsPadded(n / Shape.H, t + 1);
                double dh = dHidden[(t * State) + n] + (isRowsLast ? dStateH[n] : product[n]);
                // Every factor beside dh and dc is at most 1 but c'. A dozen roundings, and exp's.
                off[n] += (isRowsLast ? 0 : ofProduct(n)) + (16 * U * (1 + Math.Abs(dh) + Math.Abs(dc[n])));
                Step(n, t, dh, dc, expected, tolerances, off[n]);
            }
            compare($"dgates of step {t}", expected, dGates[(t * GatesOfStep)..((t + 1) * GatesOfStep)], n => tolerances[n]);
        }
        compare("dc0", dc, dFirstC, n => off[n]);
        (double[] first, Func<int, double> ofFirst) = Carried(dGates[..GatesOfStep], weightHh);
        compare("dh0", [.. first.Select((value, n) => IsPadded(n / Shape.H, 0) ? dStateH[n] : value)], dFirstH, ofFirst);
    }

    // dc = dcNext + dh∘o∘(1−tanh²c), di = dc∘g∘i(1−i), df = dc∘c'∘f(1−f), dg = dc∘i∘(1−g²), do = dh∘tanh(c)∘o(1−o), dc' = dc∘f.
    private void Step(int n, int t, double dh, double[] dc, double[] expected, double[] tolerances, double off)
    {
        int gate = (n / Shape.H * Shape.GateWidth) + (n % Shape.H), h = Shape.H;
        double Of(int which) => Gates[(t * GatesOfStep) + gate + (which * h)];
        (double i, double f, double g, double o) = (Of(Gate.Input), Of(Gate.Forget), Of(Gate.Cell), Of(Gate.Output));
        double previous = Cell[(t * State) + n], tanhC = Math.Tanh(Cell[((t + 1) * State) + n]);
        dc[n] += dh * o * (1 - (tanhC * tanhC));
        expected[gate + (Gate.Input * h)] = dc[n] * g * i * (1 - i);
        expected[gate + (Gate.Forget * h)] = dc[n] * previous * f * (1 - f);
        expected[gate + (Gate.Cell * h)] = dc[n] * i * (1 - (g * g));
        expected[gate + (Gate.Output * h)] = dh * tanhC * o * (1 - o);
        for (int which = 0; which < Gate.Count; which++)
        {
            tolerances[gate + (which * h)] = off * Math.Max(1, Math.Abs(previous));
        }
        dc[n] *= f;
    }

    private (double[] Product, Func<int, double> Tolerance) Carried(float[] dGatesNext, double[] weightHh)
    {
        double[] next = Operands(dGatesNext.ToDoubles());
        return (
            ReferenceDense.Gemm(GemmLayout.NN, Shape.B, Shape.H, Shape.GateWidth, next, weightHh, null),
            Tolerances.Gemm(GemmLayout.NN, Shape.B, Shape.H, Shape.GateWidth, Floats(next), Floats(weightHh), null));
    }

    private bool IsPadded(int row, int t) => Lengths is not null && t >= Lengths[row];

    private double[] Operands(double[] x) => ReferenceRounding.Operands(Form, x);

    private static float[] Floats(double[] x) => Array.ConvertAll(x, value => (float)value);
}

/// <summary>Holds what was found against what was expected, by a tolerance for each element.</summary>
internal delegate void Comparison(string what, double[] expected, float[] found, Func<int, double> tolerance);
