using LstmGpu.Devices;
using LstmGpu.Tests.Reference;
using Xunit;

namespace LstmGpu.Tests.Devices;

/// <summary>
/// What every device must do: each operation of <see cref="IBackend"/> × awkward shapes × every device of the catalog, against the double-precision
/// reference, in guarded memory. A device is tested by being listed. u = 2⁻²⁴ is the largest relative error of one float32 rounding.
/// </summary>
/// <remarks>
/// The tolerance of a sum of K terms: its partial sums grow as √j·σ, each rounding adds at most u times the partial sum with a random sign, so the
/// errors add up to about u·√K·‖terms‖₂/√2. Every sum below allows c·√K·u·‖terms‖₂ with c = 4, and one more rounding where a value is stored.
/// </remarks>
public sealed partial class BackendContract
{
    private const double U = Precision.Rounding;

    /// <summary>Lengths beside 1, a vector, a tile and a power of two.</summary>
    private static readonly int[] Awkward = [1, 2, 7, 15, 16, 17, 63, 64, 65, 257];

    /// <summary>Lengths of one-dimensional operations: the awkward ones, and one that is shared out between threads and ends unevenly.</summary>
    private static readonly int[] Lengths = [.. Awkward, 100_003];

    public static TheoryData<string> Devices => [.. DeviceUnderTest.Names];

    /// <summary>The 2-norm of the terms of a sum.</summary>
    private static double TermNorm(IEnumerable<double> terms) => Math.Sqrt(terms.Sum(term => term * term));
}
