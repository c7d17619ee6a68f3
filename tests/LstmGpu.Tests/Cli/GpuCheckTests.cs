using System.Diagnostics;
using System.Text.Json.Nodes;
using LstmGpu.Tests.Training;
using Xunit;

namespace LstmGpu.Tests.Cli;

/// <summary>The script that makes the evidence on a GPU, with small sizes on the cpu: every part runs, and one that fails stops no other.</summary>
public sealed class GpuCheckTests
{
    [SkippableFact]
    public void Script_RunsEveryPart_ThoughOneFails_AndEndsInOneTableAndOneJsonFile()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "the script is for Linux");
        using SmallRuns runs = new();
        string program = runs.At("program");
        File.WriteAllText(program, $"#!/bin/sh\nexec {CliProcess.CommandLine} \"$@\"\n");
        Process.Start("chmod", ["+x", program]).WaitForExit();

        // The doctor takes its time and has tests of its own.
        (int code, string said) = Run(
            "--quick", "--device", "cpu", "--program", program, "--out", runs.At("out"), "--cases", runs.At("none"),
            "--parts", "devices verify first-step training bits bench-device bench-step bench-gemm bench-precision bench");

        Assert.Equal(1, code);
        JsonNode report = JsonNode.Parse(File.ReadAllText(Path.Combine(runs.At("out"), "report.json")))!;
        Dictionary<string, string> results = report["parts"]!.AsArray().ToDictionary(p => (string)p!["part"]!, p => (string)p!["result"]!);
        Assert.Equal(["devices", "verify", "first-step", "training", "bits", "bench-device", "bench-step", "bench-gemm", "bench-precision", "bench"], results.Keys);
        Assert.StartsWith("FAILED", results["verify"], StringComparison.Ordinal);
        Assert.All(results.Where(r => r.Key != "verify"), r => Assert.True(r.Value == "passed", $"{r.Key}: {r.Value}\n{said}"));
        Assert.Equal(["Q1", "Q2", "Q2v"], report["bench"]!.AsArray().Select(row => (string)row!["id"]!));
        Assert.Equal(["copy", "add", "sum", "launch", "launch and read back"], report["device_bench"]!.AsArray().Select(row => (string)row!["measure"]!));
        Assert.True((double)report["step"]!["step_ms"]! > 0);
        Assert.Equal(Enumerable.Repeat("own", 6), report["gemm"]!.AsArray().Select(row => (string)row!["gemm"]!));
        Assert.Equal(["fp32-strict"], report["precision"]!.AsArray().Select(row => (string)row!["precision"]!));
        string table = File.ReadAllText(Path.Combine(runs.At("out"), "report.md"));
        Assert.Contains("| Q2 | 3,2,5,7,2,2 | ", table, StringComparison.Ordinal);
        Assert.Contains("20 steps, the same again, without a graph, and half of them in each of two processes: the same bytes", table, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Script_WithAnUnknownFlag_SaysHowItIsUsed()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "the script is for Linux");

        (int code, string said) = Run("--nonsense");

        Assert.Equal(2, code);
        Assert.Contains("tests/gpu-check.sh [--device cuda]", said, StringComparison.Ordinal);
        Assert.DoesNotContain("set -uo", said, StringComparison.Ordinal);
    }

    private static (int Code, string Said) Run(params string[] arguments)
    {
        ProcessStartInfo start = new("bash", [Path.Combine(Repository.Root, "tests", "gpu-check.sh"), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }
}
