using LstmGpu.Devices.Cpu;
using LstmGpu.Tests.Formats;
using Xunit;

namespace LstmGpu.Tests.Devices;

public sealed class CpuTopologyTests
{
    [Theory]
    [InlineData("0", new[] { 0 })]
    [InlineData("0,64", new[] { 0, 64 })]
    [InlineData("0-1", new[] { 0, 1 })]
    [InlineData("0-2,8-9", new[] { 0, 1, 2, 8, 9 })]
    [InlineData("", new int[0])]
    [InlineData("x", new int[0])]
    [InlineData("3-1", new int[0])]
    public void Elements_ReadsAKernelList(string list, int[] elements) => Assert.Equal(elements, CpuTopology.Elements(list));

    [Fact]
    public void CoresOf_CountsHyperThreadsOnce_AndOnlyWhatTheProcessMayUse()
    {
        using ScratchDirectory scratch = new();
        for (int cpu = 0; cpu < 4; cpu++)
        {
            string topology = Path.Combine(scratch[$"cpu{cpu}"], "topology");
            Directory.CreateDirectory(topology);
            File.WriteAllText(Path.Combine(topology, "thread_siblings_list"), $"{cpu % 2},{cpu % 2 + 2}\n");
        }
        string cpus = Path.GetDirectoryName(scratch["cpu0"])!;
        Assert.Equal(2, CpuTopology.CoresOf(cpus, [0, 1, 2, 3]));
        Assert.Equal(1, CpuTopology.CoresOf(cpus, [0, 2]));
        Assert.Equal(0, CpuTopology.CoresOf("/nonexistent", [0, 1]));
    }

    [Fact]
    public void PhysicalCores_AreNoMoreThanTheProcessMayUse() => Assert.InRange(CpuTopology.PhysicalCores(), 1, Environment.ProcessorCount);
}
