using ILGPU;
using ILGPU.Runtime.Cuda;
using LstmGpu.Devices.Emulator;
using LstmGpu.Kernels;
using Xunit;

namespace LstmGpu.Tests.Kernels;

/// <summary>What the emulator finds that a device would leave undefined; after each fault the emulator is as good as new.</summary>
public sealed class KernelFaultTests : IDisposable
{
    private readonly KernelEmulator emulator = new(findRaces: true);

    public void Dispose()
    {
        using var x = new EmulatedMemory<int>([.. Enumerable.Range(0, 64)]);
        emulator.Launch("afterwards", new(1, 64), () => SampleKernels.PrefixSum(x.View));
        Assert.Equal(64 * 63 / 2, x.Values[63]);
        emulator.Dispose();
    }

    [Fact]
    public void MissedBarrier_NamesKernelGroupAndThreads()
    {
        string message = Fault("skips", new(2, 64), () => SampleKernels.SkipsBarrier(4, Grid.IdxX == 1 ? 7 : 4));

        Assert.Equal(
            "kernel 'skips', group (1, 0, 0), barrier: 61 of 64 threads wait, missing are threads 4-6 (finished); every thread of the group must reach it",
            message);
    }

    [Fact]
    public void BarrierMissedByTheLastThread_IsFoundToo() => Assert.Contains(
        "63 of 64 threads wait, missing are threads 63 (finished)", Fault("skips", new(1, 64), () => SampleKernels.SkipsBarrier(63, 64)));

    [Fact]
    public void ShuffleInABranch_NamesTheWarpAndTheLanesThatStayedAway()
    {
        string message = Fault("shuffle", new(1, 64), () =>
        {
            if (Group.IdxX != 40)
            {
                Warp.Shuffle(1, 0);
            }
            Group.Barrier();
        });

        Assert.Contains("shuffle of warp 1: 31 of 32 threads wait, missing are threads 40 (at a barrier)", message);
    }

    [Fact]
    public void ShuffleFromALaneThatDoesNotExist_IsFound() =>
        Assert.Contains("reads lane 16 of a warp that has 16 threads", Fault("short", new(1, 16), () => Warp.ShuffleDown(1, 16)));

    [Fact]
    public void BroadcastMeetingABarrier_IsAMissedWait()
    {
        string message = Fault("mixed", new(1, 32), () =>
        {
            if (Group.IdxX < 16)
            {
                Group.Barrier();
            }
            else
            {
                Group.Broadcast(1, 0);
            }
        });

        Assert.Contains("barrier: 16 of 32 threads wait, missing are threads 16-31 (at a broadcast)", message);
    }

    [Fact]
    public void DroppedBarrier_IsARace()
    {
        using var x = new EmulatedMemory<float>([.. Enumerable.Range(0, 64).Select(i => (float)i)]);

        string message = Fault("tree", new(1, 64), () => SampleKernels.RacingSum(x.View));

        Assert.StartsWith("kernel 'tree', group (0, 0, 0), race at element 32 of shared Single[64] of SampleKernels.cs:", message);
        Assert.EndsWith("thread 0 reads and thread 32 writes it with no barrier between", message);
    }

    [Fact]
    public void TwoWritersOfOneElement_AreARace() => Assert.Contains("element 0 of shared Int32[4]", Fault("writers", new(1, 2), () =>
    {
        var x = SharedMemory.Allocate<int>(4);
        x[0] = Group.IdxX;
    }));

    [Fact]
    public void AtomicBesideAPlainRead_IsARace() => Assert.Contains("changes atomically", Fault("mixed", new(1, 64), () =>
    {
        var x = SharedMemory.Allocate<int>(1);
        if (Group.IsFirstThread)
        {
            x[0] = 0;
        }
        Group.Barrier();
        Atomic.Add(ref x[0], 1);
        if (Group.IdxX == 5 && x[0] > 100)
        {
            x[0] = 100;
        }
    }));

    [Fact]
    public void WarpBarrier_OrdersItsWarp()
    {
        using var x = new EmulatedMemory<int>([.. Enumerable.Range(0, 32)]);

        Assert.Contains("race", Fault("neighbour", new(1, 32), () => SampleKernels.Neighbour(x.View, 0)));

        x.Values[0] = 0;
        x.Values[1] = 1;
        emulator.Launch("neighbour", new(1, 32), () => SampleKernels.Neighbour(x.View, 1));
        Assert.Equal([1, 0, 3, 2], x.Values[..4].ToArray());
    }

    [Fact]
    public void RaceWithoutDetection_IsNotReported()
    {
        using var quick = new KernelEmulator();
        using var x = new EmulatedMemory<float>(64);

        quick.Launch("tree", new(1, 64), () => SampleKernels.RacingSum(x.View));
    }

    [Fact]
    public void ExceptionOfAKernel_NamesKernelGroupAndThread()
    {
        var cause = new InvalidOperationException("seventeen");

        var fault = Assert.Throws<DeviceException>(() => emulator.Launch("throws", new(2, 64), () =>
        {
            Group.Barrier();
            if (Grid.GlobalIndex.X == 64 + 17)
            {
                throw cause;
            }
            Group.Barrier();
        }));

        Assert.Equal("kernel 'throws', group (1, 0, 0), thread (17, 0, 0): seventeen", fault.Message);
        Assert.Same(cause, fault.InnerException);
    }

    [Fact]
    public void IndexOutsideAView_IsFoundWithIndexAndLength()
    {
        using var x = new EmulatedMemory<float>(5);

        Assert.Contains("thread (5, 0, 0): index 5 is outside a view of 5 Single", Fault("beyond", new(1, 8), () => x.View[Group.IdxX] = 1));
        Assert.Contains("index -1 is outside a view of 3 Single", Fault("before", new(1, 1), () => x.View.SubView(2)[-1] = 1));
        Assert.Contains("sub-view [2, 6) is outside a view of 5 Single", Fault("sub", new(1, 1), () => x.View.SubView(2, 4)));
    }

    [Fact]
    public void CastOfAView_KeepsItsBytes()
    {
        using var x = new EmulatedMemory<float>([1f, 2f, 3f]);

        Assert.Equal(1, x.View.Cast<ulong>().Length);
        Assert.Equal(Interop.FloatAsInt(2f), x.View.Cast<uint>()[1]);
        Assert.Contains("multiple of 8", Fault("cast", new(1, 1), () => x.View.SubView(1).Cast<ulong>()));
    }

    [Fact]
    public void SharedMemoryBeyondTheGroups_IsRefused() =>
        Assert.Contains("a group has 49152", Fault("large", new(1, 1), () => SharedMemory.Allocate<float>(12 * 1024 + 1)));

    [Fact]
    public void SharedMemoryAllocatedTwiceAtOnePlace_IsRefused() => Assert.Contains("is allocated twice", Fault("loop", new(1, 1), () =>
    {
        for (int i = 0; i < 2; i++)
        {
            SharedMemory.Allocate<float>(4);
        }
    }));

    [Fact]
    public void InlinePtx_OutsideCuda_AsksForAnotherBranch()
    {
        Assert.False(CudaAsm.IsSupported);
        Assert.Contains("inline PTX 'ex2.approx.f32 %0, %1;'", Fault("ptx", new(1, 1), () => CudaAsm.Emit("ex2.approx.f32 %0, %1;", out float _, 1f)));
    }

    private string Fault(string kernel, LaunchShape shape, Action body) => Assert.Throws<DeviceException>(() => emulator.Launch(kernel, shape, body)).Message;
}
