using System.Text.Json;
using System.Text.Json.Nodes;
using LstmGpu.Devices.Reference;
using LstmGpu.Tests.Cli;
using LstmGpu.Tests.Devices;
using Xunit;

namespace LstmGpu.Tests.Training;

/// <summary>Training with rounded operands: it learns what fp32 learns, says which precision it had, and resumes in it.</summary>
public sealed class PrecisionTests(PrecisionTests.Curves curves) : IClassFixture<PrecisionTests.Curves>
{
    public static TheoryData<string, string> Cases
    {
        get
        {
            TheoryData<string, string> cases = [];
            foreach (string device in DeviceUnderTest.Names.Where(name => name != "cpu"))
            {
                foreach (string precision in (string[])["tf32", "bf16", "fp16"])
                {
                    cases.Add(device, precision);
                }
            }
            return cases;
        }
    }

    // An operand is off by at most 2⁻¹¹ of itself, in bf16 2⁻⁸; what that does to a loss after 40 steps of Adam is bounded by experience: for
    // PyTorch's nn.LSTM under autocast the curves differ by less than 1 % in fp16 and 2 % in bf16.
    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Training_FollowsTheLossCurveOfFp32(string device, string precision)
    {
        DeviceUnderTest.SkipWhereAbsent(device);
        bool few = AwkwardSizes.IsSlow(device);
        SmallRuns runs = curves.Of(device);
        string exactly = Train(runs, device, "fp32-strict"), run = Train(runs, device, precision);

        double[] exact = Numbers(runs, exactly, "loss"), rounded = Numbers(runs, run, "loss");

        Assert.True(exact[^1] < (few ? 1 : 0.9) * exact[0], "the loss must fall, or equal curves say little");
        Near.EqualRelatively("loss", exact, rounded, relative: precision == "bf16" ? 0.02 : 0.01, floor: 0);
        Assert.NotEqual(exact, rounded);
        // Not a scaled one.
        Near.EqualRelatively("first gradient norm", Numbers(runs, exactly, "grad_norm")[..1], Numbers(runs, run, "grad_norm")[..1], relative: 0.02, floor: 0);
    }

    [Fact]
    public void Run_RecordsThePrecisionThatItHad()
    {
        using SmallRuns runs = new();
        RunOptions options = runs.Options(training: new() { Steps = 1, EvalEvery = 0 }, device: "emulator");
        runs.Train("default", options);
        runs.Train("bf16", options with { Device = options.Device with { Precision = "bf16" } });

        foreach ((string run, string precision) in ((string, string)[])[("default", "fp32-strict"), ("bf16", "bf16")])
        {
            Assert.Equal(precision, (string?)Json(runs, run, "config.json")["device"]!["precision"]);
            Assert.Equal(precision, (string?)Json(runs, run, "environment.json")["device"]!["precision"]);
            Assert.Null(JsonNode.Parse(File.ReadAllBytes(runs.LastFile(run, "state.json")))!["loss_scale"]);
        }
    }

    [Fact]
    public void Cpu_WithAPrecisionThatItHasNot_IsRefused()
    {
        using SmallRuns runs = new();

        (int code, _, string error) = Shell.Run("train", "--data", runs.Corpus, "--out", runs.At("run"), "--steps", "1", "--device", "cpu", "--precision", "bf16");

        Assert.Equal(2, code);
        Assert.Contains("the device 'cpu' multiplies in fp32-strict alone, found --precision bf16; use --precision fp32-strict, or --device cuda, opencl or emulator", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(runs.At("run")));
        Assert.Throws<ConfigurationException>(() => Device.Open("cpu", threads: 1, precision: "fp16"));
        Assert.Throws<ConfigurationException>(() => Device.Open("cpu", threads: 1, precision: "fp8"));
        using Device device = Device.Open("cpu", threads: 1, precision: "fp32-strict");
        Assert.Equal("fp32-strict", device.Description.Precision);
    }

    [Fact]
    public void Resume_OnADeviceWithoutThePrecision_IsRefusedUntilAnotherIsNamed()
    {
        using SmallRuns runs = new();
        RunOptions options = runs.Options(training: new() { Steps = 1, EvalEvery = 0 }, device: "emulator");
        runs.Train("run", options with { Device = options.Device with { Precision = "tf32" } });

        (int code, _, string error) = Shell.Run("resume", runs.At("run"), "--steps", "2", "--device", "cpu");
        Assert.Equal(2, code);
        Assert.Contains("found --precision tf32", error, StringComparison.Ordinal);
        (code, _, error) = Shell.Run("resume", runs.At("run"), "--steps", "2", "--device", "cpu", "--threads", "1", "--precision", "fp32-strict");
        Assert.True(code == 0, error);
        Assert.Equal("fp32-strict", (string?)Json(runs, "run", "config.json")["device"]!["precision"]);
    }

    /// <summary>Trains once in each precision, whoever asks.</summary>
    private static string Train(SmallRuns runs, string device, string precision)
    {
        if (Directory.Exists(runs.At(precision)))
        {
            return precision;
        }
        bool few = AwkwardSizes.IsSlow(device);
        RunOptions options = runs.Options(
            new() { Embedding = 12, Hidden = few ? 8 : 40, Layers = 2 }, new() { Steps = few ? 3 : 40, EvalEvery = few ? 3 : 20, ClipNorm = 1, LearningRate = 0.01 },
            validation: few ? 0.005 : 0.2, device: device);
        runs.Train(precision, options with
        {
            Training = options.Training with { Batch = few ? 2 : 18, Bptt = few ? 4 : 24 },
            Device = options.Device with { Precision = precision },
        });
        return precision;
    }

    private static JsonNode Json(SmallRuns runs, string run, string file) => JsonNode.Parse(File.ReadAllBytes(Path.Combine(runs.At(run), file)))!;

    private static double[] Numbers(SmallRuns runs, string name, string member) =>
    [
        .. File.ReadLines(Path.Combine(runs.At(name), "metrics.jsonl")).Select(line =>
        {
            using JsonDocument row = JsonDocument.Parse(line);
            return row.RootElement.TryGetProperty(member, out JsonElement value) ? value.GetDouble() : double.NaN;
        }),
    ];

    /// <summary>The runs of each device: all precisions are compared with the same one in fp32.</summary>
    public sealed class Curves : IDisposable
    {
        private readonly Dictionary<string, SmallRuns> runs = [];

        internal SmallRuns Of(string device)
        {
            if (!runs.TryGetValue(device, out SmallRuns? found))
            {
                runs.Add(device, found = new(characters: 6000));
            }
            return found;
        }

        public void Dispose()
        {
            foreach (SmallRuns all in runs.Values)
            {
                all.Dispose();
            }
        }
    }
}
