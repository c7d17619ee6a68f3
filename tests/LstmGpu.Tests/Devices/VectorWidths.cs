using System.Runtime.Intrinsics.X86;
using LstmGpu.Devices;
using LstmGpu.Devices.Reference;
using Xunit;

namespace LstmGpu.Tests.Devices;

/// <summary>Tests here change an environment variable that opening a device reads, so they run while no other test does.</summary>
[CollectionDefinition(nameof(VectorWidths), DisableParallelization = true)]
public sealed class VectorWidthsCollection;

/// <summary>The cpu device under each vector width that this processor has.</summary>
[Collection(nameof(VectorWidths))]
public sealed class VectorWidths
{
    private const string Variable = "LSTMGPU_SIMD";

    [SkippableTheory]
    [InlineData(128)]
    [InlineData(256)]
    [InlineData(512)]
    public void Cpu_MatchesReference_UnderEveryVectorWidth(int width)
    {
        Skip.If(width == 256 && !Avx2.IsSupported, "this processor has no 256-bit vectors");
        Skip.If(width == 512 && !Avx512F.IsSupported, "this processor has no 512-bit vectors");
        string? before = Environment.GetEnvironmentVariable(Variable);
        try
        {
            Environment.SetEnvironmentVariable(Variable, width.ToString(System.Globalization.CultureInfo.InvariantCulture));
            using IBackend backend = DeviceUnderTest.Open("cpu");
            Assert.Contains($"{width}", backend.Device.Detail);
            foreach (GemmLayout layout in Enum.GetValues<GemmLayout>())
            {
                foreach ((int m, int n, int k) in ((int, int, int)[])[(1, 1, 1), (7, 17, 65), (16, 64, 2), (65, 63, 257)])
                {
                    BackendContract.CheckGemm(backend, layout, m, n, k, accumulate: true);
                }
            }
            foreach (LstmShape shape in (LstmShape[])[new(1, 1, 1, 1), new(2, 5, 17, 7), new(7, 6, 5, 16), new(7, 17, 65, 65), new(2, 7, 1, 130)])
            {
                BackendContract.CheckLstm(backend, shape);
            }
            BackendContract.CheckSoftmax(backend, 17, 65, 5);
            BackendContract.CheckCrossEntropy(backend, 65, AwkwardSizes.Tokens(17, 65), null, 0.1f, new UniformInputs(92).Floats(65), [0.5f], 5);
            BackendContract.CheckLayerNorm(backend, 17, 65, affine: true);
            BackendContract.CheckPenalty(backend, new ReferenceSequences(3, 5, 65, []), 2, 1);
            BackendContract.CheckPeriodicDropout(backend, 17, 65);
            BackendContract.CheckAdam(backend, 257, 0.5f, new(0.01, 0.9, 0.999, 1e-8, 0.01, Decoupled: true, Step: 3));
            BackendContract.CheckRmsprop(backend, 257, 0.5f, first: false, new(0.01, 0.99, 1e-8, 0.9, 0.01));
            BackendContract.CheckAdagrad(backend, 257, 0.5f, new(0.01, 0.1, 1e-10, 0.01, Step: 3));
            BackendContract.CheckAsgd(backend, 257, 0.5f, new(0.1, 0.1, 0.75, 0.01, Step: 9, Start: 3));
            BackendContract.CheckAsgd(backend, 257, 0.5f, new(0.1, 0.1, 0.75, 0.01, Step: 2, Start: 3));
        }
        finally
        {
            Environment.SetEnvironmentVariable(Variable, before);
        }
    }
}
