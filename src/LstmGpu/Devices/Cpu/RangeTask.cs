namespace LstmGpu.Devices.Cpu;

/// <summary>Work over 0…Items that can be cut anywhere: each member takes one contiguous part.</summary>
internal abstract class RangeTask(CpuThreadTeam team) : ITeamTask
{
    // Below this many elements the hand-over costs more than the work.
    private const long WorthSharing = 8_192;

    private long items;
    private bool alone;

    void ITeamTask.Run(int member)
    {
        if (alone)
        {
            Range(0, items);
        }
        else
        {
            Range(items * member / team.Count, items * (member + 1) / team.Count);
        }
    }

    /// <param name="count">Items to cut.</param>
    /// <param name="elementsPerItem">Elements behind an item, to judge whether sharing pays.</param>
    protected void Share(long count, long elementsPerItem = 1)
    {
        items = count;
        alone = count * elementsPerItem < WorthSharing;
        if (alone)
        {
            Range(0, count);
        }
        else
        {
            team.Run(this);
        }
    }

    protected abstract void Range(long from, long to);
}
