using LstmGpu.Devices.Cpu;
using Xunit;

namespace LstmGpu.Tests.Devices;

public sealed class CpuTopologyTests
{
    [Theory]
    [InlineData("0", 1)]
    [InlineData("0,64", 2)]
    [InlineData("0-1", 2)]
    [InlineData("0-3,8-11", 8)]
    [InlineData("", 0)]
    [InlineData("x", 0)]
    [InlineData("3-1", 0)]
    public void CountOf_CountsAKernelList(string list, int count) => Assert.Equal(count, CpuTopology.CountOf(list));

    [Fact]
    public void ThreadsPerCore_IsOne_WhereTheSystemDoesNotSay() => Assert.Equal(1, CpuTopology.ThreadsPerCore("/nonexistent"));

    [Fact]
    public void PhysicalCores_AreNoMoreThanTheProcessMayUse() => Assert.InRange(CpuTopology.PhysicalCores(), 1, Environment.ProcessorCount);
}
