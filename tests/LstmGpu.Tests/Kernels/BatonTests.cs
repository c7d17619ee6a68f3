using LstmGpu.Devices.Emulator;
using Xunit;

namespace LstmGpu.Tests.Kernels;

public sealed class BatonTests
{
    [Fact]
    public void Monitor_HandsTheTurnOn() => HandsTheTurnOn(() => new MonitorBaton());

    [SkippableFact]
    public void Futex_HandsTheTurnOn()
    {
        Skip.IfNot(FutexBaton.IsSupported, "the futex is Linux's");
        HandsTheTurnOn(() => new FutexBaton());
    }

    /// <summary>Round a ring of threads, which write to a plain list in their turn alone.</summary>
    private static void HandsTheTurnOn(Func<Baton> create)
    {
        const int Members = 5, Rounds = 300;
        Baton[] batons = [.. Enumerable.Range(0, Members).Select(_ => create())];
        List<int> turns = [];
        Thread[] threads = [.. Enumerable.Range(0, Members).Select(member => new Thread(() =>
        {
            for (int round = 0; round < Rounds; round++)
            {
                batons[member].Await();
                turns.Add(member);
                batons[(member + 1) % Members].Give();
            }
        }))];

        batons[0].Give(); // before anybody awaits it
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => Assert.True(thread.Join(TimeSpan.FromMinutes(3)), "a turn was lost"));

        Assert.Equal(Enumerable.Range(0, Members * Rounds).Select(n => n % Members), turns);
    }
}
