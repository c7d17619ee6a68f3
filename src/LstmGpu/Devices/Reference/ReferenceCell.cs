using LstmGpu.Kernels;

namespace LstmGpu.Devices.Reference;

/// <summary>One step of one row: the equations of <see cref="CellKind"/> and <see cref="CellOptions"/> in their order, and their derivatives in reverse.</summary>
internal sealed class ReferenceCell
{
    // Gates of the GRU.
    private const int Reset = 0, Update = 1, New = 2;

    private readonly RecurrentShape shape;
    private readonly CellOptions options;
    private readonly RecurrentParameters parameters;
    private readonly int h;
    private readonly double[] x, before, cellBefore;               // x, h', c'
    private readonly double[] hiddenMask, candidateMask;
    private readonly double[] newHiddenShare, newCellShare;        // of zoneout: 1 takes the new value, 0 keeps the old one
    private readonly double[] hiddenInput;                         // h'∘mask
    private readonly double[] newHidden;                           // h before zoneout
    private double[] hiddenPart = [];                              // W_hh·h' + b_hh
    private double[] resetHidden = [];                             // r∘h'
    private double[] rawCell = [], newCell = [];                   // c before and after the clip
    private double[] squashed = [], unprojected = [];              // tanh(…c…), o∘tanh(…c…)
    private NormValues inputNorm, hiddenNorm, cellNorm;

    public ReferenceCell(RecurrentInputs inputs, int n, double[] before, double[] cellBefore)
    {
        (shape, options, parameters, h) = (inputs.Shape, inputs.Options, inputs.Parameters, inputs.Shape.H);
        (this.before, this.cellBefore) = (before, cellBefore);
        x = RowOf(inputs.X, n, shape.I, 0);
        hiddenMask = RowOf(inputs.Masks.Hidden, n % shape.B, shape.P, 1);
        candidateMask = RowOf(inputs.Masks.Candidate, n, h, 1);
        newHiddenShare = ShareOfNew(inputs.Masks.ZoneoutHidden, n, shape.P, options.ZoneoutHidden);
        newCellShare = ShareOfNew(inputs.Masks.ZoneoutCell, n, h, options.ZoneoutCell);
        hiddenInput = Times(before, hiddenMask);
        Gates = new double[shape.GateWidth];
        newHidden = shape.Cell switch
        {
            CellKind.Lstm => Lstm(),
            CellKind.Gru or CellKind.GruResetBefore => Gru(),
            _ => Rnn(),
        };
        // Zoneout: h of the step before, or the new one
        Hidden = [.. newHidden.Select((value, j) => newHiddenShare[j] * value + (1 - newHiddenShare[j]) * before[j])];
    }

    public double[] Hidden { get; }

    public double[] Cell { get; private set; } = [];

    /// <summary>After activation; g and n without the candidate's mask.</summary>
    public double[] Gates { get; }

    public double Margin { get; private set; } = double.PositiveInfinity;

    /// <summary>Of the norms through which a gradient passes: through that of one element none does.</summary>
    public double NormScale => Math.Max(Math.Max(inputNorm.Scale, hiddenNorm.Scale), h > 1 ? cellNorm.Scale : 0);

    /// <summary>After <see cref="Backward"/>, before activation, of the input part.</summary>
    public double[] DGates { get; private set; } = [];

    public double[] DX { get; private set; } = [];

    /// <summary>Gradients of h' and c' from those of h and c; the parameters' are added to.</summary>
    public (double[] DHiddenBefore, double[] DCellBefore) Backward(double[] dHidden, double[] dCell, RecurrentParameters gradients)
    {
        DGates = new double[shape.GateWidth];
        double[] dNewHidden = Times(dHidden, newHiddenShare);
        double[] dBefore = [.. dHidden.Select((value, j) => value * (1 - newHiddenShare[j]))];
        double[] dCellBefore = [];
        switch (shape.Cell)
        {
            case CellKind.Lstm:
                dCellBefore = LstmBackward(dNewHidden, dCell, dBefore, gradients);
                break;
            case CellKind.Gru or CellKind.GruResetBefore:
                GruBackward(dNewHidden, dBefore, gradients);
                break;
            default:
                RnnBackward(dNewHidden, dBefore, gradients);
                break;
        }
        return (dBefore, dCellBefore);
    }

    private double[] Lstm()
    {
        // a = W_ih·x + b_ih + W_hh·h' + b_hh, or γ_ih∘norm(W_ih·x) + γ_hh∘norm(W_hh·h') + b_ih + b_hh
        double[] input = Product(parameters.WeightIh, x), hidden = Product(parameters.WeightHh, hiddenInput);
        if (options.LayerNorm)
        {
            (inputNorm, hiddenNorm) = (Norm(input, HasGate), Norm(hidden, HasGate));
            (input, hidden) = (Times(inputNorm.Values, parameters.NormIh), Times(hiddenNorm.Values, parameters.NormHh));
        }
        double[] a = Plus(Plus(input, parameters.BiasIh), Plus(hidden, parameters.BiasHh));
        (rawCell, newCell, squashed, unprojected, Cell) = (new double[h], new double[h], new double[h], new double[h], new double[h]);
        for (int unit = 0; unit < h; unit++)
        {
            // i = σ(a_i + p_i∘c'), f = σ(a_f + p_f∘c') or 1 − i, g = tanh(a_g), c = f∘c' + i∘g
            double i = Sigmoid(a[Gate.Input * h + unit] + Peephole(0, unit) * cellBefore[unit]);
            double f = options.Coupled ? 1 - i : Sigmoid(a[Gate.Forget * h + unit] + Peephole(1, unit) * cellBefore[unit]);
            double g = Math.Tanh(a[Gate.Cell * h + unit]);
            double raw = f * cellBefore[unit] + i * g * candidateMask[unit];
            double c = options.CellClip > 0 ? Math.Clamp(raw, -options.CellClip, options.CellClip) : raw;
            // o = σ(a_o + p_o∘c): the new c
            double o = Sigmoid(a[Gate.Output * h + unit] + Peephole(2, unit) * c);
            (rawCell[unit], newCell[unit]) = (raw, c);
            (GateOf(Gate.Input, unit), GateOf(Gate.Forget, unit), GateOf(Gate.Cell, unit), GateOf(Gate.Output, unit)) = (i, f, g, o);
            Cell[unit] = newCellShare[unit] * c + (1 - newCellShare[unit]) * cellBefore[unit];
            Margin = options.CellClip > 0 ? Math.Min(Margin, Math.Abs(Math.Abs(raw) - options.CellClip)) : Margin;
        }
        if (options.LayerNorm)
        {
            cellNorm = Norm(newCell, _ => true);
        }
        for (int unit = 0; unit < h; unit++)
        {
            // h = o∘tanh(c), or o∘tanh(γ_c∘norm(c) + β_c); W_hr·h where it is projected
            squashed[unit] = Math.Tanh(
                options.LayerNorm ? parameters.NormCell[unit] * cellNorm.Values[unit] + parameters.NormCellBias[unit] : newCell[unit]);
            unprojected[unit] = GateOf(Gate.Output, unit) * squashed[unit];
        }
        return shape.HasProjection ? Product(parameters.WeightHr, unprojected) : unprojected;
    }

    private double[] LstmBackward(double[] dNewHidden, double[] dCell, double[] dBefore, RecurrentParameters gradients)
    {
        double[] dUnprojected = dNewHidden;
        if (shape.HasProjection)
        {
            AddOuter(gradients.WeightHr, dNewHidden, unprojected);
            dUnprojected = TransposedProduct(parameters.WeightHr, dNewHidden, h);
        }
        double[] dSquash = new double[h];
        for (int unit = 0; unit < h; unit++)
        {
            dSquash[unit] = dUnprojected[unit] * GateOf(Gate.Output, unit) * (1 - squashed[unit] * squashed[unit]);
        }
        double[] dNewCell = dSquash;
        if (options.LayerNorm)
        {
            Add(gradients.NormCell, Times(dSquash, cellNorm.Values));
            Add(gradients.NormCellBias, dSquash);
            dNewCell = NormBackward(Times(dSquash, parameters.NormCell), cellNorm, _ => true);
        }
        double[] dCellBefore = new double[h];
        for (int unit = 0; unit < h; unit++)
        {
            double i = GateOf(Gate.Input, unit), f = GateOf(Gate.Forget, unit), g = GateOf(Gate.Cell, unit), o = GateOf(Gate.Output, unit);
            double dao = dUnprojected[unit] * squashed[unit] * o * (1 - o);
            double dc = dNewCell[unit] + dao * Peephole(2, unit) + dCell[unit] * newCellShare[unit];
            if (options.CellClip > 0 && Math.Abs(rawCell[unit]) > options.CellClip)
            {
                dc = 0;
            }
            double di = dc * g * candidateMask[unit], df = dc * cellBefore[unit];
            double dai = (options.Coupled ? di - df : di) * i * (1 - i);
            double daf = options.Coupled ? 0 : df * f * (1 - f);
            DGates[Gate.Input * h + unit] = dai;
            DGates[Gate.Forget * h + unit] = daf;
            DGates[Gate.Cell * h + unit] = dc * i * candidateMask[unit] * (1 - g * g);
            DGates[Gate.Output * h + unit] = dao;
            dCellBefore[unit] = dc * f + dai * Peephole(0, unit) + daf * Peephole(1, unit) + dCell[unit] * (1 - newCellShare[unit]);
            if (options.Peephole)
            {
                gradients.Peephole[unit] += dai * cellBefore[unit];
                gradients.Peephole[h + unit] += daf * cellBefore[unit];
                gradients.Peephole[2 * h + unit] += dao * newCell[unit];
            }
        }
        (double[] dInput, double[] dProduct) = (DGates, DGates);
        if (options.LayerNorm)
        {
            Add(gradients.NormIh, Times(DGates, inputNorm.Values));
            Add(gradients.NormHh, Times(DGates, hiddenNorm.Values));
            dInput = NormBackward(Times(DGates, parameters.NormIh), inputNorm, HasGate);
            dProduct = NormBackward(Times(DGates, parameters.NormHh), hiddenNorm, HasGate);
        }
        Add(gradients.BiasHh, DGates);
        InputBackward(dInput, gradients);
        AddOuter(gradients.WeightHh, dProduct, hiddenInput);
        Add(dBefore, Times(TransposedProduct(parameters.WeightHh, dProduct, shape.P), hiddenMask));
        return dCellBefore;
    }

    private double[] Gru()
    {
        double[] input = Plus(Product(parameters.WeightIh, x), parameters.BiasIh);
        hiddenPart = Plus(Product(parameters.WeightHh, hiddenInput), parameters.BiasHh);
        for (int unit = 0; unit < h; unit++)
        {
            GateOf(Reset, unit) = Sigmoid(input[Reset * h + unit] + hiddenPart[Reset * h + unit]);
            GateOf(Update, unit) = Sigmoid(input[Update * h + unit] + hiddenPart[Update * h + unit]);
        }
        resetHidden = Times(Gates[..h], hiddenInput);
        if (shape.Cell == CellKind.GruResetBefore)
        {
            // W_hn·(r∘h') + b_hn
            Plus(Product(parameters.WeightHh, resetHidden), parameters.BiasHh).AsSpan(New * h, h).CopyTo(hiddenPart.AsSpan(New * h));
        }
        double[] next = new double[h];
        for (int unit = 0; unit < h; unit++)
        {
            double r = shape.Cell == CellKind.GruResetBefore ? 1 : GateOf(Reset, unit);
            double n = Math.Tanh(input[New * h + unit] + r * hiddenPart[New * h + unit]);
            GateOf(New, unit) = n;
            // h = (1−z)∘n + z∘h'
            double z = GateOf(Update, unit);
            next[unit] = (1 - z) * n * candidateMask[unit] + z * before[unit];
        }
        return next;
    }

    private void GruBackward(double[] dNewHidden, double[] dBefore, RecurrentParameters gradients)
    {
        bool resetBefore = shape.Cell == CellKind.GruResetBefore;
        double[] dProduct = new double[shape.GateWidth];   // gradients of W_hh·h' + b_hh
        double[] dReset = new double[h];
        for (int unit = 0; unit < h; unit++)
        {
            double z = GateOf(Update, unit), n = GateOf(New, unit), dh = dNewHidden[unit];
            double dan = dh * (1 - z) * candidateMask[unit] * (1 - n * n);
            DGates[New * h + unit] = dan;
            dProduct[New * h + unit] = resetBefore ? dan : dan * GateOf(Reset, unit);
            dReset[unit] = dan * hiddenPart[New * h + unit];
            DGates[Update * h + unit] = dProduct[Update * h + unit] = dh * (before[unit] - n * candidateMask[unit]) * z * (1 - z);
            dBefore[unit] += dh * z;
        }
        double[] dHiddenInput = new double[h];
        if (resetBefore)
        {
            // r∘h' stands in the place of h' in the rows of n.
            double[] dNew = new double[shape.GateWidth];
            dProduct.AsSpan(New * h).CopyTo(dNew.AsSpan(New * h));
            double[] dResetHidden = TransposedProduct(parameters.WeightHh, dNew, h);
            AddOuter(gradients.WeightHh, dNew, resetHidden);
            dReset = Times(dResetHidden, hiddenInput);
            dHiddenInput = Times(dResetHidden, Gates[..h]);
        }
        for (int unit = 0; unit < h; unit++)
        {
            double r = GateOf(Reset, unit);
            DGates[Reset * h + unit] = dProduct[Reset * h + unit] = dReset[unit] * r * (1 - r);
        }
        Add(gradients.BiasHh, dProduct);
        InputBackward(DGates, gradients);
        if (resetBefore)
        {
            Array.Clear(dProduct, New * h, h);
        }
        AddOuter(gradients.WeightHh, dProduct, hiddenInput);
        Add(dHiddenInput, TransposedProduct(parameters.WeightHh, dProduct, h));
        Add(dBefore, Times(dHiddenInput, hiddenMask));
    }

    private double[] Rnn()
    {
        double[] a = Plus(Plus(Product(parameters.WeightIh, x), parameters.BiasIh), Plus(Product(parameters.WeightHh, hiddenInput), parameters.BiasHh));
        for (int unit = 0; unit < h; unit++)
        {
            Gates[unit] = shape.Cell == CellKind.RnnTanh ? Math.Tanh(a[unit]) : Math.Max(0, a[unit]);
            Margin = shape.Cell == CellKind.RnnRelu ? Math.Min(Margin, Math.Abs(a[unit])) : Margin;
        }
        return Gates;
    }

    private void RnnBackward(double[] dNewHidden, double[] dBefore, RecurrentParameters gradients)
    {
        for (int unit = 0; unit < h; unit++)
        {
            double y = Gates[unit];
            DGates[unit] = dNewHidden[unit] * (shape.Cell == CellKind.RnnTanh ? 1 - y * y : y > 0 ? 1 : 0);
        }
        Add(gradients.BiasHh, DGates);
        InputBackward(DGates, gradients);
        AddOuter(gradients.WeightHh, DGates, hiddenInput);
        Add(dBefore, Times(TransposedProduct(parameters.WeightHh, DGates, h), hiddenMask));
    }

    /// <summary>dW_ih, db_ih and dx, from the gradients of W_ih·x.</summary>
    private void InputBackward(double[] dInput, RecurrentParameters gradients)
    {
        Add(gradients.BiasIh, DGates);
        AddOuter(gradients.WeightIh, dInput, x);
        DX = TransposedProduct(parameters.WeightIh, dInput, shape.I);
    }

    private ref double GateOf(int gate, int unit) => ref Gates[gate * h + unit];

    private double Peephole(int which, int unit) => options.Peephole ? parameters.Peephole[which * h + unit] : 0;

    /// <summary>Whether element j of [4H] belongs to a gate that the cell has: with coupling there is no forget gate of its own.</summary>
    private bool HasGate(int j) => !(options.Coupled && j / h == Gate.Forget);

    /// <summary>(v − mean)/√(var + ε) over the elements that count; the others are 0.</summary>
    private static NormValues Norm(double[] v, Func<int, bool> counts)
    {
        double[] counted = [.. v.Where((_, j) => counts(j))];
        double mean = counted.Average();
        double scale = 1 / Math.Sqrt(counted.Average(value => (value - mean) * (value - mean)) + CellOptions.NormEpsilon);
        return new([.. v.Select((value, j) => counts(j) ? (value - mean) * scale : 0)], scale);
    }

    /// <summary>dv = scale·(dy − mean(dy) − y∘mean(dy∘y)).</summary>
    private static double[] NormBackward(double[] dy, NormValues norm, Func<int, bool> counts)
    {
        double[] y = norm.Values;
        double mean = dy.Where((_, j) => counts(j)).Average();
        double slope = Times(dy, y).Where((_, j) => counts(j)).Average();
        return [.. dy.Select((value, j) => counts(j) ? norm.Scale * (value - mean - y[j] * slope) : 0)];
    }

    private static double Sigmoid(double z) => 1 / (1 + Math.Exp(-z));

    private static double[] Times(double[] a, double[] b) => [.. a.Select((value, j) => value * b[j])];

    /// <summary>a + b, where an empty b is nothing.</summary>
    private static double[] Plus(double[] a, double[] b) => b.Length == 0 ? a : [.. a.Select((value, j) => value + b[j])];

    /// <summary>sum += a, where an empty sum is not asked for.</summary>
    private static void Add(double[] sum, double[] a)
    {
        for (int j = 0; j < sum.Length; j++)
        {
            sum[j] += a[j];
        }
    }

    private static double[] Product(double[] weight, double[] v)
    {
        double[] product = new double[weight.Length / v.Length];
        for (int j = 0; j < product.Length; j++)
        {
            double sum = 0;
            for (int k = 0; k < v.Length; k++)
            {
                sum += weight[j * v.Length + k] * v[k];
            }
            product[j] = sum;
        }
        return product;
    }

    private static double[] TransposedProduct(double[] weight, double[] v, int columns)
    {
        double[] product = new double[columns];
        for (int j = 0; j < v.Length; j++)
        {
            for (int k = 0; k < columns; k++)
            {
                product[k] += weight[j * columns + k] * v[j];
            }
        }
        return product;
    }

    private static void AddOuter(double[] sum, double[] a, double[] b)
    {
        for (int j = 0; j < a.Length; j++)
        {
            for (int k = 0; k < b.Length; k++)
            {
                sum[j * b.Length + k] += a[j] * b[k];
            }
        }
    }

    private static double[] RowOf(double[] values, int row, int width, double otherwise) =>
        values.Length == 0 ? [.. Enumerable.Repeat(otherwise, width)] : values[(row * width)..((row + 1) * width)];

    private static double[] ShareOfNew(double[] mask, int row, int width, double probability) =>
        [.. RowOf(mask, row, width, 1 - probability).Select(value => mask.Length == 0 ? value : value == 0 ? 0 : 1)];

    /// <summary>norm(v) and 1/√(var + ε).</summary>
    private readonly record struct NormValues(double[] Values, double Scale);
}
