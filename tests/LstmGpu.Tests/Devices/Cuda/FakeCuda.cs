using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using LstmGpu.Devices.Cuda;
using LstmGpu.Devices.Portable;
using Xunit;

namespace LstmGpu.Tests.Devices.Cuda;

/// <summary>The tests that share the fake driver of this process run one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class FakeCudaTests
{
    public const string Name = "fake CUDA driver";
}

/// <summary>
/// A driver of our own (fake_cuda.c), compiled once per process, in the state of its start. Skipped where no C compiler is, and where the machine has
/// a real driver: a process can have one.
/// </summary>
internal sealed unsafe partial class FakeCuda : IDisposable
{
    public const int Kinds = 9;

    private static readonly Lazy<(string? File, string? Reason)> Compiled = new(Compile);

    private delegate* unmanaged<byte*, uint*, byte*, void> launched;

    public FakeCuda()
    {
        Skip.If(CudaLibrary.DefaultNames.Any(name => NativeLibrary.TryLoad(name, out _)), "a real CUDA driver is present");
        File = FileOrSkip();
        Reset();
    }

    public string File { get; }

    /// <summary>Calls since the start.</summary>
    public int Calls => ((delegate* unmanaged<int>)Function("fake_calls"))();

    /// <summary>Objects that were taken from the driver and not given back.</summary>
    public int Live => Enumerable.Range(0, Kinds).Sum(kind => ((delegate* unmanaged<int, int>)Function("fake_live"))(kind));

    public int ReleasedTwice => ((delegate* unmanaged<int>)Function("fake_released_twice"))();

    /// <summary>Commands that were asked of a stream; 0: of all streams.</summary>
    public int Commands(nint stream) => ((delegate* unmanaged<nint, int>)Function("fake_commands"))(stream);

    /// <summary>One line per call; what there is to say of one is indented below it.</summary>
    public string[] Log => Marshal.PtrToStringUTF8((nint)((delegate* unmanaged<byte*>)Function("fake_log"))())!.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The library under the name that the program looks for, in a directory of its own; skipped where no C compiler is.</summary>
    public static string FileOrSkip()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "the fake driver is built on Linux");
        (string? file, string? reason) = Compiled.Value;
        Skip.If(file is null, reason);
        return file!;
    }

    public CudaDiscovery Discover() => CudaDevices.Discover([File]);

    public CudaDevice Device() => Discover().Devices[0];

    public CudaContext Open(int stagingBytes = 1024) => new(Device(), stagingBytes);

    public CudaQueue Queue()
    {
        CudaDevice device = Device();
        return new CudaQueue(new CudaContext(device, 1024), CudaEntry.Describe(device));
    }

    public KernelBackend Backend() => new(Queue());

    public void Reset() => ((delegate* unmanaged<void>)Function("fake_reset"))();

    public void ClearLog() => ((delegate* unmanaged<void>)Function("fake_clear_log"))();

    /// <summary>Lets the call that comes after so many more return the code.</summary>
    public void FailAt(int call, int code) => ((delegate* unmanaged<int, int, void>)Function("fake_fail_at"))(call, code);

    /// <summary>Lets the n-th call of a function return the code.</summary>
    public void Fail(string function, int nth, int code)
    {
        nint name = Marshal.StringToCoTaskMemUTF8(function);
        ((delegate* unmanaged<nint, int, int, void>)Function("fake_fail"))(name, nth, code);
        Marshal.FreeCoTaskMem(name);
    }

    public void Recover() => ((delegate* unmanaged<void>)Function("fake_recover"))();

    public void Set(int devices = 1, int version = 12040, long bytes = 1L << 30) =>
        ((delegate* unmanaged<int, int, nint, void>)Function("fake_set"))(devices, version, (nint)bytes);

    public void Attribute(CudaDeviceAttribute attribute, int value) => ((delegate* unmanaged<int, int, void>)Function("fake_attribute"))((int)attribute, value);

    /// <summary>The PTX that the driver was handed for a kernel.</summary>
    public string? Image(string kernel)
    {
        nint name = Marshal.StringToCoTaskMemUTF8(kernel);
        nint image = ((delegate* unmanaged<nint, nint>)Function("fake_image"))(name);
        Marshal.FreeCoTaskMem(name);
        return Marshal.PtrToStringUTF8(image);
    }

    /// <summary>Called for every launch, when it would run.</summary>
    public void OnLaunch(delegate* unmanaged<byte*, uint*, byte*, void> callback)
    {
        launched = callback;
        ((delegate* unmanaged<void*, void>)Function("fake_on_launch"))(launched);
    }

    /// <summary>The launches of the log: kernel, shape and arguments.</summary>
    public IEnumerable<string> Launches() => Log.Where(line => Launched().IsMatch(line)).Select(line => line.Trim());

    public void Dispose() => Reset();

    private nint Function(string name) => NativeLibrary.GetExport(NativeLibrary.Load(File), name);

    private static (string?, string?) Compile() => Compile("fake-cuda", "libcuda.so.1", "fake_cuda.c");

    /// <param name="with">Libraries that it calls.</param>
    internal static (string?, string?) Compile(string directory, string library, string source, params string[] with)
    {
        string? compiler = new[] { "clang-19", "cc", "gcc", "clang" }
            .FirstOrDefault(name => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(d => System.IO.File.Exists(Path.Combine(d, name))));
        if (compiler is null)
        {
            return (null, "no C compiler (clang-19, cc, gcc) to build the fake CUDA driver");
        }
        directory = Path.Combine(AppContext.BaseDirectory, directory);
        string file = Path.Combine(directory, library);
        source = Path.Combine(Repository.Root, "tests", "LstmGpu.Tests", "Devices", "Cuda", source);
        Directory.CreateDirectory(directory);
        string temporary = Path.Combine(directory, $"{Environment.ProcessId}.tmp");
        var start = new ProcessStartInfo(compiler, ["-shared", "-fPIC", "-O1", "-o", temporary, source, .. with]) { RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{compiler} does not compile {source}: {errors}");
        }
        System.IO.File.Move(temporary, file, overwrite: true);
        return (file, null);
    }

    [GeneratedRegex("^  [A-Za-z_0-9]+ grid ")]
    private static partial Regex Launched();
}
