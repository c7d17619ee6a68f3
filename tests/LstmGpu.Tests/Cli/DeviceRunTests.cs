using LstmGpu.Devices;
using LstmGpu.Tests.Training;
using Xunit;

namespace LstmGpu.Tests.Cli;

/// <summary>Every command that takes <c>--device</c>, on devices that run the portable kernels.</summary>
public sealed class DeviceRunTests
{
    private static readonly string[] Sizes = ["--batch", "3", "--bptt", "5", "--hidden", "6", "--embedding", "4", "--threads", "1"];

    [SkippableFact]
    public void EveryCommand_RunsOnOpenCl()
    {
        Skip.If(DeviceCatalog.List().All(r => r.Name != "opencl" || r.Device is null), "no OpenCL device");
        using SmallRuns runs = new();
        string run = runs.At("run");

        Done(["train", "--data", runs.Corpus, "--out", run, "--steps", "2", "--device", "opencl", .. Sizes]);
        Done("resume", run, "--steps", "3");
        Assert.Contains("device              opencl: ", Done("eval", run, "--device", "opencl"), StringComparison.Ordinal);
        Done("generate", run, "--device", "opencl", "--length", "5");
        Done("bench", "lstm", "--device", "opencl", "--shape", "3,2,5,7,1", "--repeat", "1");
        Done("bench", "step", "--device", "opencl", "--shape", "3,2,5,7,1,9", "--repeat", "1");
        Done("bench", "options", "--device", "opencl", "--shape", "3,2,5,7,2", "--repeat", "1");
        Done("bench", "gemm", "--device", "opencl", "--shape", "65,17,33", "--repeat", "1");
        Assert.Contains("\"name\": \"opencl\"", File.ReadAllText(Path.Combine(run, "environment.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void Model_RunsInTheEmulator_WithTheLossOfTheCpu()
    {
        using SmallRuns runs = new();
        runs.Train("run", runs.Options(training: new() { Steps = 2 }));

        double Loss(string device) => (double)System.Text.Json.Nodes.JsonNode.Parse(Done("eval", runs.At("run"), "--device", device, "--json"))!["loss"]!;

        Assert.Equal(Loss("cpu"), Loss("emulator"), 1e-5);
        Done("generate", runs.At("run"), "--device", "emulator", "--length", "2");
    }

    private static string Done(params string[] arguments)
    {
        (int code, string output, string error) = Shell.Run(arguments);
        Assert.True(code == 0, $"{string.Join(' ', arguments)}: exit code {code}: {error}");
        return output;
    }
}
