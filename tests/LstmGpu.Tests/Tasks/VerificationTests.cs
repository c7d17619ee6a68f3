using LstmGpu.Formats;
using LstmGpu.Tasks;
using LstmGpu.Tasks.Verification;
using LstmGpu.Tests.Cli;
using LstmGpu.Tests.Devices;
using LstmGpu.Tests.Layers;
using Xunit;
using Xunit.Abstractions;

namespace LstmGpu.Tests.Tasks;

/// <summary><c>lstmgpu verify</c>: the published vectors on every device, a case of its own making, and what it refuses.</summary>
public sealed class VerificationTests(ITestOutputHelper output)
{
    /// <summary>Cases of shared/vectors that the options of a layer express, and those that they do not.</summary>
    private const int Expressed = 102, LeftOut = 23;

    public static TheoryData<string> Devices => BackendContract.Devices;

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void Layers_GiveThePublishedValues(string device)
    {
        Skip.IfNot(Directory.Exists(Repository.SharedVectors), "shared/vectors is absent");
        DeviceUnderTest.SkipWhereAbsent(device);
        VerificationReport report = LayerVerifier.Vectors(new() { Name = device, Threads = 2 }, Repository.SharedVectors);
        Assert.All(report.Cases, verdict => output.WriteLine($"{verdict.Name}: {verdict.LeftOut ?? (verdict.Passed ? "passed" : "FAILED")}"));
        Assert.Equal((Expressed, 0, LeftOut), (report.PassedCases, report.FailedCases, report.LeftOutCases));
    }

    [SkippableFact]
    public void Vectors_OfAWrongExpectation_Fail()
    {
        Skip.IfNot(Directory.Exists(Repository.SharedVectors), "shared/vectors is absent");
        using TemporaryDirectory directory = new();
        string text = File.ReadAllText(Path.Combine(Repository.SharedVectors, "candle.json"));
        directory.Write("candle.json", text.Replace("\"ifco\"", "\"fico\"", StringComparison.Ordinal));
        Assert.Equal(1, Shell.Run("verify", "--vectors", directory.Path, "--device", "cpu").Code);
    }

    [Fact]
    public void Case_OfThisProgramsOwnNumbers_Passes_AndAChangedElementIsFound()
    {
        using TemporaryDirectory directory = new();
        string good = Write(directory, "good.safetensors"), bad = Write(directory, "bad.safetensors", tensors => tensors["expect.grad.weight_hh_l0"][7] += 1);

        (int code, string text, _) = Shell.Run("verify", good, "--device", "cpu");
        Assert.Equal(0, code);
        Assert.Contains("expect.grad.bias_hh_l1_reverse", text, StringComparison.Ordinal);
        Assert.Contains("1 case on cpu", text, StringComparison.Ordinal);

        (code, text, _) = Shell.Run("verify", directory.Path, "--device", "cpu");
        Assert.Equal(1, code);
        Assert.Contains("worst 1.0e+0 at expect.grad.weight_hh_l0[1,3]", text, StringComparison.Ordinal);
        Assert.Contains("2 cases on cpu", text, StringComparison.Ordinal);
        Assert.Contains("1 passed, 1 failed", text, StringComparison.Ordinal);

        (code, text, _) = Shell.Run("verify", bad, "--device", "cpu", "--json");
        Assert.Equal(1, code);
        Assert.Contains("\"absolute_at\":[1,3]", text.Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal(0, Shell.Run("verify", bad, "--device", "cpu", "--tolerance", "2").Code);
    }

    [Fact]
    public void NaN_FailsWhateverTheTolerance()
    {
        TensorVerdict verdict = TensorComparison.Compare("h", [1, 2], [0, 0], [0, float.NaN], VerificationTolerance.Of(1e30), isSum: false);
        Assert.False(verdict.Passed);
        Assert.Equal([0, 1], verdict.AbsoluteAt);
    }

    [Fact]
    public void Gradient_IsMeasuredByItsLargestElement_AnOutputByTheElement()
    {
        bool Passes(bool isSum) => TensorComparison.Compare("dW", [2], [10, 0.1], [10, 0.1001f], VerificationTolerance.Default, isSum).Passed;
        Assert.True(Passes(isSum: true));
        Assert.False(Passes(isSum: false));
    }

    [Theory]
    [InlineData("cell", "mlp", "says cell 'mlp', expected one of lstm, gru, rnn_tanh, rnn_relu")]
    [InlineData("cell", null, "has no 'cell' among its metadata")]
    [InlineData("cell", "gru", "holds the tensor")]
    [InlineData("hidden_size", "5", "expected [2,3,10]")]
    [InlineData("hidden_size", "-5", "says hidden_size '-5', expected a whole number from 1")]
    [InlineData("num_layers", "3", "weight_ih_l2'")]
    [InlineData("proj_size", "4", "the projection has width 4, expected less than the hidden size, 4")]
    [InlineData("has_state", "no", "says has_state 'no', expected one of true, false")]
    [InlineData("bias", "false", "holds the tensor 'bias_ih_l0'")]
    public void CaseThatIsNone_IsRefused(string key, string? value, string message)
    {
        using TemporaryDirectory directory = new();
        string file = Write(directory, "case.safetensors", metadata: metadata =>
        {
            metadata.Remove(key);
            if (value is not null)
            {
                metadata.Add(key, value);
            }
        });
        Refused(3, message, "verify", file, "--device", "cpu");
    }

    [Fact]
    public void NothingToVerify_IsRefused()
    {
        using TemporaryDirectory directory = new();
        Refused(2, "nothing to verify", "verify");
        Refused(2, "expected one of the two", "verify", "a", "--vectors", "b");
        Refused(2, "each vector has its own tolerance", "verify", "--vectors", "b", "--tolerance", "1");
        Refused(2, "--tolerance", "verify", "a", "--tolerance", "0");
        Refused(3, "holds no *.safetensors", "verify", directory.Path);
        Refused(3, "holds no case", "verify", "--vectors", directory.Path);
        Refused(3, "cannot read", "verify", Path.Combine(directory.Path, "absent"));
        Refused(3, "cannot read", "verify", "--vectors", Path.Combine(directory.Path, "absent"));
        Refused(3, "not a usable safetensors file", "verify", directory.Write("text.safetensors", "this is no such file"));
    }

    [Theory]
    [InlineData("[{", "does not follow the schema")]
    [InlineData("""[{"weights":{},"inputs":{}}]""", "does not follow the schema")]
    [InlineData("""[{"id":"a","cell":"LSTM","attributes":{},"weights":{},"inputs":{}}]""", "X is absent")]
    [InlineData("""[{"id":"a","cell":"MLP","attributes":{},"weights":{"W":{"shape":[1,1,1],"data":[1]},"R":{"shape":[1,1,1],"data":[1]}},"inputs":{"X":{"shape":[1,1,1],"data":[1]}}}]""", "the cell is 'MLP'")]
    [InlineData("""[{"id":"a","cell":"RNN","attributes":{},"weights":{"W":{"shape":[1,1,1],"data":[1,2]},"R":{"shape":[1,1,1],"data":[1]}},"inputs":{"X":{"shape":[1,1,1],"data":[1]}}}]""", "has 2 values")]
    [InlineData("""[{"id":"a","cell":"RNN","gate_order":"i","attributes":{},"weights":{"W":{"shape":[1,1,1],"data":[1]},"R":{"shape":[1,1,1],"data":[1]}},"inputs":{"X":{"shape":[1,1,1],"data":[1]}},"expected":{"Z":{"shape":[1],"data":[1]}}}]""", "it expects 'Z'")]
    [InlineData("""[{"id":"a","cell":"RNN","gate_order":"i","attributes":{},"weights":{"W":{"shape":[1,1,1],"data":[1]},"R":{"shape":[1,1,1],"data":[1]}},"inputs":{"X":{"shape":[1,1,1],"data":[1]}},"expected":{}}]""", "it expects nothing")]
    public void VectorsOfNoSchema_AreRefused(string json, string message)
    {
        using TemporaryDirectory directory = new();
        directory.Write("case.json", json);
        Refused(3, message, "verify", "--vectors", directory.Path, "--device", "cpu");
    }

    private static void Refused(int code, string message, params string[] arguments)
    {
        (int actual, _, string error) = Shell.Run(arguments);
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.Equal(code, actual);
    }

    // A case as make_case.py writes it, with the numbers of the cpu.
    private static string Write(
        TemporaryDirectory directory, string name, Action<Dictionary<string, float[]>>? tensors = null, Action<Dictionary<string, string>>? metadata = null)
    {
        const int T = 2, B = 3;
        LstmOptions options = new() { InputSize = 2, HiddenSize = 4, Layers = 2, Bidirectional = true };
        using Device device = Device.Open("cpu", threads: 1);
        using Recurrent layer = RecurrentUnderTest.Create(device, options);
        float[] x = RecurrentUnderTest.Uniform(T * B * 2, 51), dy = RecurrentUnderTest.Uniform(T * B * 8, 52);
        RecurrentState before = RecurrentUnderTest.State(options, B, 53), dAfter = RecurrentUnderTest.State(options, B, 55);
        RecurrentOutput result = layer.Forward(x, T, B, before);
        RecurrentGradient gradient = layer.Backward(dy, dAfter);

        Dictionary<string, long[]> shapes = [];
        Dictionary<string, float[]> values = [];
        void Add(string tensor, long[] shape, float[] data) => (shapes[tensor], values[tensor]) = (shape, data);
        Add("input", [T, B, 2], x);
        Add("grad.output", [T, B, 8], dy);
        Add("output", [T, B, 8], result.Output);
        Add("expect.grad.input", [T, B, 2], gradient.Input);
        foreach ((string state, Func<RecurrentState, float[]> of) in ((string, Func<RecurrentState, float[]>)[])[("h", s => s.Hidden), ("c", s => s.Cell)])
        {
            Add($"{state}0", [4, B, 4], of(before));
            Add($"{state}n", [4, B, 4], of(result.State));
            Add($"grad.{state}n", [4, B, 4], of(dAfter));
            Add($"expect.grad.{state}0", [4, B, 4], of(gradient.State));
        }
        foreach (Parameter parameter in layer.Parameters)
        {
            Add(parameter.Name, [.. parameter.Shape], RecurrentUnderTest.Values(layer, parameter.Name));
            Add($"expect.grad.{parameter.Name}", [.. parameter.Shape], RecurrentUnderTest.Gradient(layer, parameter.Name));
        }
        Dictionary<string, string> header = new()
        {
            ["cell"] = "lstm",
            ["input_size"] = "2",
            ["hidden_size"] = "4",
            ["num_layers"] = "2",
            ["bidirectional"] = "true",
            ["proj_size"] = "0",
            ["bias"] = "true",
            ["batch_first"] = "false",
            ["has_state"] = "true",
            ["has_lengths"] = "false",
        };
        tensors?.Invoke(values);
        metadata?.Invoke(header);
        string path = Path.Combine(directory.Path, name);
        SafetensorsWriter.Write(path, [.. values.Select(pair => new TensorToWrite(pair.Key, shapes[pair.Key], pair.Value))], header);
        return path;
    }
}
