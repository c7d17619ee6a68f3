using System.Diagnostics;
using LstmGpu.Tasks;
using LstmGpu.Tests.Cli;
using LstmGpu.Tests.Devices;
using Xunit;

namespace LstmGpu.Tests.Tasks;

/// <summary>A small grid of fresh cases of PyTorch on every device; <c>tests/peers/verify_grid.py</c> alone makes a large one.</summary>
public sealed class VerifyGridTests
{
    private const int Cases = 24;

    private static readonly string[] Pythons = ["/usr/bin/python3", "python3"];

    public static TheoryData<string> Devices => BackendContract.Devices;

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void Layers_MatchPyTorch(string device)
    {
        DeviceUnderTest.SkipWhereAbsent(device);
        string tool = Path.Combine(Path.GetDirectoryName(Repository.Root)!, "shared", "tools", "make_case.py");
        Skip.IfNot(File.Exists(tool), "../shared/tools/make_case.py is absent");
        string? python = Pythons.FirstOrDefault(name => Run(name, "-c", "import torch").Code == 0);
        Skip.If(python is null, "no python3 with torch");

        using TemporaryDirectory directory = new();
        string folder = Path.Combine(directory.Path, "cases"), script = Path.Combine(Repository.Root, "tests", "peers", "verify_grid.py");
        (int code, string said) = Run(python, script, folder, "--cases", $"{Cases}", "--make-only", "--largest", device == "emulator" ? "5" : "40");
        Assert.True(code == 0, said);
        VerificationReport report = LayerVerifier.Cases(new() { Name = device, Threads = 2 }, [folder], VerificationTolerance.Default);

        Assert.All(report.Cases, verdict => Assert.True(verdict.Passed, $"{said}{verdict.Name}: {verdict.Shape}: {string.Join(", ", verdict.Tensors.Where(t => !t.Passed))}"));
        Assert.Equal(Cases, report.PassedCases);
    }

    private static (int Code, string Output) Run(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            Task<string> error = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output + error.Result);
        }
        catch (System.ComponentModel.Win32Exception absent)
        {
            return (-1, absent.Message);
        }
    }
}
