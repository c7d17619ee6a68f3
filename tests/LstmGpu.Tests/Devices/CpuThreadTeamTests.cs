using LstmGpu.Devices.Cpu;
using Xunit;

namespace LstmGpu.Tests.Devices;

public sealed class CpuThreadTeamTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void Run_OfManyShortTasks_RunsEachOnceOnEveryMember(int count)
    {
        using CpuThreadTeam team = new(count);
        int[] runs = new int[count];
        for (int n = 0; n < 2_000; n++)
        {
            team.Run(new Work(member => runs[member]++));
            Assert.All(runs, r => Assert.Equal(n + 1, r));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Barrier_LetsNobodyPassBeforeAllHaveCome(int count)
    {
        const int rounds = 500;
        using CpuThreadTeam team = new(count);
        int[] arrived = new int[count];
        int early = 0;
        for (int task = 0; task < 3; task++)
        {
            Array.Clear(arrived);
            team.Run(new Work(member =>
            {
                for (int round = 1; round <= rounds; round++)
                {
                    Volatile.Write(ref arrived[member], round);
                    team.Barrier();
                    for (int other = 0; other < count; other++)
                    {
                        if (Volatile.Read(ref arrived[other]) < round)
                        {
                            Interlocked.Increment(ref early);
                        }
                    }
                }
            }));
        }
        Assert.Equal(0, early);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Exception_OfAnyMember_ReachesTheCallerAfterAllHaveFinished(int thrower)
    {
        using CpuThreadTeam team = new(3);
        for (int n = 0; n < 50; n++)
        {
            int finished = 0;
            InvalidOperationException thrown = Assert.Throws<InvalidOperationException>(() => team.Run(new Work(member =>
            {
                if (member == thrower)
                {
                    throw new InvalidOperationException($"member {member}");
                }
                Thread.Sleep(1);
                Interlocked.Increment(ref finished);
            })));
            Assert.Equal(($"member {thrower}", 2), (thrown.Message, finished));

            int sum = 0;
            team.Run(new Work(member => Interlocked.Add(ref sum, member + 1)));
            Assert.Equal(6, sum);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Exception_BeforeABarrier_ReleasesThoseWhoWaitThere(int thrower)
    {
        using CpuThreadTeam team = new(3);
        for (int n = 0; n < 20; n++)
        {
            InvalidOperationException thrown = Assert.Throws<InvalidOperationException>(() => team.Run(new Work(member =>
            {
                team.Barrier();
                if (member == thrower)
                {
                    throw new InvalidOperationException($"member {member}");
                }
                team.Barrier();
            })));
            Assert.Equal($"member {thrower}", thrown.Message);

            int after = 0;
            team.Run(new Work(_ =>
            {
                Interlocked.Increment(ref after);
                team.Barrier();
                Assert.Equal(3, Volatile.Read(ref after));
            }));
        }
    }

    [Fact]
    public void Workers_ThatHaveGoneToSleep_WakeForTheNextTask()
    {
        using CpuThreadTeam team = new(3);
        for (int n = 0; n < 4; n++)
        {
            Thread.Sleep(150);
            int sum = 0;
            team.Run(new Work(member => Interlocked.Add(ref sum, member + 1)));
            Assert.Equal(6, sum);
        }
    }

    [Fact]
    public void Dispose_EndsEveryWorker_AwakeOrAsleep()
    {
        foreach (int pause in (int[])[0, 150])
        {
            Thread?[] threads = new Thread?[3];
            using (CpuThreadTeam team = new(3))
            {
                team.Run(new Work(member => threads[member] = Thread.CurrentThread));
                Thread.Sleep(pause);
            }
            Assert.Same(Thread.CurrentThread, threads[0]);
            Assert.False(threads[1]!.IsAlive || threads[2]!.IsAlive);
        }
    }

    private sealed class Work(Action<int> run) : ITeamTask
    {
        public void Run(int member) => run(member);
    }
}
