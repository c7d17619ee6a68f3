using System.Globalization;
using LstmGpu.Devices.Portable;

namespace LstmGpu.Devices.Cuda;

/// <summary>
/// cuBLAS on the stream of a context. Its results are bit-equal from run to run on one device with one version (its manual, "Results reproducibility"):
/// one stream per handle, no atomics, and a workspace that is the handle's alone. That workspace also keeps it from allocating in a capture.
/// </summary>
internal sealed unsafe class CublasProducts : IProductLibrary
{
    // CUDA_R_32F, CUBLAS_GEMM_DEFAULT and CUBLAS_DEFAULT_MATH, in which float32 stays float32 unless the type of computation says otherwise.
    private const int Float32 = 0, AnyAlgorithm = -1, DefaultMath = 0;

    private readonly CudaContext context;
    private readonly CublasCompute compute;
    private readonly CublasHandle handle;
    private readonly CudaBuffer workspace;

    /// <summary>The library must be loaded.</summary>
    /// <exception cref="DeviceException">It does not start, or the device has no memory for its workspace.</exception>
    public CublasProducts(CudaContext context, ProductPrecision precision)
    {
        (this.context, compute) = (context, Compute(precision));
        context.Enter();
        CublasStatus.Check(CublasNative.Create(out nint value), "start");
        handle = new CublasHandle(value, context.Handle, context.Ledger);
        try
        {
            CublasStatus.Check(CublasNative.GetVersion(handle, out int number), "tell its version");
            Version = ReadVersion(number);
            workspace = context.Allocate("cuBLAS workspace", WorkspaceBytes);
            // In this order: a new stream takes the workspace away.
            CublasStatus.Check(CublasNative.SetStream(handle, context.Stream), "take the stream");
            CublasStatus.Check(CublasNative.SetWorkspace(handle, workspace.Address, (nuint)WorkspaceBytes), "take its workspace");
            CublasStatus.Check(CublasNative.SetMathMode(handle, DefaultMath), "set its mode");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public Version Version { get; }

    public string Name => $"cuBLAS {Version}";

    // What the manual advises for cublasSetWorkspace.
    public long WorkspaceBytes => context.Device.Architecture >= 90 ? 32L << 20 : 4L << 20;

    public void Multiply(GemmLayout layout, int m, int n, int k, DeviceSlice<float> a, DeviceSlice<float> b, DeviceSlice<float> c, bool accumulate)
    {
        // Rows read as columns are the transpose: Cᵀ [N,M] = op(B)ᵀ·op(A)ᵀ.
        CublasOperation first = layout == GemmLayout.NT ? CublasOperation.Transpose : CublasOperation.None;
        CublasOperation second = layout == GemmLayout.TN ? CublasOperation.Transpose : CublasOperation.None;
        int strideOfB = layout == GemmLayout.NT ? k : n, strideOfA = layout == GemmLayout.TN ? m : k;
        float alpha = 1, beta = accumulate ? 1 : 0;
        context.Enter();
        int code = CublasNative.GemmEx(
            handle, first, second, n, m, k, &alpha, b.Address(), Float32, strideOfB, a.Address(), Float32, strideOfA, &beta, c.Address(), Float32, n, compute, AnyAlgorithm);
        if (code != CublasStatus.Success)
        {
            CublasStatus.Check(code, FormattableString.Invariant($"multiply {layout} M={m} N={n} K={k}"));
        }
    }

    public void Dispose()
    {
        handle.Dispose();
        workspace?.Dispose();
    }

    private static CublasCompute Compute(ProductPrecision precision) => precision switch
    {
        ProductPrecision.Fp32Strict => CublasCompute.Float32,
        ProductPrecision.Tf32 => CublasCompute.FastTf32,
        ProductPrecision.Bf16 => CublasCompute.FastBfloat16,
        _ => CublasCompute.FastFloat16,
    };

    // 120405 is 12.4.5; until 11.8 it was 11803 for 11.8.3.
    private static Version ReadVersion(int number)
    {
        int unit = number >= 100_000 ? 10_000 : 1_000;
        return Version.Parse(string.Create(CultureInfo.InvariantCulture, $"{number / unit}.{number % unit / 100}.{number % 100}"));
    }
}
