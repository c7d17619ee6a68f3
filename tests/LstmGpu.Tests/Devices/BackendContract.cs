using LstmGpu.Devices;
using LstmGpu.Tests.Reference;
using Xunit;

namespace LstmGpu.Tests.Devices;

/// <summary>
/// What every device must do: each operation of <see cref="IBackend"/> × awkward shapes × every device of the catalog, against the double-precision
/// reference, in guarded memory. A device is tested by being listed. u = 2⁻²⁴ is the largest relative error of one float32 rounding.
/// </summary>
/// <remarks>
/// The tolerance of a sum of K terms: each of its K roundings adds an error of random sign, at most u and in the mean square u/√3 times the partial sum.
/// Partial sums of terms of random sign stay near ‖terms‖₂; among millions of elements the unluckiest sum runs to 5‖terms‖₂, half of it on the
/// average of the way, and its roundings to 5 standard deviations: 2.5·5/√3 ≈ 7. Every sum allows c·√K·u·‖terms‖₂ with c = 8.
/// </remarks>
public sealed partial class BackendContract
{
    private const double U = Precision.Rounding;

    /// <summary>c of the tolerance of a sum.</summary>
    private const double C = 8;

    /// <summary>Lengths beside 1, a vector, a tile and a power of two.</summary>
    private static readonly int[] Awkward = [1, 2, 7, 15, 16, 17, 63, 64, 65, 257];

    /// <summary>Lengths of one-dimensional operations: the awkward ones, and one that is shared out between threads and ends unevenly.</summary>
    private static readonly int[] Lengths = [.. Awkward, 100_003];

    public static TheoryData<string> Devices => [.. DeviceUnderTest.Names];

    /// <summary>The 2-norm of the terms of a sum.</summary>
    private static double TermNorm(IEnumerable<double> terms) => Math.Sqrt(terms.Sum(term => term * term));
}
