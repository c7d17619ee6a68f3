using LstmGpu.Devices.OpenCl;
using Xunit;

namespace LstmGpu.Tests.Devices.OpenCl;

/// <summary>The first usable OpenCL device with a context and an empty cache of its own; without a device the test shows as skipped.</summary>
internal sealed class OpenClUnderTest : IDisposable
{
    /// <summary>Small, so that transfers take many chunks; a half holds 128 floats.</summary>
    public const int StagingBytes = 1024;

    private static readonly OpenClDiscovery Found = OpenClDevices.Discover();
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("lstmgpu-opencl");

    public OpenClUnderTest()
    {
        Cache = new OpenClBinaryCache(directory.FullName);
        Context = new OpenClContext(Device(), Cache, StagingBytes);
    }

    public OpenClContext Context { get; }

    public OpenClBinaryCache Cache { get; }

    public string CacheDirectory => directory.FullName;

    public static OpenClDevice Device()
    {
        OpenClDevice? device = Found.Usable.FirstOrDefault();
        Skip.If(device is null, $"skipped: no OpenCL device ({Found.Reason ?? "none is usable"})");
        return device!;
    }

    public OpenClKernel Kernel(string name, string source, out OpenClProgram program)
    {
        program = OpenClProgram.Build(Context, name, source, "-cl-std=CL1.2");
        return program.Kernel(name);
    }

    public void Dispose()
    {
        Context.Dispose();
        directory.Delete(recursive: true);
    }
}
