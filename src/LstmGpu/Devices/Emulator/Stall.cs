using LstmGpu.Kernels;

namespace LstmGpu.Devices.Emulator;

/// <summary>Says why no thread of a group can go on: who waits where, and who did not come.</summary>
internal static class Stall
{
    public static string Describe(EmulatedThread[] threads)
    {
        // A warp that waits for a lane may be why the group waits: it is named first.
        var waiting = threads.Where(t => t.Waits is not Wait.None).OrderByDescending(t => t.Waits is Wait.Shuffle or Wait.WarpBarrier).First();
        bool inWarp = waiting.Waits is Wait.Shuffle or Wait.WarpBarrier;
        var partners = inWarp ? [.. threads.Where(t => t.WarpIndex == waiting.WarpIndex)] : threads;
        var present = partners.Where(t => t.Waits == waiting.Waits).ToList();
        var missing = partners.Except(present).ToList();
        string who = string.Join(" and ", missing.GroupBy(State).Select(g => $"{Ranges(g.Select(t => t.LinearIndex))} ({g.Key})"));
        string where = inWarp ? $"{Name(waiting.Waits)} of warp {waiting.WarpIndex}" : Name(waiting.Waits);
        return $"{where}: {present.Count} of {partners.Length} threads wait, missing are threads {who}; "
            + $"every thread of the {(inWarp ? "warp" : "group")} must reach it";
    }

    private static string State(EmulatedThread thread) => thread.Finished ? "finished" : $"at a {Name(thread.Waits)}";

    private static string Name(Wait wait) => wait switch
    {
        Wait.Barrier => "barrier",
        Wait.Broadcast => "broadcast",
        Wait.WarpBarrier => "warp barrier",
        Wait.ClusterBarrier => "barrier of the cluster",
        _ => "shuffle",
    };

    /// <summary>Ascending numbers with runs drawn together: 0-3, 7.</summary>
    private static string Ranges(IEnumerable<int> numbers) => string.Join(", ", numbers
        .Select((number, place) => (number, run: number - place))
        .GroupBy(n => n.run, n => n.number)
        .Select(run => run.First() == run.Last() ? $"{run.First()}" : $"{run.First()}-{run.Last()}"));
}
