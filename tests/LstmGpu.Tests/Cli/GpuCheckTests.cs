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
        string program = Executable(runs.At("program"), $"exec {CliProcess.CommandLine} \"$@\"");

        // The doctor takes its time and has tests of its own.
        (int code, string said) = Run(
            "--quick", "--device", "cpu", "--program", program, "--out", runs.At("out"), "--cases", runs.At("none"),
            "--parts", "devices verify first-step training bits bench-device bench-micro bench-step bench-gemm bench-precision bench");

        Assert.Equal(1, code);
        JsonNode report = JsonNode.Parse(File.ReadAllText(Path.Combine(runs.At("out"), "report.json")))!;
        Dictionary<string, string> results = report["parts"]!.AsArray().ToDictionary(p => (string)p!["part"]!, p => (string)p!["result"]!);
        Assert.Equal(["devices", "verify", "first-step", "training", "bits", "bench-device", "bench-micro", "bench-step", "bench-gemm", "bench-precision", "bench"], results.Keys);
        Assert.StartsWith("FAILED", results["verify"], StringComparison.Ordinal);
        Assert.All(results.Where(r => r.Key != "verify"), r => Assert.True(r.Value == "passed", $"{r.Key}: {r.Value}\n{said}"));
        Assert.Equal(["Q1", "Q2", "Q2v"], report["bench"]!.AsArray().Select(row => (string)row!["id"]!));
        Assert.Equal(["copy", "add", "sum", "launch", "launch and read back"], report["device_bench"]!.AsArray().Select(row => (string)row!["measure"]!));
        Assert.Equal(["M1", "M2", "M3", "M4", "M5", "M5", "M7"], report["micro"]!.AsArray().Select(row => (string)row!["id"]!));
        Assert.True((double)report["step"]!["step_ms"]! > 0);
        Assert.Equal(Enumerable.Repeat("own", 6), report["gemm"]!.AsArray().Select(row => (string)row!["gemm"]!));
        Assert.Equal(["fp32-strict"], report["precision"]!.AsArray().Select(row => (string)row!["precision"]!));
        string table = File.ReadAllText(Path.Combine(runs.At("out"), "report.md"));
        Assert.Contains("| Q2 | 3,2,5,7,2,2 | ", table, StringComparison.Ordinal);
        Assert.Contains("| M1 |  |  |  |  | device 'cpu' is no CUDA device |", table, StringComparison.Ordinal);
        Assert.Contains("20 steps, the same again, without a graph, and half of them in each of two processes: the same bytes", table, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Script_EndsAPartThatHangs_AndItsReportHoldsNothingTorn()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "the script is for Linux");
        using SmallRuns runs = new();
        string program = Executable(runs.At("program"), """
            echo '{"torn":'
            [ $1 != doctor ] || exec sleep 100
            printf 'no "words"\\ \033[31m µ'
            exit 3
            """);

        (int code, string said) = Run("--quick", "--device", "cpu", "--program", program, "--out", runs.At("out"), "--parts", "doctor bench-step bench-micro", "--seconds", "2");

        Assert.Equal(1, code);
        JsonNode report = JsonNode.Parse(File.ReadAllText(Path.Combine(runs.At("out"), "report.json")))!;
        Assert.Equal(["FAILED (out of time)", "FAILED (3)", "FAILED (3)"], report["parts"]!.AsArray().Select(part => (string)part!["result"]!));
        Assert.Null(report["doctor"]);
        Assert.Null(report["step"]);
        Assert.Empty(report["micro"]!.AsArray());
        Assert.Contains("| doctor, ", said, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Torch_IsOneProcess_AndAnotherAfterAShapeThatFails()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "the script is for Linux");
        using SmallRuns runs = new();
        string program = Executable(runs.At("program"), "exit 3");
        // In the place of python3: it prints a row per shape, and ends in the middle of that of 2,2,2,2,2.
        string python = Executable(runs.At("python3"), $$"""
            case "$*" in *--shapes*) ;; *) exit 0 ;; esac
            echo run >> {{runs.At("processes")}}
            while [ "$1" != --shapes ]; do shift; done
            for shape in $(echo "$2" | tr ';' ' '); do
                if [ $shape = 2,2,2,2,2 ]; then printf '{"shape":['; exit 1; fi
                echo "{\"shape\":[$shape],\"forward_backward_ms\":1.5}"
            done
            """);

        (int code, string said) = Run(
            new Dictionary<string, string> { ["PATH"] = $"{Path.GetDirectoryName(python)}:{Environment.GetEnvironmentVariable("PATH")}" },
            "--device", "cpu", "--program", program, "--out", runs.At("out"), "--torch", "script.py", "--parts", "torch", "--shapes", "A:1,1,1,1,1 B:2,2,2,2,2 Bv:2,2,2,2,2 C:3,3,3,3,3,2");

        Assert.Equal(1, code);
        JsonNode report = JsonNode.Parse(File.ReadAllText(Path.Combine(runs.At("out"), "report.json")))!;
        Assert.Equal(["A 1,1,1,1,1", "C 3,3,3,3,3,2"], report["torch"]!.AsArray().Select(row => $"{row!["id"]} {row["for"]}"));
        Assert.Equal(2, File.ReadAllLines(runs.At("processes")).Length);
        Assert.Contains("torch: FAILED (1), ", said, StringComparison.Ordinal);
        Assert.Contains("2 of 3 rows", said, StringComparison.Ordinal);
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

    private static string Executable(string file, string script)
    {
        File.WriteAllText(file, $"#!/bin/sh\n{script}\n");
        Process.Start("chmod", ["+x", file]).WaitForExit();
        return file;
    }

    private static (int Code, string Said) Run(params string[] arguments) => Run([], arguments);

    private static (int Code, string Said) Run(Dictionary<string, string> environment, params string[] arguments)
    {
        ProcessStartInfo start = new("bash", [Path.Combine(Repository.Root, "tests", "gpu-check.sh"), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }
}
