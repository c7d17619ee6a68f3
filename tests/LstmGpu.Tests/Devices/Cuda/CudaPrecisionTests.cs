using LstmGpu.Devices;
using LstmGpu.Devices.Cuda;
using LstmGpu.Devices.Portable;
using LstmGpu.Devices.Reference;
using LstmGpu.Kernels;
using Xunit;

namespace LstmGpu.Tests.Devices.Cuda;

/// <summary>Which kernel a product takes on which CUDA device, and what the driver is told of it.</summary>
[Collection(FakeCudaTests.Name)]
public sealed class CudaPrecisionTests
{
    [SkippableTheory]
    [InlineData(7, 0, null, "fp32-strict")]
    [InlineData(7, 5, "tf32", "tf32")]
    [InlineData(8, 6, null, "tf32")]
    [InlineData(9, 0, "fp32-strict", "fp32-strict")]
    [InlineData(9, 0, "bf16", "bf16")]
    public void Device_LeftToItself_TakesTf32WhereItHasTensorCores(int major, int minor, string? asked, string precision)
    {
        using FakeCuda fake = new();
        fake.Attribute(CudaDeviceAttribute.ComputeCapabilityMajor, major);
        fake.Attribute(CudaDeviceAttribute.ComputeCapabilityMinor, minor);

        using IBackend backend = CudaEntry.Open("cuda", fake.Discover(), PrecisionWord.Parse(asked))!;

        Assert.Equal(precision, backend.Device.Precision);
    }

    [SkippableTheory]
    [InlineData(7, 0, "bf16", "GemmKernels_Multiply_1_2 grid")]
    [InlineData(7, 5, "fp32-strict", "GemmKernels_Multiply_1_0 grid")]
    [InlineData(8, 0, "fp32-strict", "GemmKernels_Multiply_1_0 grid")]
    [InlineData(8, 0, "tf32", "TensorGemmKernels_Multiply_1_1 grid 6,1,1 group 128,1,1")]
    [InlineData(8, 6, "bf16", "TensorGemmKernels_Multiply_1_2 grid 6,1,1 group 128,1,1")]
    [InlineData(9, 0, "fp16", "TensorGemmKernels_Multiply_1_3 grid 6,1,1 group 128,1,1")]
    public void Product_TakesTensorCoresFromSm80On(int major, int minor, string word, string launch)
    {
        using FakeCuda fake = new();
        fake.Attribute(CudaDeviceAttribute.ComputeCapabilityMajor, major);
        fake.Attribute(CudaDeviceAttribute.ComputeCapabilityMinor, minor);
        using KernelBackend backend = new(fake.Queue(), PrecisionWord.Parse(word)!.Value);
        using DeviceBuffer memory = backend.Allocate("operands", 1 << 20);
        DeviceSlice<float> a = new(memory, 0, 129 * 7), b = new(memory, 1000, 130 * 7), c = new(memory, 2000, 129 * 130);

        backend.Gemm(GemmLayout.NT, 129, 130, 7, a, b, c, accumulate: false);

        Assert.StartsWith(launch, fake.Launches().Last(), StringComparison.Ordinal);
        string image = fake.Image(launch[..launch.IndexOf(' ', StringComparison.Ordinal)])!;
        Assert.Contains($"\n.target {PtxImages.Architecture((10 * major) + minor)}\n", image, StringComparison.Ordinal);
        Assert.Equal(launch.StartsWith("Tensor", StringComparison.Ordinal), image.Contains("mma.sync.aligned", StringComparison.Ordinal));
    }

    [SkippableFact]
    public void Kernels_OfADeviceWithoutTensorCores_AreTheOthers()
    {
        using FakeCuda fake = new();
        fake.Attribute(CudaDeviceAttribute.ComputeCapabilityMajor, 7);
        using CudaQueue queue = fake.Queue();

        string[] names = [.. queue.Kernels().Select(k => k.Kernel)];

        Assert.Equal(KernelTexts.All.Where(t => t.ComputeCapability <= 70).Select(t => t.Name), names);
        Assert.DoesNotContain(names, name => name.StartsWith("TensorGemmKernels_Multiply", StringComparison.Ordinal));
    }

    [SkippableTheory]
    [InlineData("tf32", false)]
    [InlineData("bf16", true)]
    [InlineData("fp16", false)]
    public void Product_WithItsLaunchesRunInTheEmulator_MatchesReference(string word, bool inParts)
    {
        using FakeCuda fake = new();
        EmulatedLaunch.InstallIn(fake);
        ProductPrecision precision = PrecisionWord.Parse(word)!.Value;
        using KernelBackend backend = new(fake.Queue(), precision);

        BackendContract.CheckRoundedGemm(backend, precision, GemmLayout.NN, 20, 68, 36, accumulate: true);
        // One tile of C on 13 multiprocessors: k is shared out.
        if (inParts)
        {
            BackendContract.CheckRoundedGemm(backend, precision, GemmLayout.TN, 20, 12, 520, accumulate: true);
        }

        Assert.Null(EmulatedLaunch.Failure);
        string[] launches = [.. fake.Launches().Select(line => line[..line.IndexOf(" group", StringComparison.Ordinal)])];
        string[] parts = [$"TensorGemmKernels_Multiply_2_{(int)precision} grid 1,1,2", "TensorGemmKernels_AddParts grid 1,1,1"];
        Assert.Equal([$"TensorGemmKernels_Multiply_0_{(int)precision} grid 2,1,1", .. inParts ? parts : []], launches);
    }

    [SkippableTheory]
    [InlineData(7, "bf16", "LstmKernels_ForwardStep_1_2 grid 1,1,1 group 16,16,1", "LstmKernels_BackwardStep_1_2 grid 1,1,1 group 16,16,1")]
    [InlineData(8, "fp32-strict", "LstmKernels_ForwardStep_1_0 grid 1,1,1 group 16,16,1", "LstmKernels_BackwardStep_1_0 grid 1,1,1 group 16,16,1")]
    [InlineData(8, "tf32", "LstmTensorKernels_ForwardStep_8_1 grid 2,2,1 group 128,1,1", "LstmTensorKernels_BackwardStep_8_1 grid 2,1,1 group 128,1,1")]
    [InlineData(9, "fp16", "LstmTensorKernels_ForwardStep_8_3 grid 2,2,1 group 128,1,1", "LstmTensorKernels_BackwardStep_8_3 grid 2,1,1 group 128,1,1")]
    public void LstmStep_TakesTensorCoresFromSm80On_AndWithItsLaunchesRunInTheEmulatorMatchesReference(int major, string word, string forward, string backward)
    {
        using FakeCuda fake = new();
        fake.Attribute(CudaDeviceAttribute.ComputeCapabilityMajor, major);
        fake.Attribute(CudaDeviceAttribute.ComputeCapabilityMinor, 0);
        EmulatedLaunch.InstallIn(fake);
        ProductPrecision precision = PrecisionWord.Parse(word)!.Value;
        using KernelBackend backend = new(fake.Queue(), precision);
        LstmShape shape = new(T: 2, B: 9, I: 2, H: 9);
        UniformInputs uniform = new(76);
        LstmInputs inputs = LstmExamples.Inputs(shape, uniform);

        BackendContract.CheckRoundedLstm(backend, precision, inputs, LstmUpstream.Uniform(shape, uniform), lengths: null);

        Assert.Null(EmulatedLaunch.Failure);
        string[] steps = [.. fake.Launches().Where(line => line.Contains("Step_", StringComparison.Ordinal))];
        Assert.Equal(2 * shape.T, steps.Length);
        Assert.All(steps[..shape.T], line => Assert.StartsWith(forward, line, StringComparison.Ordinal));
        Assert.All(steps[shape.T..], line => Assert.StartsWith(backward, line, StringComparison.Ordinal));
    }
}
