using LstmGpu.Devices.OpenCl;
using Xunit;

namespace LstmGpu.Tests.Devices.OpenCl;

public sealed class OpenClBinaryCacheTests
{
    private static readonly OpenClDevice Device =
        new(0, 0, "platform", "OpenCL 3.0", "name", "vendor", "1.0", "OpenCL 3.0", "OpenCL C 1.2", 1 << 20, 1 << 20, 32 << 10, 1, 64, OpenClKind.Gpu, true, null);

    [Fact]
    public void Key_ChangesWithEverythingThatDecidesTheBinary()
    {
        string[] keys =
        [
            OpenClBinaryCache.Key(Device, "source", "options"),
            OpenClBinaryCache.Key(Device, "source2", "options"),
            OpenClBinaryCache.Key(Device, "source", "options2"),
            OpenClBinaryCache.Key(Device, "ssource", "option"),
            OpenClBinaryCache.Key(Device with { DriverVersion = "1.1" }, "source", "options"),
            OpenClBinaryCache.Key(Device with { Name = "other" }, "source", "options"),
        ];

        Assert.Equal(keys.Length, keys.Distinct().Count());
        Assert.Equal(keys[0], OpenClBinaryCache.Key(Device, "source", "options"));
    }

    [Fact]
    public void Directory_IsTheVariablesChoice()
    {
        string chosen = Path.Combine(Path.GetTempPath(), "chosen");

        Assert.Equal(Path.Combine(chosen, "opencl"), Directory((OpenClBinaryCache.Variable, chosen), ("XDG_CACHE_HOME", "/cache")));
    }

    [SkippableFact]
    public void Directory_FollowsTheXdgBaseDirectories()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "XDG base directories are Linux's");

        Assert.Equal("/cache/lstmgpu/opencl", Directory(("XDG_CACHE_HOME", "/cache"), ("HOME", "/home/me")));
        Assert.Equal("/home/me/.cache/lstmgpu/opencl", Directory(("HOME", "/home/me")));
        // The specification: a relative path is to be ignored.
        Assert.Equal("/home/me/.cache/lstmgpu/opencl", Directory(("XDG_CACHE_HOME", "cache"), ("HOME", "/home/me")));
        Assert.Null(Directory());
    }

    private static string? Directory(params (string Name, string Value)[] variables) =>
        OpenClBinaryCache.DefaultDirectory(name => variables.FirstOrDefault(v => v.Name == name).Value);
}
