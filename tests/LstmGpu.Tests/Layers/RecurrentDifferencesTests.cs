using LstmGpu.Devices.Emulator;
using LstmGpu.Tests.Devices;
using Xunit;
using static LstmGpu.Tests.Layers.RecurrentUnderTest;

namespace LstmGpu.Tests.Layers;

/// <summary>Gradients of whole layers against differences of their own forward pass, masks drawn and held.</summary>
public sealed class RecurrentDifferencesTests
{
    // Five-point stencil in float32. Truncation: (2e-3)⁴/30·f⁽⁵⁾ ≈ 5e-13·f⁽⁵⁾; a norm of few elements makes f⁽⁵⁾ as large as 4e8, so that 5e-3 would be
    // too wide. Rounding: outputs of order 1 are off by some 2⁻²⁵ each, 50 of them add up to √50·2⁻²⁵ · 18/(12·2e-3) ≈ 1.6e-4.
    private const float Step = 2e-3f;
    private const double Tolerance = 1e-3;

    private const int T = 4, B = 3;
    private static readonly int[] Lengths = [2, T, 0];

    private static readonly Dictionary<string, RecurrentOptions> Mixes = new()
    {
        ["lstm with almost all"] = new LstmOptions
        {
            InputSize = 3,
            HiddenSize = 4,
            Layers = 2,
            Bidirectional = true,
            ProjectionSize = 2,
            Peepholes = true,
            LayerNorm = true,
            ZoneoutHidden = 0.2,
            ZoneoutCell = 0.3,
            HiddenDropout = 0.3,
            RecurrentDropout = 0.2,
            WeightDrop = 0.3,
            Dropout = 0.3,
            InputDropout = 0.2,
            OutputDropout = 0.2,
            Variational = true,
        },
        ["fused lstm with dropout and weight drop"] = new LstmOptions
        {
            InputSize = 3,
            HiddenSize = 4,
            Layers = 2,
            Bidirectional = true,
            BatchFirst = true,
            Dropout = 0.3,
            InputDropout = 0.2,
            WeightDrop = 0.3,
        },
        ["coupled lstm"] = new LstmOptions { InputSize = 3, HiddenSize = 4, CoupledInputForget = true, ZoneoutCell = 0.3, Bias = false },
        ["gru"] = new GruOptions
        {
            InputSize = 3,
            HiddenSize = 4,
            Layers = 2,
            Bidirectional = true,
            Dropout = 0.3,
            HiddenDropout = 0.3,
            RecurrentDropout = 0.2,
            ZoneoutHidden = 0.2,
            WeightDrop = 0.2,
        },
        ["gru, reset before"] = new GruOptions { InputSize = 3, HiddenSize = 4, ResetAfter = false, HiddenDropout = 0.3, OutputDropout = 0.3, Bidirectional = true },
        ["rnn"] = new RnnOptions { InputSize = 3, HiddenSize = 4, Layers = 3, HiddenDropout = 0.3, ZoneoutHidden = 0.2, Dropout = 0.2, Bidirectional = true },
    };

    public static TheoryData<string, string> DevicesAndMixes
    {
        get
        {
            TheoryData<string, string> data = [];
            foreach (string device in DeviceUnderTest.Names)
            {
                // The emulator takes minutes for a pass more than the small ones.
                foreach ((string mix, _) in Mixes.Where(mix => device != EmulatorDevice.Name || mix.Value.Layers == 1))
                {
                    data.Add(device, mix);
                }
            }
            return data;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(DevicesAndMixes))]
    public void Backward_MatchesDifferencesOfForward(string name, string mix)
    {
        using Device device = Open(name);
        RecurrentOptions options = Mixes[mix];
        using Recurrent layer = Create(device, options, seed: 3);
        DropoutMasks masks = new(41, 7);
        float[] x = Uniform(T * B * options.InputSize, 42), dy = Uniform(T * B * OutputWidth(options), 43);
        RecurrentState before = State(options, B, 44), dAfter = State(options, B, 46);
        double Loss()
        {
            RecurrentOutput output = layer.Forward(x, T, B, before, Lengths, masks);
            return Dot(output.Output, dy) + Dot(output.State.Hidden, dAfter.Hidden) + Dot(output.State.Cell, dAfter.Cell);
        }

        Loss();
        RecurrentGradient gradient = layer.Backward(dy, dAfter);

        Check("dX", x, gradient.Input, null);
        Check("dh0", before.Hidden, gradient.State.Hidden, null);
        Check("dc0", before.Cell, gradient.State.Cell, null);
        Assert.All(layer.Parameters, p => Check(p.Name, Values(layer, p.Name), Gradient(layer, p.Name), p));

        void Check(string what, float[] values, float[] analytic, Parameter? parameter)
        {
            int stride = Math.Max(1, values.Length / (name == EmulatorDevice.Name ? 1 : 7));
            for (int n = stride / 2; n < values.Length; n += stride)
            {
                float centre = values[n];
                double At(float offset)
                {
                    values[n] = centre + offset;
                    parameter?.Write(values);
                    return Loss();
                }
                double numeric = ((8 * (At(Step) - At(-Step))) - (At(2 * Step) - At(-2 * Step))) / (12 * Step);
                At(0);
                Near.Equal($"{what}[{n}] of {mix}", [numeric], [analytic[n]], Tolerance * Math.Max(1, Math.Abs(numeric)));
            }
        }
    }

    private static double Dot(float[] a, float[] b) => a.Zip(b, (left, right) => (double)left * right).Sum();
}
