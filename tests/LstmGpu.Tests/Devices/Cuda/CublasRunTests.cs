using System.Text.Json.Nodes;
using LstmGpu.Tests.Cli;
using LstmGpu.Tests.Training;
using Xunit;

namespace LstmGpu.Tests.Devices.Cuda;

/// <summary>The program beside a fake driver and a fake cuBLAS: what it chooses, prints, writes down and takes up again.</summary>
[Collection(FakeCudaTests.Name)]
public sealed class CublasRunTests
{
    private static readonly string[] Sizes = ["--batch", "3", "--bptt", "5", "--hidden", "6", "--embedding", "4", "--eval-every", "0", "--device", "cuda"];

    [SkippableFact]
    public void ChoiceByMeasurement_IsPrintedAndWrittenDown_AndAResumedRunKeepsIt()
    {
        using SmallRuns runs = new();
        string run = runs.At("run");
        (string, string) slowDriver = ("FAKE_CUDA_DELAY", "3000"), slowLibrary = ("FAKE_CUBLAS_DELAY", "3000");

        string printed = Done(["train", "--data", runs.Corpus, "--out", run, "--steps", "1", "--gemm", "auto", .. Sizes], slowDriver);

        Assert.Matches(@"(?m)^device cuda: Fake GPU 0 .*, products in tf32 by cuBLAS 12\.4\.5, measured: own [0-9.]+ ms, cuBLAS 12\.4\.5 [0-9.]+ ms\)", printed);
        Assert.Equal(("cublas", "cublas", "cuBLAS 12.4.5"), Recorded());
        // The other would be chosen now, and a newer library is named.
        printed = Done(["resume", run, "--steps", "2", "--verbose"], slowLibrary, ("FAKE_CUBLAS_VERSION", "130002"));
        Assert.Contains("by cuBLAS 13.0.2", printed, StringComparison.Ordinal);
        Assert.DoesNotContain("measured", printed, StringComparison.Ordinal);
        Assert.Contains("the run multiplied by cuBLAS 12.4.5 and goes on by cuBLAS 13.0.2", printed, StringComparison.Ordinal);
        Assert.Equal(("cublas", "cublas", "cuBLAS 13.0.2"), Recorded());
        // Measured anew only where that is asked for.
        Assert.Contains("by own kernels, measured: own", Done(["resume", run, "--steps", "3", "--gemm", "auto"], slowLibrary), StringComparison.Ordinal);
        Assert.Equal(("own", "own", null), Recorded());

        (string?, string?, string?) Recorded()
        {
            JsonNode device = Json("environment.json");
            return ((string?)Json("config.json")["gemm"], (string?)device["gemm"], (string?)device["gemm_library"]);
        }
        JsonNode Json(string file) => JsonNode.Parse(File.ReadAllBytes(Path.Combine(run, file)))!["device"]!;
    }

    [SkippableFact]
    public void RunByCublas_OnAMachineWithoutIt_IsRefusedUntilOwnKernelsAreNamed()
    {
        using SmallRuns runs = new();
        string run = runs.At("run");
        Done(["train", "--data", runs.Corpus, "--out", run, "--steps", "1", "--gemm", "cublas", .. Sizes]);
        (string, string) without = ("LD_LIBRARY_PATH", Path.GetDirectoryName(FakeCuda.FileOrSkip())!);

        (int code, _, string error) = CliProcess.Run([without], "resume", run, "--steps", "2");

        Assert.Equal(4, code);
        Assert.Contains("no cuBLAS (libcublas.so.12, libcublas.so.11); install NVIDIA's cuBLAS, or name its file in LSTMGPU_CUBLAS, or use --gemm own", error, StringComparison.Ordinal);
        (code, _, error) = CliProcess.Run([without, ("LSTMGPU_CUBLAS", FakeCublas.File)], "resume", run, "--steps", "2");
        Assert.True(code == 0, error);
        (code, _, error) = CliProcess.Run([without], "resume", run, "--steps", "3", "--gemm", "own");
        Assert.True(code == 0, error);
    }

    [SkippableFact]
    public void BenchGemm_NamesWhoseProductsItTimed()
    {
        // The rate of the device is measured until that takes time.
        (string, string) slow = ("FAKE_CUDA_DELAY", "60000");
        string[] arguments = ["bench", "gemm", "--device", "cuda", "--shape", "65,17,33", "--repeat", "1"];

        Assert.Matches(@"(?m)^65,17,33 +NT +cuBLAS 12\.4\.5 +cuda ", Done([.. arguments, "--gemm", "cublas"], slow));
        Assert.Matches(@"(?m)^65,17,33 +NT +own +cuda ", Done(arguments, slow));
        Assert.Contains("\"gemm\":\"cublas\",\"library\":\"cuBLAS 12.4.5\"", Done([.. arguments, "--gemm", "cublas", "--json"], slow), StringComparison.Ordinal);
    }

    private static string Done(string[] arguments, params (string, string)[] environment)
    {
        string path = $"{Path.GetDirectoryName(FakeCuda.FileOrSkip())}:{Path.GetDirectoryName(FakeCublas.File)}";
        (int code, string output, string error) = CliProcess.Run([("LD_LIBRARY_PATH", path), .. environment], arguments);
        Assert.True(code == 0, $"{string.Join(' ', arguments)}: exit code {code}: {error}");
        return output + error;
    }
}
