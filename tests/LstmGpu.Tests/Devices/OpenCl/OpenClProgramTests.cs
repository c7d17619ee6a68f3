using System.Security.Cryptography;
using LstmGpu.Devices;
using LstmGpu.Devices.OpenCl;
using Xunit;

namespace LstmGpu.Tests.Devices.OpenCl;

public sealed class OpenClProgramTests
{
    private const string Options = "-cl-std=CL1.2";
    private const string One = "kernel void put(global int* y, long offset, long length) { y[offset] = VALUE; }";

    [SkippableFact]
    public void Program_WithAnError_GivesTheDriversLog_AndTheNextOneBuilds()
    {
        using var device = new OpenClUnderTest();

        var error = Assert.Throws<DeviceException>(
            () => OpenClProgram.Build(device.Context, "broken", "kernel void broken(global int* y) { y[0] = no_such_name; }", Options));

        Assert.StartsWith("kernel program 'broken' does not build on '", error.Message, StringComparison.Ordinal);
        Assert.Contains("CL_BUILD_PROGRAM_FAILURE (-11)", error.Message, StringComparison.Ordinal);
        Assert.Contains("no_such_name", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Equal(3, device.Context.Ledger.Live);
        Assert.Equal(7, Run(device, 7));
    }

    [SkippableFact]
    public void Kernel_ThatTheProgramLacks_IsNamed()
    {
        using var device = new OpenClUnderTest();
        using OpenClProgram program = OpenClProgram.Build(device.Context, "put", One, Options + " -D VALUE=1");

        var error = Assert.Throws<DeviceException>(() => program.Kernel("missing"));

        Assert.StartsWith("OpenCL could not make kernel 'missing': CL_INVALID_KERNEL_NAME (-46): ", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void SecondBuild_ComesFromTheCache_AndRunsTheSame()
    {
        using var device = new OpenClUnderTest();

        Assert.Equal(5, Run(device, 5));
        Assert.Equal((0, 1, 0), Counts(device));
        Assert.Equal(5, Run(device, 5));
        Assert.Equal((1, 1, 0), Counts(device));
        // Other options are another program.
        Assert.Equal(6, Run(device, 6));
        Assert.Equal((1, 2, 0), Counts(device));
        Assert.Equal(2, Directory.GetFiles(device.CacheDirectory).Length);
        Assert.Equal(3, device.Context.Ledger.Live);
    }

    [SkippableFact]
    public void TornFile_IsRebuiltAndReplaced()
    {
        using var device = new OpenClUnderTest();
        Run(device, 5);
        string file = Assert.Single(Directory.GetFiles(device.CacheDirectory));
        byte[] whole = File.ReadAllBytes(file);
        byte[] flipped = [.. whole];
        flipped[^1] ^= 1;

        int refused = 0;
        foreach (byte[] torn in (byte[][])[whole[..^1], whole[..10], [], flipped])
        {
            File.WriteAllBytes(file, torn);
            Assert.Equal(5, Run(device, 5));
            Assert.Equal((refused, refused + 2, refused + 1), Counts(device));
            Assert.Equal(5, Run(device, 5));
            refused++;
        }
    }

    [SkippableFact]
    public void BinaryThatTheDriverRefuses_IsRebuiltAndReplaced()
    {
        using var device = new OpenClUnderTest();
        Run(device, 5);
        string file = Assert.Single(Directory.GetFiles(device.CacheDirectory));
        byte[] foreign = [.. "a binary of another driver"u8];
        File.WriteAllBytes(file, [.. SHA256.HashData(foreign), .. foreign]);

        Assert.Equal(5, Run(device, 5));
        Assert.Equal((0, 2, 1), Counts(device));
        Assert.Equal(5, Run(device, 5));
        Assert.Equal((1, 2, 1), Counts(device));
    }

    [SkippableFact]
    public void CacheThatCannotBeWritten_CostsOnlyTime()
    {
        using var device = new OpenClUnderTest();
        string file = Path.Combine(device.CacheDirectory, "file");
        File.WriteAllText(file, "");
        var cache = new OpenClBinaryCache(Path.Combine(file, "below"));
        using var context = new OpenClContext(OpenClUnderTest.Device(), cache);

        using OpenClProgram program = OpenClProgram.Build(context, "put", One, Options + " -D VALUE=1");

        Assert.NotNull(cache.WriteFault);
    }

    [Fact]
    public void BuildLog_IsCutToItsFirstLines()
    {
        string log = string.Join('\n', Enumerable.Range(0, 20).Select(i => $"line {i}"));

        Assert.StartsWith("line 0 | line 1 | ", DriverLog.Shorten(log), StringComparison.Ordinal);
        Assert.EndsWith(" | line 11 | … 8 more lines", DriverLog.Shorten(log), StringComparison.Ordinal);
        Assert.Equal("(empty log)", DriverLog.Shorten(" \n"));
    }

    private static (int Hits, int Misses, int Refused) Counts(OpenClUnderTest device) => (device.Cache.Hits, device.Cache.Misses, device.Cache.Refused);

    /// <summary>Builds the program that puts <paramref name="value"/>, and runs it.</summary>
    private static int Run(OpenClUnderTest device, int value)
    {
        using OpenClProgram program = OpenClProgram.Build(device.Context, "put", One, FormattableString.Invariant($"{Options} -D VALUE={value}"));
        using OpenClKernel kernel = program.Kernel("put");
        using OpenClBuffer y = device.Context.Allocate("y", sizeof(int));
        kernel.Set(new DeviceSlice<int>(y, 0, 1)).Launch(new(1), new(1));
        int[] back = [0];
        device.Context.Download(new DeviceSlice<int>(y, 0, 1), back);
        return back[0];
    }
}
