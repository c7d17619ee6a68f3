using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using LstmGpu.Cli;
using Xunit;

namespace LstmGpu.Tests.Cli;

/// <summary>The program in a process of its own, as a user runs it.</summary>
internal sealed class CliProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);

    private readonly Process process;
    private readonly StringBuilder output = new(), error = new();

    private CliProcess(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.UseShellExecute = false;
        process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Append(output, line.Data);
        process.ErrorDataReceived += (_, line) => Append(error, line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public static (int Code, string Output, string Error) Run(params string[] args)
    {
        using CliProcess started = Start(args);
        return started.Wait();
    }

    /// <summary>With this text on stdin.</summary>
    public static (int Code, string Output, string Error) RunWithInput(string input, params string[] args)
    {
        using CliProcess started = new(new ProcessStartInfo(Host, [Program, .. args]) { RedirectStandardInput = true });
        started.process.StandardInput.Write(input);
        started.process.StandardInput.Close();
        return started.Wait();
    }

    /// <summary>With these environment variables beside its own.</summary>
    public static (int Code, string Output, string Error) Run(IEnumerable<(string Name, string Value)> environment, params string[] args)
    {
        ProcessStartInfo start = new(Host, [Program, .. args]);
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }
        using CliProcess started = new(start);
        return started.Wait();
    }

    public static CliProcess Start(params string[] args) => new(new ProcessStartInfo(Host, [Program, .. args]));

    /// <summary>
    /// Starts it where no file may grow beyond so many blocks of 1,024 bytes: a write fails as on a full disk. The signal that comes with it
    /// is ignored, and the runtime's own double-mapped memory, which counts as a file, is off.
    /// </summary>
    public static CliProcess StartWithFileLimit(int blocks, params string[] args)
    {
        string script = $"trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"";
        ProcessStartInfo start = new("bash", ["-c", script, Host, Program, .. args]);
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        return new(start);
    }

    /// <summary>
    /// Runs it where <paramref name="directory"/> is a disk of so many KiB that only this process sees; what it leaves there is copied to
    /// <paramref name="result"/>. Exit code 99 where this user may not mount a disk.
    /// </summary>
    public static CliProcess StartOnASmallDisk(int kibibytes, string directory, string result, params string[] args)
    {
        string script = $"mount -t tmpfs -o size={kibibytes}k tmpfs \"$1\" || exit 99; from=$1; to=$2; shift 2; \"$@\"; code=$?; cp -r \"$from\" \"$to\"; exit $code";
        return new(new ProcessStartInfo("unshare", ["-m", "bash", "-c", script, "bash", directory, result, Host, Program, .. args]));
    }

    /// <summary>What has come on stderr so far.</summary>
    public string ErrorSoFar
    {
        get
        {
            lock (error)
            {
                return error.ToString();
            }
        }
    }

    /// <summary>Pages in memory, as Linux counts them.</summary>
    public long ResidentBytes() => Environment.SystemPageSize
        * long.Parse(File.ReadAllText($"/proc/{process.Id}/statm").Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);

    public bool HasEnded => process.HasExited;

    /// <summary>What Ctrl-C sends. By the system call: on a busy machine a program that sends it may need longer than a training step.</summary>
    public void Interrupt() => Assert.Equal(0, Kill(process.Id, SigInt));

    public (int Code, string Output, string Error) Wait()
    {
        if (!process.WaitForExit(Patience))
        {
            throw new TimeoutException($"the program has not ended after {Patience.TotalSeconds} s: {ErrorSoFar}");
        }
        process.WaitForExit(); // and for the rest of its output
        return (process.ExitCode, output.ToString(), error.ToString());
    }

    /// <summary>Waits until <paramref name="holds"/>, or the process ends.</summary>
    public void WaitUntil(Func<bool> holds)
    {
        for (Stopwatch waited = Stopwatch.StartNew(); !holds() && !process.HasExited; Thread.Sleep(5))
        {
            if (waited.Elapsed > Patience)
            {
                throw new TimeoutException($"what was awaited has not come after {Patience.TotalSeconds} s: {ErrorSoFar}");
            }
        }
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill();
            process.WaitForExit();
        }
        process.Dispose();
    }

    private const int SigInt = 2;

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int process, int signal);

    /// <summary>What a shell runs.</summary>
    public static string CommandLine => $"\"{Host}\" \"{Program}\"";

    private static string Program => typeof(LstmGpu.Cli.CommandLine).Assembly.Location;

    // The host that runs this test runs the program too: on the PATH there may be another version, or none.
    private static string Host => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } host ? host : "dotnet";

    private static void Append(StringBuilder text, string? line)
    {
        if (line is not null)
        {
            lock (text)
            {
                text.Append(line).Append('\n');
            }
        }
    }
}
