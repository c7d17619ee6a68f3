using LstmGpu.Tests.Devices;
using Xunit;
using static LstmGpu.Tests.Layers.RecurrentUnderTest;

namespace LstmGpu.Tests.Layers;

/// <summary>What gates that are wide open or shut do to the memory, on every device. Biases alone set the gates; the candidate is tanh(x).</summary>
public sealed class GateBehaviourTests
{
    private const int T = 5, B = 2, H = 3;

    // σ(±30) is within 1e-13 of open and shut
    private const float Open30 = 30, Shut30 = -30;

    // T sums of terms of order 1, each with at most 8 roundings to 2⁻²⁴ (tanh is the largest part of them); the memory is at most T + 1
    private const double Tolerance = T * (T + 1) * 8 / 16777216.0;

    private readonly float[] x = Uniform(T * B * H, 41), before = Uniform(B * H, 42);

    public static TheoryData<string> Devices => BackendContract.Devices;

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void Lstm_WithInputGateShutAndForgetGateOpen_KeepsItsMemory(string name) =>
        LstmLeaves(name, input: Shut30, forget: Open30, n => before[n]);

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void Lstm_WithBothGatesShut_ClearsItsMemory(string name) =>
        LstmLeaves(name, input: Shut30, forget: Shut30, _ => 0);

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void Lstm_WithInputGateOpenAndForgetGateShut_OverwritesItsMemory(string name) =>
        LstmLeaves(name, input: Open30, forget: Shut30, n => Candidate(T - 1, n));

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void Lstm_WithBothGatesOpen_AddsToItsMemory(string name) =>
        LstmLeaves(name, input: Open30, forget: Open30, n => before[n] + Enumerable.Range(0, T).Sum(t => Candidate(t, n)));

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void Lstm_WithOutputGateShut_KeepsItsMemoryToItself(string name)
    {
        using Device device = Open(name);
        using Lstm lstm = Saturated(device, Shut30, Open30, output: Shut30);

        RecurrentOutput after = lstm.Forward(x, T, B, new(new float[B * H], before));

        Same("h", n => 0, after.State.Hidden);
        Same("c", n => before[n], after.State.Cell);
    }

    // h = (1−z)∘n + z∘h': a GRU's update gate at 1 is what a forget gate at 1 and an input gate at 0 are to an LSTM
    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void Gru_WithUpdateGateAtOne_KeepsItsState(string name) => GruLeaves(name, update: Open30, n => before[n]);

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void Gru_WithUpdateGateAtZero_TakesTheCandidate(string name) => GruLeaves(name, update: Shut30, n => Candidate(T - 1, n));

    private void LstmLeaves(string name, float input, float forget, Func<int, double> memory)
    {
        using Device device = Open(name);
        using Lstm lstm = Saturated(device, input, forget, output: Open30);

        RecurrentOutput after = lstm.Forward(x, T, B, new(new float[B * H], before));

        Same("c", memory, after.State.Cell);
        Same("h", n => Math.Tanh(memory(n)), after.State.Hidden);
    }

    private void GruLeaves(string name, float update, Func<int, double> state)
    {
        using Device device = Open(name);
        using Gru gru = new(device, new() { InputSize = H, HiddenSize = H });
        Write(gru, [0, update, 0], candidate: 2); // r, z, n

        Same("h", state, gru.Forward(x, T, B, new(before, [])).State.Hidden);
    }

    private static Lstm Saturated(Device device, float input, float forget, float output)
    {
        Lstm lstm = new(device, new() { InputSize = H, HiddenSize = H });
        Write(lstm, [input, forget, 0, output], candidate: 2); // i, f, g, o
        return lstm;
    }

    // The candidate sees x through the identity; all other weights stay zero.
    private static void Write(Recurrent layer, float[] biases, int candidate)
    {
        float[] weights = new float[biases.Length * H * H];
        for (int unit = 0; unit < H; unit++)
        {
            weights[(((candidate * H) + unit) * H) + unit] = 1;
        }
        layer.Parameters.Single(p => p.Name == "weight_ih_l0").Write(weights);
        layer.Parameters.Single(p => p.Name == "bias_ih_l0").Write([.. biases.SelectMany(bias => Enumerable.Repeat(bias, H))]);
    }

    private double Candidate(int t, int n) => Math.Tanh(x[(t * B * H) + n]);

    private static void Same(string what, Func<int, double> expected, float[] actual) =>
        Near.Equal(what, [.. Enumerable.Range(0, B * H).Select(expected)], actual, _ => Tolerance);
}
