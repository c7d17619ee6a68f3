using System.Text.Json.Nodes;
using System.Xml.Linq;
using LstmGpu.Devices;
using LstmGpu.Tasks;
using LstmGpu.Tests.Cli;
using LstmGpu.Tests.Training;
using Xunit;

namespace LstmGpu.Tests.Reporting;

public sealed class InspectGatesTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    // All the ways an LSTM keeps its gates: the fused path, and the general one with its options
    public static TheoryData<string> Models => ["plain", "peepholes", "coupled", "layer norm", "second layer"];

    [Theory]
    [MemberData(nameof(Models))]
    public void Cell_IsWhatTheGatesMakeOfIt(string name)
    {
        ModelOptions model = new() { Embedding = 4, Hidden = 6 };
        model = name switch
        {
            "peepholes" => model with { Peepholes = true },
            "coupled" => model with { Coupled = true },
            "layer norm" => model with { LayerNorm = true },
            "second layer" => model with { Layers = 2 },
            _ => model,
        };
        using SmallRuns runs = new();
        runs.Train("run", runs.Options(model, new() { Steps = 3 }));
        using TrainedModel trained = TrainedModel.Load(runs.At("run"), "last", new DeviceOptions { Name = "cpu", Threads = 1 });
        string text = File.ReadAllText(runs.Corpus)[..20];
        GateTrace trace = trained.Gates(text, new GateTraceOptions(Layer: model.Layers - 1, Count: 6));

        Assert.Equal(text, string.Concat(trace.Symbols));
        Assert.Equal([0, 1, 2, 3, 4, 5], trace.Units.Select(unit => unit.Unit).Order());
        Assert.Equal(trace.Units.Select(unit => unit.Variance).OrderDescending(), trace.Units.Select(unit => unit.Variance));
        foreach (UnitTrace unit in trace.Units)
        {
            Assert.All(unit.Input.Concat(unit.Forget).Concat(unit.Output), gate => Assert.InRange(gate, 0, 1));
            for (int t = 0; t < 20; t++)
            {
                // c = f∘c' + i∘g, in float: a few roundings of numbers of at most 20
                double cell = (unit.Forget[t] * (t == 0 ? 0 : unit.Cell[t - 1])) + (unit.Input[t] * unit.Candidate[t]);
                Assert.Equal(cell, unit.Cell[t], 1e-5);
            }
        }
    }

    [Theory]
    [InlineData("gates.html")]
    [InlineData("gates.svg")]
    public void Drawing_HasASquareForEveryGateAndCharacter(string name)
    {
        using SmallRuns runs = Runs("ab <&>\n 🙂喜老", 30);
        string file = runs.At(name);
        string text = "a<&> 🙂\n喜" + string.Concat(Enumerable.Repeat("b", 30));
        (int code, string output, string error) = Shell.Run("inspect", "gates", runs.At("run"), "--text", text, "--unit", "4", "--unit", "1", "--out", file, "--device", "cpu");
        Assert.True(code == 0, error);
        Assert.Equal(["4", "1"], output.Split('\n')[1..3].Select(line => line.Trim().Split(' ')[0]));

        XDocument drawing = XDocument.Parse(File.ReadAllText(file));
        XElement[] squares = [.. drawing.Descendants(Svg + "rect").Where(rect => rect.Attribute("class")!.Value.StartsWith("cell ", StringComparison.Ordinal))];
        Assert.Equal(2 * 4 * 38, squares.Length);
        Assert.Equal(2, squares.Count(square => square.Value.StartsWith("forget ", StringComparison.Ordinal) && square.Value.EndsWith(" at “<”, character 2", StringComparison.Ordinal)));
        string[] columns = [.. drawing.Descendants(Svg + "text").Where(t => t.Attribute("class")?.Value == "symbol").Select(t => t.Value)];
        Assert.Equal(["a", "<", "&", ">", "␣", "🙂", "↵", "喜"], columns[..8]);
        Assert.Contains("keeps what the cell holds", drawing.Root!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_HoldsEveryValue()
    {
        using SmallRuns runs = Runs("abc", 60);
        (int code, string output, _) = Shell.Run("inspect", "gates", runs.At("run"), "--text", "abcab", "--units", "2", "--json", "--device", "cpu");
        Assert.Equal(0, code);
        JsonNode json = JsonNode.Parse(output)!;
        Assert.Equal(["a", "b", "c", "a", "b"], json["symbols"]!.AsArray().Select(symbol => (string?)symbol));
        Assert.Equal(2, json["units"]!.AsArray().Count);
        Assert.All((string[])["input", "forget", "candidate", "output", "cell"], name => Assert.Equal(5, json["units"]![1]![name]!.AsArray().Count));
    }

    [Theory]
    [InlineData(2, "--layer 1: the model has 1", "--text", "ab", "--layer", "1")]
    [InlineData(2, "--unit 6: a layer of the model has 6 units, expected 0 to 5", "--text", "ab", "--unit", "6")]
    [InlineData(2, "--unit: found 'x', expected a whole number", "--text", "ab", "--unit", "x")]
    [InlineData(2, "expected the name of a file that ends in .html or .svg", "--text", "ab", "--out", "gates.png")]
    [InlineData(2, "the text has 0 characters, expected 1 to 1000", "--text", "")]
    [InlineData(2, "--text")]
    [InlineData(3, "character 'z' (U+007A) at position 1 of the text is not among", "--text", "az")]
    public void Command_RefusesWhatItCannotShow(int expected, string message, params string[] arguments)
    {
        using SmallRuns runs = Runs("abc", 60);
        (int code, _, string error) = Shell.Run(["inspect", "gates", runs.At("run"), "--device", "cpu", .. arguments]);
        Assert.Equal(expected, code);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Fact]
    public void OtherCells_AreRefused()
    {
        using SmallRuns runs = Runs("abc", 60, "gru");
        (int code, _, string error) = Shell.Run("inspect", "gates", runs.At("run"), "--text", "ab", "--device", "cpu");
        Assert.Equal(2, code);
        Assert.Contains("the model's cell is 'gru', expected lstm", error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Gates_OnOpenCl_AreThoseOfTheCpu()
    {
        Skip.If(DeviceCatalog.List().All(r => r.Name != "opencl" || r.Device is null), "no OpenCL device");
        using SmallRuns runs = Runs("abc", 60);
        GateTrace Trace(string device)
        {
            using TrainedModel model = TrainedModel.Load(runs.At("run"), "last", new DeviceOptions { Name = device });
            return model.Gates("abcab", new GateTraceOptions(Units: [0, 5]));
        }
        foreach ((UnitTrace cpu, UnitTrace opencl) in Trace("cpu").Units.Zip(Trace("opencl").Units))
        {
            Assert.All(cpu.Forget.Zip(opencl.Forget), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
            Assert.All(cpu.Cell.Zip(opencl.Cell), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        }
    }

    private static SmallRuns Runs(string part, int times, string cell = "lstm")
    {
        SmallRuns runs = new();
        File.WriteAllText(runs.Corpus, string.Concat(Enumerable.Repeat(part, times)));
        runs.Train("run", runs.Options(new() { Cell = cell, Embedding = 4, Hidden = 6 }, new() { Steps = 2 }));
        return runs;
    }
}
