using LstmGpu.Devices;
using LstmGpu.Devices.Cuda;
using LstmGpu.Devices.Emulator;
using LstmGpu.Devices.Portable;
using LstmGpu.Devices.Reference;
using LstmGpu.Tasks;
using LstmGpu.Tests.Training;
using Xunit;

namespace LstmGpu.Tests.Devices.Cuda;

/// <summary>Products by cuBLAS: what it is told, that it can be captured, and what becomes of its failures.</summary>
[Collection(FakeCudaTests.Name)]
public sealed class CublasTests
{
    [SkippableTheory]
    [InlineData("NN", "NN m 5 n 3 k 7 lda 5 ldb 7 ldc 5")]
    [InlineData("NT", "TN m 5 n 3 k 7 lda 7 ldb 7 ldc 5")]
    [InlineData("TN", "NT m 5 n 3 k 7 lda 5 ldb 3 ldc 5")]
    public void Product_IsToldAsThatOfTheTransposes_AndMatchesReference(string layout, string told)
    {
        using FakeCuda fake = new();
        using KernelBackend backend = fake.WithCublas();

        foreach (bool accumulate in (bool[])[false, true])
        {
            BackendContract.CheckRoundedGemm(backend, ProductPrecision.Fp32Strict, Enum.Parse<GemmLayout>(layout), 3, 5, 7, accumulate);
        }

        Assert.Equal([$"{told} alpha 1 beta 0 types 0 0 0 compute 68 algorithm -1", $"{told} alpha 1 beta 1 types 0 0 0 compute 68 algorithm -1"], fake.Products());
        Assert.Empty(fake.Launches());
    }

    [SkippableTheory]
    [InlineData("fp32-strict", 68)]
    [InlineData("tf32", 77)]
    [InlineData("bf16", 75)]
    [InlineData("fp16", 74)]
    public void Precision_IsTheTypeOfComputation(string word, int compute)
    {
        using FakeCuda fake = new();
        CudaDevice device = fake.Device();
        ProductPrecision precision = PrecisionWord.Parse(word)!.Value;
        // The emulator's name, for its few and small shapes.
        CudaQueue queue = new(new CudaContext(device, 1024), CudaEntry.Describe(device) with { Name = EmulatorDevice.Name });
        using KernelBackend backend = new(queue, precision, queue.Cublas(precision, [FakeCublas.File]));

        Multiply(backend);

        Assert.EndsWith($"compute {compute} algorithm -1", fake.Products().Single(), StringComparison.Ordinal);
        Assert.Equal((word, "cublas", "cuBLAS 12.4.5"), (backend.Device.Precision, backend.Device.Gemm, backend.Device.GemmLibrary));
        // The fake cuts operands off, which doctor allows a library.
        Assert.All(new OperationChecks(backend).AllProducts(CancellationToken.None), finding => Assert.InRange(finding.Worst, 1e-9, 1));
    }

    [SkippableTheory]
    [InlineData(8, 4 << 20)]
    [InlineData(9, 32 << 20)]
    public void Library_HasTheStreamBeforeTheWorkspace_AndEndsWithTheDevice(int major, int bytes)
    {
        using FakeCuda fake = new();
        fake.Attribute(CudaDeviceAttribute.ComputeCapabilityMajor, major);
        using (KernelBackend backend = fake.WithCublas())
        {
            using KernelBackend own = fake.Backend();
            Assert.Equal(own.ScratchBytes + bytes, backend.ScratchBytes);
        }

        Assert.Equal(["cublasCreate_v2", "cublasGetVersion_v2", "cublasSetStream_v2", "cublasSetWorkspace_v2", "cublasSetMathMode", "cublasDestroy_v2"], fake.Log.OfCublas());
        Assert.Equal($"  {bytes} bytes", fake.Log[Array.IndexOf(fake.Log, "cublasSetWorkspace_v2") + 1]);
        Assert.Equal((0, 0), (fake.Live, fake.ReleasedTwice));
    }

    [SkippableFact]
    public void Training_IsCapturedWithNothingButProducts_AndFollowsOurOwn()
    {
        using FakeCuda fake = new();
        EmulatedLaunch.InstallIn(fake);
        using SmallRuns runs = new();
        RunOptions options = runs.Options(new() { Embedding = 4, Hidden = 6, Layers = 2, Dropout = 0.3 }, new() { ClipNorm = 0.5, Steps = 4, EvalEvery = 2 });
        Train("graph", options, fake.WithCublas);
        string[] log = fake.Log;
        Train("direct", options with { Device = options.Device with { Graph = "off" } }, fake.WithCublas);
        Train("own", options, (_, _) => fake.Backend());

        Assert.Null(EmulatedLaunch.Failure);
        int[] begins = [.. Enumerable.Range(0, log.Length).Where(n => log[n] == "cuStreamBeginCapture_v2")];
        Assert.Equal(2, begins.Length);
        string[] captured = [.. begins.SelectMany(n => log.Skip(n).TakeWhile(line => line != "cuStreamEndCapture")).OfCublas()];
        Assert.InRange(captured.Length, 9, 20); // of two layers and a decoder, forward and backward
        Assert.Equal(["cublasGemmEx"], captured.Distinct());
        Assert.Equal(runs.Results("direct").Select(r => r.Bytes), runs.Results("graph").Select(r => r.Bytes));
        double[] own = Losses("own"), theirs = Losses("graph");
        Assert.Equal(4, own.Distinct().Count());
        Near.EqualRelatively("loss", own, theirs, relative: 1e-5, floor: 0);
        Assert.Equal((0, 0), (fake.Live, fake.ReleasedTwice));

        void Train(string name, RunOptions how, Func<ProductPrecision, GemmChoice, KernelBackend> open)
        {
            using TrainingRun run = TrainingRun.Create(how, runs.At(name), _ => open(ProductPrecision.Fp32Strict, GemmChoice.Cublas));
            run.Run();
        }
        double[] Losses(string name) => [.. runs.Rows(name).Where(row => row.GetProperty("split").GetString() == "train").Select(row => row.GetProperty("loss").GetDouble())];
    }

    [SkippableFact]
    public void PaddedProduct_AndOneOfNothing_StayWithOurKernel()
    {
        using FakeCuda fake = new();
        EmulatedLaunch.InstallIn(fake);
        using KernelBackend backend = fake.WithCublas();
        using DeviceBuffer memory = backend.Allocate("operands", 4096);
        DeviceSlice<float> x = new(memory, 0, 64), y = new(memory, 100, 64), z = new(memory, 200, 64);

        backend.InputWeightGradient(2, 2, 4, 3, x, y, z, new DeviceSlice<int>(memory, 300, 2));
        backend.Gemm(GemmLayout.NN, 3, 5, 0, x, y, z, accumulate: true);
        Assert.Empty(fake.Products());
        backend.InputWeightGradient(2, 2, 4, 3, x, y, z, default);
        Assert.Single(fake.Products());
    }

    [Theory]
    [InlineData(46341, 46341, 1, false)]
    [InlineData(46340, 46340, 1, true)]
    [InlineData(1, 65536, 32768, false)]
    [InlineData(65536, 1, 32768, false)]
    [InlineData(0, 1, 1, false)]
    public void ProductBeyond32Bits_IsNotTheLibrarys(long m, long n, long k, bool fits) => Assert.Equal(fits, KernelBackend.FitsLibrary(m, n, k));

    [SkippableTheory]
    [InlineData("cublasGemmEx", 13, "cuBLAS could not multiply NN M=3 N=5 K=7: CUBLAS_STATUS_EXECUTION_FAILED (13): the device could not run the product")]
    [InlineData("cublasCreate_v2", 1, "cuBLAS could not start: CUBLAS_STATUS_NOT_INITIALIZED (1): the library did not start: the driver is older than it")]
    [InlineData("cublasSetWorkspace_v2", 7, "cuBLAS could not take its workspace: CUBLAS_STATUS_INVALID_VALUE (7): an argument is outside its range; use --gemm own")]
    [InlineData("cublasGetVersion_v2", 99, "cuBLAS could not tell its version: unknown code (99)")]
    public void Failure_SaysWhatAndWhy_AndReleasesEverything(string function, int code, string message)
    {
        using FakeCuda fake = new();
        fake.Fail(function, 1, code);

        DeviceException error = Assert.Throws<DeviceException>(() =>
        {
            using KernelBackend backend = fake.WithCublas();
            Multiply(backend);
        });

        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
        Assert.Equal((0, 0), (fake.Live, fake.ReleasedTwice));
    }

    [SkippableFact]
    public void Auto_WithoutALibraryThatStarts_SaysWhyItIsOurOwn()
    {
        using FakeCuda fake = new();
        fake.Fail("cublasCreate_v2", 1, 1);

        using (KernelBackend refused = fake.WithCublas(gemm: GemmChoice.Auto))
        {
            Assert.Equal(("own", null), (refused.Device.Gemm, refused.Device.GemmLibrary));
            Assert.StartsWith("cuBLAS could not start: CUBLAS_STATUS_NOT_INITIALIZED (1)", refused.Device.GemmReason, StringComparison.Ordinal);
        }
        using IBackend absent = CudaEntry.Open("cuda", fake.Discover(), null, GemmChoice.Auto, ["/nowhere/libcublas.so.12"])!;
        Assert.StartsWith("no cuBLAS (/nowhere/libcublas.so.12); install NVIDIA's cuBLAS", absent.Device.GemmReason, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void LibraryThatIsAbsentOrAnother_IsRefused()
    {
        using FakeCuda fake = new();
        string Refusal(string file) => Assert.Throws<DeviceException>(() => CudaEntry.Open("cuda", fake.Discover(), null, GemmChoice.Cublas, [file])).Message;

        Assert.Equal("no cuBLAS (/nowhere/libcublas.so.12); install NVIDIA's cuBLAS, or name its file in LSTMGPU_CUBLAS, or use --gemm own", Refusal("/nowhere/libcublas.so.12"));
        Assert.Contains("is no cuBLAS of CUDA 11 to 13 (it has no cublasSetWorkspace_v2)", Refusal("libc.so.6"), StringComparison.Ordinal);
        Assert.Equal((0, 0), (fake.Live, fake.ReleasedTwice));
    }

    [Fact]
    public void Names_EndAtTheDriversVersion_UnlessTheEnvironmentSaysWhich()
    {
        string Name(int version) => OperatingSystem.IsWindows() ? $"cublas64_{version}.dll" : $"libcublas.so.{version}";

        Assert.Equal([Name(12), Name(11)], CublasLibrary.Names(new(12, 4), _ => null));
        Assert.Equal([Name(13), Name(12), Name(11)], CublasLibrary.Names(new(13, 0), _ => ""));
        Assert.Equal(["/opt/x.so"], CublasLibrary.Names(new(12, 4), name => name == "LSTMGPU_CUBLAS" ? "/opt/x.so" : null));
    }

    [Theory]
    [InlineData("cpu")]
    [InlineData("emulator")]
    public void OtherDevice_RefusesCublas_AndTakesAutoAsItsOwn(string device)
    {
        ConfigurationException error = Assert.Throws<ConfigurationException>(() => Device.Open(device, threads: 1, gemm: "cublas"));
        Assert.Equal($"the device '{device}' cannot multiply by cuBLAS, found --gemm cublas; use --gemm own, or --device cuda", error.Message);
        Assert.Throws<ConfigurationException>(() => Device.Open(device, threads: 1, gemm: "mkl"));
        using Device open = Device.Open(device, threads: 1, gemm: "auto");
        Assert.Equal("own", open.Description.Gemm);
    }

    private static void Multiply(KernelBackend backend)
    {
        using DeviceBuffer memory = backend.Allocate("operands", 4096);
        backend.Gemm(GemmLayout.NN, 3, 5, 7, new(memory, 0, 21), new(memory, 100, 35), new(memory, 200, 15), accumulate: false);
        backend.Download(new DeviceSlice<float>(memory, 200, 1), new float[1]);
    }
}
