namespace LstmGpu.Tests;

internal static class Allocations
{
    private const int Tries = 5;

    /// <summary>
    /// Bytes that the calling thread allocates in <paramref name="work"/>: the least of some tries, because a collection that another test sets off
    /// in between adds what is left of the thread's allocation buffer, up to 8 KB.
    /// </summary>
    public static long Of(Action work)
    {
        long least = long.MaxValue;
        for (int n = 0; n < Tries && least > 0; n++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            work();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return least;
    }
}
