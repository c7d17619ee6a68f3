using System.Text.Json.Nodes;
using System.Xml.Linq;
using LstmGpu.Devices;
using LstmGpu.Devices.Emulator;
using LstmGpu.Tasks;
using LstmGpu.Tests.Cli;
using LstmGpu.Tests.Devices;
using Xunit;

namespace LstmGpu.Tests.Tasks;

/// <summary>How far gradients reach back: 100 steps through an open forget gate, not through a plain RNN.</summary>
public sealed class GradientFlowTests
{
    private static readonly GradientFlowOptions Small = new() { Hidden = 6, Distance = 100 };

    // The emulator would take a minute for 200 steps; the gate table covers its kernels.
    public static TheoryData<string> Devices => [.. DeviceUnderTest.Names.Where(name => name != EmulatorDevice.Name)];

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void Lstm_WithItsForgetGateOpen_PassesGradientsOver100StepsWithinAFactorOf10(string name)
    {
        IReadOnlyList<double> norms = Norms(name, new() { Hidden = 64, Distance = 100, ForgetBias = 10, RecurrentScale = 0.5 }, "LSTM");

        Assert.Equal(101, norms.Count);
        Assert.All(norms, norm => Assert.InRange(norm, norms[0] / 10, norms[0] * 10));
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void Rnn_WithSmallRecurrentWeights_LosesItsGradientsOver100Steps(string name)
    {
        IReadOnlyList<double> norms = Norms(name, Small, "RNN");

        Assert.InRange(norms[100], 0, 1e-6 * norms[0]);
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void Rnn_WithLargeRecurrentWeights_BlowsItsGradientsUpOver100Steps(string name)
    {
        IReadOnlyList<double> norms = Norms(name, new() { Hidden = 32, Distance = 100, RecurrentScale = 5 }, "RNN");

        Assert.True(norms[100] > 1e3 * norms[0], FormattableString.Invariant($"from {norms[0]:G3} to {norms[100]:G3}"));
    }

    [Fact]
    public void Lstm_WithItsForgetGateHalfShut_LosesItsGradients()
    {
        IReadOnlyList<double> norms = Norms("cpu", Small with { ForgetBias = 0, RecurrentScale = 0.5 }, "LSTM");

        Assert.InRange(norms[100], 0, 1e-6 * norms[0]);
    }

    // Only W_hh carries a gradient from step to step
    [Fact]
    public void WithoutRecurrentWeights_APlainRnnHasNoGradientBeyondDistance0()
    {
        IReadOnlyList<double> norms = Norms("cpu", Small with { RecurrentScale = 0 }, "RNN");

        Assert.True(norms[0] > 0);
        Assert.All(norms.Skip(1), norm => Assert.Equal(0, norm));
    }

    [Theory]
    [InlineData(0, 100, 10, "hidden size is 0, expected a number from 1 to 1024")]
    [InlineData(6, 0, 10, "distance is 0, expected a number from 1 to 1000")]
    [InlineData(6, 100, double.NaN, "forget-gate bias is NaN, expected a number from -100 to 100")]
    public void OptionsOutOfRange_AreRefused(int hidden, int distance, double forgetBias, string expected)
    {
        var error = Assert.Throws<ConfigurationException>(() => Norms("cpu", new() { Hidden = hidden, Distance = distance, ForgetBias = forgetBias }, "RNN"));

        Assert.StartsWith(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Inspect_PrintsOneColumnPerCell()
    {
        (int code, string output, string error) = Shell.Run("inspect", "gradients", "--hidden", "4", "--distance", "30", "--device", "cpu");

        Assert.Equal((0, ""), (code, error));
        Assert.Matches(@"^distance +RNN +GRU +LSTM\n", output);
        string[] rows = output.Split('\n')[1..^2];
        Assert.Equal(["0", "1", "2", "5", "10", "20", "30"], rows.Select(row => row.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0]));
        Assert.All(rows, row => Assert.Matches(@"^ *\d+(  \d\.\d\de[+-]\d\d){3}$", row));
        Assert.Contains("4 units, forget-gate bias 10, seed 1; cpu: ", output, StringComparison.Ordinal);
    }

    [Fact]
    public void InspectAsJson_HasEveryDistance_AndOutDrawsTheThreeCells()
    {
        using TemporaryDirectory directory = new();
        string file = Path.Combine(directory.Path, "gradients.svg");
        (int code, string output, string error) = Shell.Run(
            "inspect", "gradients", "--hidden", "4", "--distance", "30", "--seed", "7", "--device", "cpu", "--json", "--out", file);

        Assert.Equal((0, ""), (code, error));
        JsonNode json = JsonNode.Parse(output)!;
        Assert.All(["rnn", "gru", "lstm"], cell => Assert.Equal(31, json[cell]!.AsArray().Count));
        Assert.Equal(7, (int)json["seed"]!);
        string[] texts = [.. XDocument.Load(file).Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value)];
        Assert.All(["RNN", "GRU", "LSTM", "How far gradients reach back", "norm of the gradient", "steps between the input and the loss"], text => Assert.Contains(text, texts));
        Assert.Equal([file], Directory.EnumerateFileSystemEntries(directory.Path));
    }

    [Fact]
    public void OutIntoADirectory_IsRefusedBeforeTheWork()
    {
        using TemporaryDirectory directory = new();
        (int code, string output, string error) = Shell.Run("inspect", "gradients", "--out", directory.Path);

        Assert.Equal((2, ""), (code, output));
        Assert.Contains($"--out: found '{directory.Path}', expected the name of a file", error, StringComparison.Ordinal);
    }

    [Fact]
    public void OutIntoAMissingDirectory_IsADataError()
    {
        using TemporaryDirectory directory = new();
        string file = Path.Combine(directory.Path, "none", "gradients.svg");
        (int code, _, string error) = Shell.Run("inspect", "gradients", "--hidden", "4", "--distance", "3", "--device", "cpu", "--out", file);

        Assert.Equal(3, code);
        Assert.Contains($"cannot write '{file}': its directory does not exist", error, StringComparison.Ordinal);
    }

    private static IReadOnlyList<double> Norms(string device, GradientFlowOptions options, string cell)
    {
        DeviceUnderTest.SkipWhereAbsent(device);
        return GradientFlow.Run(options, new DeviceOptions { Name = device, Threads = 2 }).Curves.Single(curve => curve.Cell == cell).Norms;
    }
}
