using ILGPU;
using ILGPU.Runtime;
using LstmGpu.Devices.Emulator;
using LstmGpu.Kernels;
using Xunit;

namespace LstmGpu.Tests.Kernels;

public sealed class KernelEmulatorTests : IDisposable
{
    private readonly KernelEmulator emulator = new(findRaces: true);

    public void Dispose() => emulator.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(257)]
    public void Add_StopsAtTheEdge(int n)
    {
        using var a = new EmulatedMemory<float>([.. Enumerable.Range(0, n).Select(i => (float)i)]);
        using var b = new EmulatedMemory<float>([.. Enumerable.Range(0, n).Select(i => 0.5f * i)]);
        using var sum = new EmulatedMemory<float>(n);

        emulator.Launch(nameof(SampleKernels.Add), new((n + 63) / 64, 64), () => SampleKernels.Add(a.View, b.View, sum.View, n));

        Assert.Equal(Enumerable.Range(0, n).Select(i => 1.5f * i), sum.Values.ToArray());
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 9)]
    [InlineData(8, 8)]
    [InlineData(17, 5)]
    public void Transpose_ThroughATile_MovesEveryElement(int rows, int columns)
    {
        float[] values = [.. Enumerable.Range(1, rows * columns).Select(i => (float)i)];
        using var from = new EmulatedMemory<float>(values);
        using var to = new EmulatedMemory<float>(rows * columns);
        var grid = new Index3D((columns + 7) / 8, (rows + 7) / 8, 1);

        emulator.Launch(nameof(SampleKernels.Transpose), new(grid, (8, 8, 1)), () => SampleKernels.Transpose(from.View, to.View, rows, columns));

        for (int n = 0; n < values.Length; n++)
        {
            Assert.Equal(values[n], to.Values[(n % columns * rows) + (n / columns)]);
        }
    }

    [Fact]
    public void TreeSum_AddsEveryGroup()
    {
        using var x = new EmulatedMemory<float>([.. Enumerable.Range(1, 150).Select(i => (float)i)]);
        using var sums = new EmulatedMemory<float>(3);

        emulator.Launch(nameof(SampleKernels.TreeSum), new(3, 64), () => SampleKernels.TreeSum(x.View, sums.View, 150));

        Assert.Equal([64 * 65 / 2, (128 * 129 / 2) - (64 * 65 / 2), (150 * 151 / 2) - (128 * 129 / 2)], sums.Values.ToArray());
    }

    [Fact]
    public void ChainSum_ByShuffles_HasTheBitsOfTheSequentialSum()
    {
        float[] values = [.. Enumerable.Range(0, 32).Select(i => 1f / (i + 3))];
        using var x = new EmulatedMemory<float>(values);
        using var sum = new EmulatedMemory<float>(1);

        emulator.Launch(nameof(SampleKernels.ChainSum), new(1, 32), () => SampleKernels.ChainSum(x.View, sum.View));

        float expected = values[31];
        for (int i = 30; i >= 0; i--)
        {
            expected = values[i] + expected;
        }
        Assert.Equal(BitConverter.SingleToInt32Bits(expected), BitConverter.SingleToInt32Bits(sum.Values[0]));
    }

    [Fact]
    public void WarpSum_StaysWithinItsWarp()
    {
        using var x = new EmulatedMemory<int>([.. Enumerable.Range(0, 64)]);
        using var sums = new EmulatedMemory<int>(64);

        emulator.Launch(nameof(SampleKernels.WarpSum), new(1, 64), () => SampleKernels.WarpSum(x.View, sums.View));

        Assert.Equal([.. Enumerable.Repeat(496, 32), .. Enumerable.Repeat(1520, 32)], sums.Values.ToArray());
    }

    [Fact]
    public void PrefixSum_EqualsTheRunningSum()
    {
        int[] values = [.. Enumerable.Range(0, 64).Select(i => (i * 7 % 13) - 4)];
        using var x = new EmulatedMemory<int>(values);

        emulator.Launch(nameof(SampleKernels.PrefixSum), new(1, 64), () => SampleKernels.PrefixSum(x.View));

        Assert.Equal(values.Select((_, i) => values[..(i + 1)].Sum()), x.Values.ToArray());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(33)]
    [InlineData(1024)]
    public void DynamicSharedMemory_HasTheLengthOfTheLaunch(int n)
    {
        using var x = new EmulatedMemory<int>([.. Enumerable.Range(0, n)]);

        emulator.Launch(nameof(SampleKernels.Reverse), new((1, 1, 1), (n, 1, 1), n * sizeof(int)), () => SampleKernels.Reverse(x.View));

        Assert.Equal(Enumerable.Range(0, n).Reverse(), x.Values.ToArray());
    }

    [Fact]
    public void GridOfTwoDimensions_ReachesEveryPlaceOnce()
    {
        using var place = new EmulatedMemory<int>(6 * 6);

        emulator.Launch(nameof(SampleKernels.Where), new((2, 3, 1), (3, 2, 1)), () => SampleKernels.Where(place.View, 6));

        for (int y = 0; y < 6; y++)
        {
            for (int x = 0; x < 6; x++)
            {
                Assert.Equal((y / 2 * 1000) + (x / 3 * 100) + (y % 2 * 10) + (x % 3), place.Values[(y * 6) + x]);
            }
        }
    }

    [Fact]
    public void Atomics_CountWhatEveryThreadBrings()
    {
        int[] values = [.. Enumerable.Range(0, 128).Select(i => (i * 37 % 101) - 20)];
        using var x = new EmulatedMemory<int>(values);
        using var bins = new EmulatedMemory<int>(4);
        using var extremes = new EmulatedMemory<int>(2);

        emulator.Launch(nameof(SampleKernels.Count), new(2, 64), () => SampleKernels.Count(x.View, bins.View, extremes.View));

        Assert.Equal(Enumerable.Range(0, 4).Select(b => values.Count(v => (v & 3) == b)), bins.Values.ToArray());
        Assert.Equal([values.Min(), values.Max()], extremes.Values.ToArray());
    }

    [Fact]
    public void Atomics_ReturnTheValueBefore()
    {
        using var cell = new EmulatedMemory<uint>([7u]);
        uint[] seen = new uint[3];

        emulator.Launch("cell", new(1, 1), () =>
        {
            seen[0] = Atomic.Exchange(ref cell.View[0], 9u);
            seen[1] = Atomic.CompareExchange(ref cell.View[0], 8u, 1u);
            seen[2] = Atomic.CompareExchange(ref cell.View[0], 9u, uint.MaxValue);
            Atomic.Add(ref cell.View[0], 3u);
        });

        Assert.Equal([7u, 9u, 9u], seen);
        Assert.Equal(2u, cell.Values[0]);
    }

    [Fact]
    public void Broadcast_GivesAllThreadsTheValueOfOne()
    {
        using var x = new EmulatedMemory<int>(48);

        emulator.Launch("broadcast", new(1, 48), () => x.View[Group.IdxX] = Group.Broadcast(Group.IdxX * 10, 41));

        Assert.All(x.Values.ToArray(), value => Assert.Equal(410, value));
    }

    [Fact]
    public void Warps_OfATwoDimensionalGroup_FollowTheLinearIndex()
    {
        using var x = new EmulatedMemory<int>(96);

        emulator.Launch("warps", new((1, 1, 1), (12, 8, 1)), () =>
            x.View[(Group.IdxY * 12) + Group.IdxX] = (Warp.WarpIdx * 100) + Warp.Shuffle(Warp.LaneIdx, 3));

        Assert.Equal(Enumerable.Range(0, 96).Select(i => (i / 32 * 100) + 3), x.Values.ToArray());
    }

    [Fact]
    public void SpecializedValue_IsTheValueOfTheLaunch()
    {
        using var x = new EmulatedMemory<int>(4);

        emulator.Launch(nameof(SampleKernels.Scale), new(1, 4), () => SampleKernels.Scale(x.View, SpecializedValue.New(7)));

        Assert.Equal([0, 7, 14, 21], x.Values.ToArray());
    }

    [Fact]
    public void LocalMemory_BelongsToOneThread()
    {
        using var x = new EmulatedMemory<int>(40);

        emulator.Launch("local", new(1, 40), () =>
        {
            var own = LocalMemory.Allocate<int>(2);
            own[0] = Group.IdxX;
            Group.Barrier();
            x.View[Group.IdxX] = own[0] + own[1];
        });

        // The element that was never written is −1 here and anything on a device.
        Assert.Equal(Enumerable.Range(0, 40).Select(i => i - 1), x.Values.ToArray());
    }

    [Fact]
    public void Half_StoresRoundedToNearestEven()
    {
        using var x = new EmulatedMemory<ILGPU.Half>(1);

        emulator.Launch("half", new(1, 1), () => x.View[0] = (ILGPU.Half)(1f + (3f / 2048f)));

        Assert.Equal(1f + (4f / 2048f), (float)x.Values[0]);
    }

    [Fact]
    public void Launch_WithoutWaits_UsesOneOperatingSystemThread()
    {
        using var workers = new EmulatedMemory<int>(512);

        emulator.Launch("identity", new(2, 256), () => workers.View[Grid.GlobalIndex.X] = Environment.CurrentManagedThreadId);

        Assert.Single(workers.Values.ToArray().Distinct());
    }

    [Fact]
    public void Launch_BeyondTheGroupLimits_IsRefused()
    {
        Assert.Contains("at most 1024", Assert.Throws<DeviceException>(() => emulator.Launch("big", new(1, 1025), () => { })).Message);
        Assert.Contains("at least 1", Assert.Throws<DeviceException>(() => emulator.Launch("none", new(0, 32), () => { })).Message);
        var large = new LaunchShape((1, 1, 1), (1, 1, 1), 50_000);
        Assert.Contains("a group has 49152", Assert.Throws<DeviceException>(() => emulator.Launch("shared", large, () => { })).Message);
    }

    [Fact]
    public void Language_OutsideALaunch_SaysSo() => Assert.Contains("outside a launch", Assert.Throws<InvalidOperationException>(() => Group.IdxX).Message);
}
