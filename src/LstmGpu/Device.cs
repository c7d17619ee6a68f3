using LstmGpu.Devices;
using LstmGpu.Devices.Cuda;

namespace LstmGpu;

/// <summary>An open device: what layers are constructed on. One thread at a time; layers must be disposed before it.</summary>
public sealed class Device : IDisposable
{
    internal Device(IBackend backend) => Backend = backend;

    public DeviceDescription Description => Backend.Device;

    internal IBackend Backend { get; }

    /// <summary>Opens a device.</summary>
    /// <param name="name"><c>auto</c>, or a name that <see cref="DeviceCatalog.List"/> gives: <c>cpu</c>, <c>opencl</c>, <c>emulator</c> …</param>
    /// <param name="threads">Threads of the device <c>cpu</c>; 0: one for each core this process may use.</param>
    /// <param name="precision">
    /// What matrix products make of their operands before they multiply; they sum in float32, and states and parameters are float32 in any case: <c>fp32-strict</c>
    /// nothing, <c>tf32</c> 10 bits of mantissa, <c>bf16</c>, <c>fp16</c>. Null: <c>tf32</c> on a CUDA device that has it, else <c>fp32-strict</c>.
    /// A program that trains in <c>fp16</c> scales its loss by itself.
    /// </param>
    /// <param name="gemm">Whose matrix products: <c>own</c>, <c>cublas</c> on a CUDA device of a machine that has it, or <c>auto</c>, the faster of both.</param>
    /// <exception cref="DeviceException">The device cannot run here, or cuBLAS is asked for and not to be had.</exception>
    /// <exception cref="ConfigurationException">No such precision or choice of products, or the device does not have it.</exception>
    public static Device Open(string name = "auto", int threads = 0, string? precision = null, string gemm = "own") =>
        new(DeviceCatalog.Open(new DeviceOptions { Name = name, Threads = threads, Precision = precision, Gemm = gemm }));

    /// <summary>
    /// Opens a CUDA device on a stream of the caller's, for layers that read and write the memory of another library (<see cref="CudaTensor"/>). All commands
    /// of all layers go there; the stream must outlive the device object and is not destroyed with it.
    /// </summary>
    /// <param name="stream">CUstream of the device's primary context (PyTorch's <c>cuda_stream</c>); 0: the default stream.</param>
    /// <param name="ordinal">The driver's number of the device.</param>
    /// <exception cref="DeviceException">The device cannot run here, or the stream belongs to another context.</exception>
    public static Device OpenCuda(nint stream, int ordinal = 0) => new(CudaEntry.OpenOn(stream, ordinal));

    public void Dispose() => Backend.Dispose();
}
