using ILGPU;
using LstmGpu.Devices;
using LstmGpu.Devices.Emulator;
using LstmGpu.Kernels;
using LstmGpu.Tasks;
using Xunit;

namespace LstmGpu.Tests.Kernels;

/// <summary>
/// Groups that wait for each other, on the emulator: it runs them at once, one thread at a time. So it shows who waits for whom and for which words; what a device
/// may see in another order it cannot show.
/// </summary>
public sealed class ExchangeTests : IDisposable
{
    private const int Words = 2048, Rounds = 3, Threads = ExchangeKernels.Threads;

    private readonly KernelEmulator emulator = new();

    public void Dispose() => emulator.Dispose();

    [Theory]
    [InlineData(ExchangeKernels.GridSync)]
    [InlineData(ExchangeKernels.Counters)]
    [InlineData(ExchangeKernels.SelfValidating)]
    public void Exchange_BringsEveryWordToEveryGroup(int way)
    {
        (uint[] sums, uint gaveUp) = Run(way, groups: 3, new((3, 1, 1), (Threads, 1, 1), Cooperative: true), polls: 1000);

        Assert.Equal(0u, gaveUp);
        Assert.Null(ExchangeMeasurement.WrongGroup(sums, 3, ExchangeMeasurement.Published(Words, Rounds)));
    }

    [Theory]
    [InlineData(ExchangeKernels.GridSync)]
    [InlineData(ExchangeKernels.Counters)]
    [InlineData(ExchangeKernels.SelfValidating)]
    public void Exchange_OfGroupsThatDoNotRunAtOnce_GivesUpAndEnds(int way)
    {
        (uint[] sums, uint gaveUp) = Run(way, groups: 2, new(2, Threads), polls: 5);

        Assert.Equal(1u, gaveUp);
        Assert.Equal(0, ExchangeMeasurement.WrongGroup(sums, 2, ExchangeMeasurement.Published(Words, Rounds)));
    }

    [Fact]
    public void Cluster_ReadsTheSharedMemoryOfItsOwnGroupsAlone()
    {
        using EmulatedMemory<uint> sums = new(4 * Threads);

        emulator.Launch("cluster", new((4, 1, 1), (Threads, 1, 1), Cluster: 2), () => ClusterKernels.ExchangeOfTwo(sums.View, Words, Rounds));

        Assert.Null(ExchangeMeasurement.WrongGroup(sums.Values.ToArray(), 4, ExchangeMeasurement.Published(Words, Rounds)));
    }

    [Fact]
    public void Cluster_WhereAGroupDoesNotComeToTheBarrier_IsAnError()
    {
        var error = Assert.Throws<DeviceException>(() => emulator.Launch("cluster", new((2, 1, 1), (32, 1, 1), Cluster: 2), () =>
        {
            if (Cluster.Rank() == 1)
            {
                Cluster.Barrier();
            }
        }));

        Assert.Contains("barrier of the cluster: 32 of 64 threads wait, missing are threads 0-31 (finished)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Cluster_ThatIsNoPartOfTheGrid_AndAGroupThatItLacks_AreErrors()
    {
        Assert.Contains("in clusters of 2; the grid must be a multiple", Message(3, () => { }), StringComparison.Ordinal);
        Assert.Contains("reads the shared memory of group 2 of a cluster of 2", Message(2, () =>
        {
            uint x = 0;
            Cluster.LoadFour(SharedMemory.Allocate<uint>(4), 0, 2, ref x, ref x, ref x, ref x);
        }), StringComparison.Ordinal);

        string Message(int groups, Action body) => Assert.Throws<DeviceException>(() => emulator.Launch("cluster", new((groups, 1, 1), (1, 1, 1), Cluster: 2), body)).Message;
    }

    private (uint[] Sums, uint GaveUp) Run(int way, int groups, LaunchShape shape, int polls)
    {
        using EmulatedMemory<uint> state = new(ExchangeKernels.StateLength), history = new(Rounds * Words), sums = new(groups * Threads);
        history.Values.Fill(ExchangeKernels.Empty);
        emulator.Launch("exchange", shape, () => ExchangeKernels.Exchange(new(way), new(2), state.View, history.View, sums.View, Words, Rounds, polls));
        return (sums.Values.ToArray(), state.Values[ExchangeKernels.GaveUp]);
    }
}
