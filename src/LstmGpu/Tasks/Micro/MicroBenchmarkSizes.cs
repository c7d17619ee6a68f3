using LstmGpu.Kernels;

namespace LstmGpu.Tasks;

/// <summary>How much is measured.</summary>
/// <param name="WarmUp">Launches before the first that is timed.</param>
/// <param name="Rounds">Barriers or exchanges of a launch; the history of all of them stays in the cache of the device.</param>
/// <param name="Groups">That exchange; those that the device has not are left out, and as many as it has come last.</param>
/// <param name="Exchanged">KiB of an exchange.</param>
/// <param name="Clusters">Groups of a cluster.</param>
/// <param name="Gathered">KiB that every multiprocessor reads.</param>
/// <param name="Work">MiB that every multiprocessor reads in a launch, and a 64th of the products per warp.</param>
/// <param name="Forms">Operands of tensor cores.</param>
/// <param name="Tiles">Columns of a product, by eight.</param>
/// <param name="Points">Arguments of a function.</param>
internal sealed record MicroBenchmarkSizes(int WarmUp, int Rounds, int[] Groups, int[] Exchanged, int[] Clusters, int[] Gathered, int Work, int[] Forms, int[] Tiles, int Points)
{
    public static readonly MicroBenchmarkSizes Full = new(
        WarmUp: 2,
        Rounds: 128,
        Groups: [8, 32, 128],
        Exchanged: [8, 16, 32, 64, 128],
        Clusters: [2, 4, 8],
        Gathered: [32, 128, 1024, 8192],
        Work: 64,
        Forms: [Rounding.Tf32, Rounding.Bf16, Rounding.Fp16],
        Tiles: [1, 2, 4],
        Points: 1 << 20);

    public static readonly MicroBenchmarkSizes Quick = new(
        WarmUp: 0, Rounds: 2, Groups: [2], Exchanged: [8], Clusters: [2], Gathered: [32], Work: 0, Forms: [Rounding.Bf16], Tiles: [1], Points: 600);
}
