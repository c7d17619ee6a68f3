using System.Diagnostics;
using Xunit;

namespace LstmGpu.Tests.KernelCompiler;

/// <summary>CUDA C to PTX with the flags that the numbers depend on.</summary>
internal static class Clang
{
    private const string Program = "clang-19";

    public static bool IsPresent { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(d => File.Exists(Path.Combine(d, Program)));

    public static string Ptx(string text, string architecture)
    {
        string file = Path.GetTempFileName();
        File.WriteAllText(file, text);
        var start = new ProcessStartInfo(Program, [
            "-x", "cuda", $"--cuda-gpu-arch={architecture}", "-nocudainc", "-nocudalib", "--cuda-device-only", "-O2", "-ffp-contract=off",
            "-Xclang", "-target-feature", "-Xclang", "+ptx80", "-S", file, "-o", "-"])
        { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string ptx = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        File.Delete(file);
        Assert.True(process.ExitCode == 0, errors.Result + "\n" + text);
        return ptx;
    }
}
