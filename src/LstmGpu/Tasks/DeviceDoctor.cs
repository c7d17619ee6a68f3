using System.Diagnostics;
using LstmGpu.Devices;
using LstmGpu.Devices.Cpu;
using LstmGpu.Devices.Reference;
using LstmGpu.Kernels;

namespace LstmGpu.Tasks;

/// <summary>Holds a device's operations against a double-precision reference, as <c>lstmgpu doctor</c> and <c>lstmgpu devices</c>.</summary>
public static class DeviceDoctor
{
    // Where a training step spends its time: registers that spill there cost more than any other fault of compilation.
    private static readonly string[] Hot =
    [
        $"{nameof(GemmKernels)}_{nameof(GemmKernels.Multiply)}_",
        $"{nameof(TensorGemmKernels)}_{nameof(TensorGemmKernels.Multiply)}_",
        $"{nameof(TensorGemmKernels)}_{nameof(TensorGemmKernels.MultiplyStored)}_",
        $"{nameof(LstmKernels)}_{nameof(LstmKernels.ForwardStep)}_",
        $"{nameof(LstmKernels)}_{nameof(LstmKernels.BackwardStep)}_",
        $"{nameof(LstmTensorKernels)}_{nameof(LstmTensorKernels.ForwardStep)}_",
        $"{nameof(LstmTensorKernels)}_{nameof(LstmTensorKernels.BackwardStep)}_",
    ];

    /// <summary>
    /// Every operation on awkward shapes, in fp32-strict, then the products and the steps of an LSTM in each other precision that the device has, or in the one that is asked for alone; on
    /// the emulator few and small shapes.
    /// </summary>
    /// <exception cref="DeviceException">The device cannot be opened.</exception>
    /// <exception cref="ConfigurationException">The device does not have the precision.</exception>
    public static DeviceHealth Examine(DeviceOptions device, CancellationToken cancel = default)
    {
        DeviceHealth health;
        using (IBackend backend = DeviceCatalog.Open(device with { Precision = device.Precision ?? PrecisionWord.Fp32Strict }))
        {
            health = backend.Device.Precision == PrecisionWord.Fp32Strict ? Examine(backend, cancel) : new(backend.Device, Products(backend, cancel));
        }
        if (device.Precision is not null || health.Device.Name == CpuDevice.Name)
        {
            return health;
        }
        foreach (string precision in (string[])[PrecisionWord.Tf32, PrecisionWord.Bf16, PrecisionWord.Fp16])
        {
            using IBackend backend = DeviceCatalog.Open(device with { Name = health.Device.Name, Precision = precision });
            health = health with { Operations = [.. health.Operations, .. Products(backend, cancel)] };
        }
        return health;
    }

    internal static OperationHealth[] Products(IBackend backend, CancellationToken cancel) =>
        [.. new OperationChecks(backend).AllProducts(cancel).Select(Health)];

    internal static DeviceHealth Examine(IBackend backend, CancellationToken cancel) =>
        new(backend.Device, [.. new OperationChecks(backend).All(cancel).Select(Health)]) { Kernels = Compiled(backend) };

    /// <summary>One LSTM layer of a small odd shape, forward and backward. Whatever fails is a result, not an exception.</summary>
    public static SelfTest Test(string device)
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            using IBackend backend = DeviceCatalog.Open(new DeviceOptions { Name = device, Precision = PrecisionWord.Fp32Strict });
            return new(Health(new OperationChecks(backend).SelfTest()), Stopwatch.GetElapsedTime(start));
        }
        catch (LstmGpuException error)
        {
            return new(new("self-test", 0, double.PositiveInfinity, "", error.Message), Stopwatch.GetElapsedTime(start));
        }
    }

    // A device that was lost on the way has nothing to tell.
    internal static KernelHealth[] Compiled(IBackend backend)
    {
        try
        {
            return [.. backend.Kernels().Select(k => new KernelHealth(k, Hot.Any(name => k.Kernel.StartsWith(name, StringComparison.Ordinal))))];
        }
        catch (DeviceException)
        {
            return [];
        }
    }

    private static OperationHealth Health(Finding f) => new(f.Operation, f.Cases, f.Worst, f.Shape, f.Failure);
}

/// <summary>What was found of a device.</summary>
public sealed record DeviceHealth(DeviceDescription Device, IReadOnlyList<OperationHealth> Operations)
{
    /// <summary>What each kernel takes from the device; empty where its driver does not tell.</summary>
    public IReadOnlyList<KernelHealth> Kernels { get; init; } = [];

    public bool Passed => Operations.All(o => o.Passed) && Kernels.All(k => k.Passed);
}

/// <summary>A compiled kernel.</summary>
/// <param name="Hot">Whether a training step depends on its speed: then it must not spill.</param>
public sealed record KernelHealth(KernelResources Resources, bool Hot)
{
    public bool Passed => !Hot || Resources.SpillBytes == 0;
}

/// <summary>The worst case of one operation.</summary>
/// <param name="Cases">Shapes that were tried.</param>
/// <param name="WorstError">Error over tolerance, at most 1 where all is well.</param>
/// <param name="WorstShape">Where that was.</param>
/// <param name="Failure">Why the operation did not end, or null.</param>
public sealed record OperationHealth(string Operation, int Cases, double WorstError, string WorstShape, string? Failure)
{
    public bool Passed => WorstError <= 1;
}

/// <summary>Whether a device computes, and how long it took to find out.</summary>
public sealed record SelfTest(OperationHealth Health, TimeSpan Elapsed);
