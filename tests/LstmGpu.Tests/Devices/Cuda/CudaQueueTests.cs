using System.Globalization;
using LstmGpu.Devices;
using LstmGpu.Devices.Cuda;
using LstmGpu.Kernels;
using LstmGpu.Tests.Devices.Portable;
using Xunit;

namespace LstmGpu.Tests.Devices.Cuda;

[Collection(FakeCudaTests.Name)]
public sealed class CudaQueueTests
{
    [SkippableFact]
    public void Launch_HandsOverAddressesOffsetsLengthsAndNumbers_InTheOrderAndSizeOfThePtx()
    {
        using FakeCuda fake = new();
        using CudaQueue queue = fake.Queue();
        var a = (CudaBuffer)queue.Allocate("a", 4000);
        var b = (CudaBuffer)queue.Allocate("b", 4000);
        DeviceSlice<float> x = new(a, 5, 33), y = new(b, 3, 77);

        GemmLauncher.Multiply(queue, (3, 2, 1), (int)GemmLayout.NT, Rounding.Fp32, x, y, new DeviceSlice<float>(a, 100, 800), 7, 11, -1, true, default(DeviceSlice<int>), 6);
        DropoutLauncher.Apply(queue, (1, 1, 1), x, y, 0.5f, 2f, 0xFEDCBA9876543210, new DeviceSlice<uint>(b, 9, 2), 0xFFFFFFFF);
        LstmLauncher.BackwardStep(queue, (1, 2, 3), 4, Rounding.Fp32, x, default(DeviceSlice<float>), x, x, x, x, x, x, default(DeviceSlice<int>), 5, 9, 8);

        Assert.Equal(
            [
                $"GemmKernels_Multiply_1_0 grid 3,2,1 group 16,16,1 shared 0 args {View(a, 5, 33)} {View(b, 3, 77)} {View(a, 100, 800)} 4:7 4:b 4:ffffffff 1:1 8:0 8:0 8:0 4:6",
                $"DropoutKernels_Apply grid 1,1,1 group 256,1,1 shared 0 args {View(a, 5, 33)} {View(b, 3, 77)} 4:3f000000 4:40000000 8:fedcba9876543210 {View(b, 9, 2)} 4:ffffffff",
                $"LstmKernels_BackwardStep_4_0 grid 1,2,3 group 16,16,1 shared 0 args {View(a, 5, 33)} 8:0 8:0 8:0 {string.Join(' ', Enumerable.Repeat(View(a, 5, 33), 6))} 8:0 8:0 8:0 4:5 4:9 4:8",
            ],
            fake.Launches());
    }

    [SkippableTheory]
    [InlineData(7, 5, "sm_70")]
    [InlineData(8, 6, "sm_80")]
    [InlineData(9, 0, "sm_90a")]
    [InlineData(12, 0, "sm_80")]
    public void Driver_IsHandedThePtxOfItsArchitecture_OncePerKernel(int major, int minor, string architecture)
    {
        using FakeCuda fake = new();
        fake.Attribute(CudaDeviceAttribute.ComputeCapabilityMajor, major);
        fake.Attribute(CudaDeviceAttribute.ComputeCapabilityMinor, minor);
        using CudaQueue queue = fake.Queue();
        using DeviceBuffer buffer = queue.Allocate("x", 400);
        DeviceSlice<float> x = new(buffer, 0, 100);

        for (int n = 0; n < 3; n++)
        {
            OptimizerLauncher.ClipFactor(queue, (1, 1, 1), x, x, n);
        }

        string expected = File.ReadAllText(Path.Combine(Repository.Root, "kernels", "ptx", architecture, "OptimizerKernels_ClipFactor.ptx"));
        Assert.Equal(expected, fake.Image("OptimizerKernels_ClipFactor"));
        Assert.Equal((1, 3), (fake.Log.Count(line => line == "cuModuleLoadDataEx"), fake.Launches().Count()));
    }

    [SkippableFact]
    public void EveryKernel_LoadsAndTellsWhatItTakes()
    {
        using FakeCuda fake = new();
        using CudaQueue queue = fake.Queue();

        IReadOnlyList<KernelResources> kernels = queue.Kernels();

        Assert.Equal(KernelTexts.All.Where(t => t.Cluster == 0).Select(t => t.Name), kernels.Select(k => k.Kernel)); // of 8.6, which has no clusters
        Assert.All(kernels, k => Assert.Equal((77, 8704, 0), (k.Registers, k.SharedBytes, k.SpillBytes)));
        Assert.Equal(6, kernels.First(k => k.Kernel == "GemmKernels_Multiply_0_0").GroupsPerUnit); // of 1,536 threads, in groups of 256
    }

    [SkippableFact]
    public unsafe void SharedMemory_BeyondWhatAGroupHasAnyway_IsAskedForOnce_AndAttributesGoAlong()
    {
        using FakeCuda fake = new();
        fake.Attribute(CudaDeviceAttribute.ClusterLaunch, 1);
        using CudaContext context = fake.Open();
        byte[] image = PtxImages.Find("OptimizerKernels_ClipFactor", 86)!;
        using CudaKernel kernel = new(context, "OptimizerKernels_ClipFactor", image, (1, 1, 1));
        long zero = 0;
        void** arguments = stackalloc void*[] { &zero, &zero, &zero, &zero, &zero, &zero, &zero };
        fake.ClearLog();

        kernel.Launch((1, 1, 1), (48 << 10) - 8704, arguments);
        kernel.Launch((1, 1, 1), 60_000, arguments);
        kernel.Launch((8, 1, 1), 60_000, arguments, [CudaLaunchAttribute.Cooperative, CudaLaunchAttribute.Cluster(8, 1, 1)]);
        var error = Assert.Throws<DeviceException>(() => kernel.Launch((1, 1, 1), 200_000, arguments));

        const string Name = "OptimizerKernels_ClipFactor";
        string[] expected =
        [
            "cuLaunchKernel", $"  {Name} grid 1,1,1 group 1,1,1 shared 40448 args",
            "cuFuncSetAttribute", $"  {Name} 8=60000", "cuLaunchKernel", $"  {Name} grid 1,1,1 group 1,1,1 shared 60000 args",
            "cuLaunchKernelEx", "  attribute 2: 1,0,0", "  attribute 4: 8,1,1", $"  {Name} grid 8,1,1 group 1,1,1 shared 60000 args",
            "cuFuncSetAttribute", $"  {Name} 8=200000",
        ];
        Assert.Equal(expected, fake.Log.Where(line => line != "cuCtxSetCurrent").Select(line => line.Contains(" args", StringComparison.Ordinal) ? line[..(line.IndexOf(" args", StringComparison.Ordinal) + 5)] : line));
        Assert.StartsWith($"CUDA could not give shared memory to '{Name}': CUDA_ERROR_INVALID_VALUE (1): ", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void PtxThatTheDriverRefuses_IsNamedWithTheCompilersLog_AndNothingStays()
    {
        using FakeCuda fake = new();
        using CudaContext context = fake.Open();

        var error = Assert.Throws<DeviceException>(() => new CudaKernel(context, "broken", "no such instruction\0"u8, (1, 1, 1)));
        byte[] image = PtxImages.Find("OptimizerKernels_ClipFactor", 86)!;
        var missing = Assert.Throws<DeviceException>(() => new CudaKernel(context, "another", image, (1, 1, 1)));

        Assert.Equal(
            "kernel 'broken' does not load on 'Fake GPU 0' (CUDA 12.4): CUDA_ERROR_INVALID_PTX (218): the driver's compiler refused the PTX; the driver says: " +
            "ptxas application ptx input, line 7; error   : Unknown instruction | ptxas fatal   : Ptx assembly aborted; update the driver, or use --device cpu",
            error.Message);
        Assert.StartsWith("CUDA could not find kernel 'another': CUDA_ERROR_NOT_FOUND (500): ", missing.Message, StringComparison.Ordinal);
        Assert.Equal((5, 5), (context.Ledger.Live, fake.Live));
    }

    [SkippableFact]
    public void Launch_AllocatesNothing()
    {
        using FakeCuda fake = new();
        using CudaQueue queue = fake.Queue();
        using DeviceBuffer buffer = queue.Allocate("x", 64 * sizeof(float));
        DeviceSlice<float> x = new(buffer, 0, 64);
        float[] values = new float[64];
        void Step()
        {
            for (int n = 0; n < 10; n++)
            {
                queue.Upload<float>(values, x);
                OptimizerLauncher.ClipFactor(queue, (1, 1, 1), x, x, n);
                queue.Download(x, values);
            }
        }
        for (int n = 0; n < 30; n++)
        {
            Step();
        }
        Assert.Equal(0, Allocations.Of(Step));
    }

    [SkippableFact]
    public void Launch_OnAGridOfNothing_DoesNothing()
    {
        using FakeCuda fake = new();
        using CudaQueue queue = fake.Queue();

        queue.Launch(new BrokenCall(default), (0, 1, 1));
        queue.Launch(new BrokenCall(default), (1, 1, 0));

        Assert.Empty(fake.Launches());
        Assert.Contains("no PTX of kernel 'broken'", Assert.Throws<DeviceException>(() => queue.Launch(new BrokenCall(default), (1, 1, 1))).Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData(1, 65536, 1)]
    [InlineData(1, 1, 65536)]
    [InlineData(-5, 1, 1)]
    public void Launch_OnAGridThatCudaDoesNotTake_IsRefusedWithTheKernelAndTheLimits(int x, int y, int z)
    {
        using FakeCuda fake = new();
        using CudaQueue queue = fake.Queue();
        using DeviceBuffer buffer = queue.Allocate("x", 400);
        DeviceSlice<float> slice = new(buffer, 0, 100);

        var error = Assert.Throws<DeviceException>(() => OptimizerLauncher.ClipFactor(queue, (x, y, z), slice, slice, 1));
        OptimizerLauncher.ClipFactor(queue, (int.MaxValue, 65535, 65535), slice, slice, 1);

        Assert.Equal(
            $"kernel 'OptimizerKernels_ClipFactor' needs a grid of {x} x {y} x {z} groups, CUDA takes 2147483647 x 65535 x 65535 at most; use smaller sizes, or --device cpu",
            error.Message);
        Assert.Single(fake.Launches());
    }

    [SkippableFact]
    public void Graph_NotesTheWorkInsteadOfRunningIt_AndReplaysItAsOftenAsAsked()
    {
        using FakeCuda fake = new();
        EmulatedLaunch.InstallIn(fake);
        using CudaContext context = fake.Open();
        using CudaBuffer x = context.Allocate("x", 64 * sizeof(float)), sum = context.Allocate("sum", 4);
        using CudaQueue queue = new(context, CudaEntry.Describe(context.Device));
        DeviceSlice<float> xs = new(x, 0, 64), sums = new(sum, 0, 1), part = xs.Slice(0, 32);
        BiasLauncher.Add(queue, (1, 1, 1), sums, xs, 1); // loads it
        queue.Fill(xs, 0);
        queue.Fill(sums, 2);
        queue.Finish();
        fake.ClearLog();

        using (CudaGraph graph = CudaGraph.Capture(context, () =>
        {
            BiasLauncher.Add(queue, (32, 1, 1), sums, xs, 1);
            queue.Copy(part, xs.Slice(32, 32));
        }))
        {
            Assert.Equal(
                ["cuStreamBeginCapture_v2", "cuLaunchKernel", "cuMemcpyDtoDAsync_v2", "cuStreamEndCapture", "  2 commands of 1", "cuGraphInstantiateWithFlags"],
                fake.Log.Where(line => line != "cuCtxSetCurrent" && !line.Contains(" grid ", StringComparison.Ordinal)));
            Assert.Equal(new float[64], queue.Download<float>(x));
            for (int n = 0; n < 3; n++)
            {
                graph.Launch();
            }
            Assert.Equal([.. Enumerable.Repeat(6f, 64)], queue.Download<float>(x));
        }
        Assert.Null(EmulatedLaunch.Failure);
        Assert.Equal(8, fake.Live); // context, stream, staging, events, two buffers, one module
    }

    [SkippableFact]
    public void Capture_OfWhatCannotBeReplayed_IsRefused_AndTheStreamGoesOn()
    {
        using FakeCuda fake = new();
        using CudaContext context = fake.Open();
        using CudaBuffer x = context.Allocate("x", 256);
        DeviceSlice<float> xs = new(x, 0, 64);

        var error = Assert.Throws<DeviceException>(() => CudaGraph.Capture(context, () => context.Download(xs, new float[64])));
        context.Fill(xs, 4);
        var back = new float[64];
        context.Download(xs, back);

        Assert.Contains("CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED (900)", error.Message, StringComparison.Ordinal);
        Assert.Equal(4, back[63]);
        Assert.Equal((6, 6), (context.Ledger.Live, fake.Live));
    }

    [SkippableTheory]
    [InlineData(2)]
    [InlineData(719)]
    public void FailureOfAnyCall_IsADeviceError_AndEverythingIsReleased(int code)
    {
        using FakeCuda fake = new();
        int calls = 0, refused = 0;
        void Work(CudaDevice device, out HandleLedger? ledger)
        {
            ledger = null;
            CudaContext context = new(device, 1024);
            ledger = context.Ledger;
            using CudaQueue queue = new(context, CudaEntry.Describe(device));
            using DeviceBuffer buffer = queue.Allocate("x", 4000);
            DeviceSlice<float> x = new(buffer, 0, 1000);
            queue.Upload<float>(new float[1000], x);
            BiasLauncher.Add(queue, (1, 1, 1), x, x, 1);
            using (CudaGraph graph = CudaGraph.Capture(context, () => queue.Fill(new DeviceSlice<float>(buffer, 0, 9), 1)))
            {
                graph.Launch();
            }
            queue.Download(x, new float[1000]);
            queue.Finish();
        }
        CudaDevice device = fake.Device();
        int before = fake.Calls;
        Work(device, out _);
        calls = fake.Calls - before;
        for (int call = 1; call <= calls; call++)
        {
            fake.Reset();
            fake.FailAt(call, code);
            HandleLedger? ledger = null;
            try
            {
                Work(device, out ledger);
            }
            catch (DeviceException e)
            {
                Assert.Contains(CudaStatus.Describe(code), e.Message, StringComparison.Ordinal);
                refused++;
            }
            string at = string.Create(CultureInfo.InvariantCulture, $"call {call} of {calls}");
            Assert.True(fake.Live == 0 && fake.ReleasedTwice == 0 && ledger is null or { Live: 0 }, $"{at}: {fake.Live} objects are left, {fake.ReleasedTwice} released twice");
        }
        Assert.InRange(refused, calls / 2, calls);
    }

    private static string View(CudaBuffer buffer, long offset, long length) => FormattableString.Invariant($"8:{buffer.Address:x} 8:{offset:x} 8:{length:x}");
}
