using LstmGpu.Devices;
using LstmGpu.Devices.Reference;
using LstmGpu.Tasks;
using LstmGpu.Tests.Cli;
using LstmGpu.Tests.Devices;
using Xunit;

namespace LstmGpu.Tests.Tasks;

public sealed class DeviceDoctorTests
{
    [Fact]
    public void Doctor_CallsEveryOperationOfABackend_AndTheCpuPasses()
    {
        // The name of the emulator, for its few and small shapes.
        using TimedBackend backend = new(new FailingBackend(int.MaxValue) { Device = new("emulator", "the cpu", "", 1L << 30, 1) });

        DeviceHealth health = DeviceDoctor.Examine(backend, CancellationToken.None);

        Assert.True(health.Passed, string.Join("; ", health.Operations.Where(o => !o.Passed)));
        // Every operation is a void method that a device must have; gemm is timed by layout.
        int operations = typeof(IBackend).GetMethods().Count(m => m.ReturnType == typeof(void) && m.IsAbstract) - 1 + Enum.GetValues<GemmLayout>().Length;
        Assert.Equal(operations, backend.Times.Count());
        Assert.All(health.Operations, o => Assert.True(o.Cases > 0));
    }

    [Fact]
    public void DeviceThatFails_IsFoundWithWhatItSaid_AndTheOtherOperationsAreStillTried()
    {
        using FailingBackend backend = new(10);
        using FailingBackend whole = new(int.MaxValue) { Device = new("emulator", "the cpu", "", 1L << 30, 1) };

        DeviceHealth health = DeviceDoctor.Examine(backend, CancellationToken.None);

        Assert.False(health.Passed);
        Assert.All(health.Operations, o => Assert.EndsWith(" found no device", o.Failure, StringComparison.Ordinal));
        Assert.Equal(DeviceDoctor.Examine(whole, CancellationToken.None).Operations.Count, health.Operations.Count);
    }

    [Fact]
    public void Finding_KeepsTheWorstCase_AndNaNIsTheWorstOfAll()
    {
        Finding finding = new("sum");
        finding.Compare("a", [1, 2], [1, 2.5f], 1);
        finding.Compare("b", [1, 2], [1.25f, 2], 1);
        Assert.Equal((0.5, "a"), (finding.Worst, finding.Shape));
        finding.Compare("c", [1], [float.NaN], 1);
        Assert.Equal((double.PositiveInfinity, "c"), (finding.Worst, finding.Shape));
    }

    [Fact]
    public void SelfTest_OfTheCpu_Passes()
    {
        SelfTest test = DeviceDoctor.Test("cpu");

        Assert.True(test.Health.Passed);
        Assert.InRange(test.Health.WorstError, 1e-6, 1);
        Assert.InRange(test.Elapsed.TotalSeconds, 0, 60); // of a busy machine
    }

    [Fact]
    public void SelfTest_OfADeviceThatIsAbsent_IsAResult() =>
        Assert.Contains("'opencl:99' cannot run here", DeviceDoctor.Test("opencl:99").Health.Failure, StringComparison.Ordinal);

    [Fact]
    public void DoctorOfAnAbsentDevice_IsADeviceError() => Assert.Equal(4, Shell.Run("doctor", "--device", "opencl:99").Code);
}
