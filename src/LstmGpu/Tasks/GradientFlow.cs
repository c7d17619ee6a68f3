using LstmGpu.Devices;
using LstmGpu.Devices.Reference;

namespace LstmGpu.Tasks;

/// <summary>How far gradients reach back through each kind of cell, as <c>lstmgpu inspect gradients</c>.</summary>
public static class GradientFlow
{
    // Rows are independent sequences: the norm over some of them depends less on the draw than that of one.
    private const int Batch = 8;

    /// <summary>
    /// A loss of random direction on the last output of 2·D + 1 random steps: ‖∂loss/∂x‖ of the input that stands d steps before, for every d from 0 to D.
    /// The D steps before those fill the state, which starts at zero: gradients that arrive where it is still empty would show that, not the distance.
    /// All cells have one layer, the same sizes, inputs and loss, and PyTorch's initial values.
    /// </summary>
    /// <exception cref="ConfigurationException">An option is out of its range.</exception>
    /// <exception cref="DeviceException">The device cannot run, or has not enough memory.</exception>
    public static GradientFlowReport Run(GradientFlowOptions options, DeviceOptions device, CancellationToken cancel = default)
    {
        options.Check();
        using Device open = new(DeviceCatalog.Open(device));
        int h = options.Hidden;
        List<GradientCurve> curves = [];
        foreach ((string cell, Func<Recurrent> create) in ((string, Func<Recurrent>)[])[
            ("RNN", () => new Rnn(open, new() { InputSize = h, HiddenSize = h })),
            ("GRU", () => new Gru(open, new() { InputSize = h, HiddenSize = h })),
            ("LSTM", () => new Lstm(open, new() { InputSize = h, HiddenSize = h, ForgetBias = options.ForgetBias }))])
        {
            cancel.ThrowIfCancellationRequested();
            using Recurrent layer = create();
            curves.Add(new(cell, Norms(layer, options)));
        }
        return new(options, open.Description, curves);
    }

    private static double[] Norms(Recurrent layer, GradientFlowOptions options)
    {
        layer.Initialise(options.Seed);
        Scale(layer.Parameters.Single(p => p.Name == "weight_hh_l0"), options.RecurrentScale);
        UniformInputs random = new((ulong)options.Seed);
        int last = 2 * options.Distance, step = Batch * options.Hidden;
        float[] x = random.Floats((last + 1L) * step); // [T,B,H]
        float[] dy = new float[x.Length];
        Unit(random.Floats(step)).CopyTo(dy, dy.Length - step);

        layer.Forward(x, last + 1, Batch);
        float[] dx = layer.Backward(dy).Input;
        return [.. Enumerable.Range(0, options.Distance + 1).Select(distance => Norm(dx.AsSpan((last - distance) * step, step)))];
    }

    private static void Scale(Parameter weights, double factor)
    {
        float[] values = new float[weights.Count];
        weights.Read(values);
        weights.Write(Array.ConvertAll(values, value => (float)(value * factor)));
    }

    private static float[] Unit(float[] direction)
    {
        double norm = Norm(direction);
        return Array.ConvertAll(direction, value => (float)(value / norm));
    }

    private static double Norm(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (float value in values)
        {
            sum += (double)value * value;
        }
        return Math.Sqrt(sum);
    }
}

/// <summary>What <see cref="GradientFlow"/> runs.</summary>
public sealed record GradientFlowOptions
{
    internal static readonly NumberRange HiddenRange = new(1, 1024), DistanceRange = new(1, 1000), SeedRange = new(0, 9007199254740991);
    internal static readonly NumberRange ForgetBiasRange = new(-100, 100), RecurrentScaleRange = new(0, 1000);

    /// <summary>Units of a layer, and features of its input.</summary>
    public int Hidden { get; init; } = 64;

    /// <summary>Steps between the loss and the farthest input.</summary>
    public int Distance { get; init; } = 100;

    /// <summary>Of parameters, inputs and loss.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Of the LSTM: σ(10) leaves the forget gate open to within 5e-5.</summary>
    public double ForgetBias { get; init; } = 10;

    /// <summary>Factor on the initial recurrent weights of all cells.</summary>
    public double RecurrentScale { get; init; } = 1;

    internal void Check()
    {
        Require("hidden size", Hidden, HiddenRange);
        Require("distance", Distance, DistanceRange);
        Require("seed", Seed, SeedRange);
        Require("forget-gate bias", ForgetBias, ForgetBiasRange);
        Require("recurrent scale", RecurrentScale, RecurrentScaleRange);
    }

    private static void Require(string name, double value, NumberRange range)
    {
        if (!range.Contains(value))
        {
            throw new ConfigurationException(FormattableString.Invariant($"{name} is {value}, expected a number {range.Words()}; choose one in that range"));
        }
    }
}

/// <summary>The gradients of all cells.</summary>
public sealed record GradientFlowReport(GradientFlowOptions Options, DeviceDescription Device, IReadOnlyList<GradientCurve> Curves);

/// <summary>The gradients of one cell.</summary>
/// <param name="Cell">RNN, GRU or LSTM.</param>
/// <param name="Norms">By distance, from 0 on; 0 where the gradient is smaller than float32 can hold, not finite where it is larger.</param>
public sealed record GradientCurve(string Cell, IReadOnlyList<double> Norms);
