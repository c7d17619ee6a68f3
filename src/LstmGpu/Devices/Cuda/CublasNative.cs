using System.Runtime.InteropServices;

namespace LstmGpu.Devices.Cuda;

/// <summary>The functions of cuBLAS that the device needs, named as in its manual without <c>cublas</c>; cublas_v2.h makes _v2 of the plain names.</summary>
internal static unsafe partial class CublasNative
{
    private const string Library = CublasLibrary.ImportName;

    [LibraryImport(Library, EntryPoint = "cublasCreate_v2")]
    public static partial int Create(out nint handle);

    [LibraryImport(Library, EntryPoint = "cublasDestroy_v2")]
    public static partial int Destroy(nint handle);

    [LibraryImport(Library, EntryPoint = "cublasGetVersion_v2")]
    public static partial int GetVersion(CublasHandle handle, out int version);

    [LibraryImport(Library, EntryPoint = "cublasSetStream_v2")]
    public static partial int SetStream(CublasHandle handle, StreamHandle stream);

    [LibraryImport(Library, EntryPoint = "cublasSetWorkspace_v2")]
    public static partial int SetWorkspace(CublasHandle handle, nint workspace, nuint bytes);

    [LibraryImport(Library, EntryPoint = "cublasSetMathMode")]
    public static partial int SetMathMode(CublasHandle handle, int mode);

    /// <summary>C [m,n] = α·op(A)·op(B) + β·C, of matrices whose columns lie one after the other.</summary>
    [LibraryImport(Library, EntryPoint = "cublasGemmEx")]
    public static partial int GemmEx(
        CublasHandle handle,
        CublasOperation operationA,
        CublasOperation operationB,
        int m,
        int n,
        int k,
        float* alpha,
        nint a,
        int typeOfA,
        int strideOfA,
        nint b,
        int typeOfB,
        int strideOfB,
        float* beta,
        nint c,
        int typeOfC,
        int strideOfC,
        CublasCompute compute,
        int algorithm);
}

/// <summary>cublasOperation_t.</summary>
internal enum CublasOperation
{
    None = 0,
    Transpose = 1,
}

/// <summary>cublasComputeType_t: what is made of operands in float32, which sum in it.</summary>
internal enum CublasCompute
{
    Float32 = 68,
    FastFloat16 = 74,
    FastBfloat16 = 75,
    FastTf32 = 77,
}

/// <summary>cuBLAS's own state; it must not outlive the context.</summary>
internal sealed class CublasHandle(nint value, PrimaryContextHandle context, HandleLedger ledger) : CudaHandle(value, context, ledger)
{
    protected override int Release(nint value) => CublasNative.Destroy(value);
}
