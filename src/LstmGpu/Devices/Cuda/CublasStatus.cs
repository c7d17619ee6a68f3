namespace LstmGpu.Devices.Cuda;

/// <summary>cuBLAS's return codes, by the names and meanings of its manual (cublas_api.h).</summary>
internal static class CublasStatus
{
    public const int Success = 0;

    /// <exception cref="DeviceException">The code is not success.</exception>
    public static void Check(int code, string action)
    {
        if (code != Success)
        {
            throw new DeviceException($"cuBLAS could not {action}: {Describe(code)}; {NextStep(code)}");
        }
    }

    /// <summary><c>CUBLAS_STATUS_EXECUTION_FAILED (13): the device …</c></summary>
    public static string Describe(int code)
    {
        (string name, string meaning) = Lookup(code);
        return FormattableString.Invariant($"{name} ({code}): {meaning}");
    }

    private static string NextStep(int code) => code switch
    {
        1 => "update the driver, or use --gemm own",
        3 => "close what else uses the device, use a smaller --batch, --bptt or --hidden, or --gemm own",
        _ => "use --gemm own, which needs no library",
    };

    private static (string Name, string Meaning) Lookup(int code) => code switch
    {
        0 => ("CUBLAS_STATUS_SUCCESS", "done"),
        1 => ("CUBLAS_STATUS_NOT_INITIALIZED", "the library did not start: the driver is older than it, or a device call failed"),
        3 => ("CUBLAS_STATUS_ALLOC_FAILED", "it could not have the memory that it asked for"),
        7 => ("CUBLAS_STATUS_INVALID_VALUE", "an argument is outside its range"),
        8 => ("CUBLAS_STATUS_ARCH_MISMATCH", "the device lacks something that the call needs"),
        11 => ("CUBLAS_STATUS_MAPPING_ERROR", "the device's memory could not be reached"),
        13 => ("CUBLAS_STATUS_EXECUTION_FAILED", "the device could not run the product, by its own fault or that of an earlier command"),
        14 => ("CUBLAS_STATUS_INTERNAL_ERROR", "something inside the library failed"),
        15 => ("CUBLAS_STATUS_NOT_SUPPORTED", "the library has not this product"),
        16 => ("CUBLAS_STATUS_LICENSE_ERROR", "the library found no licence for it"),
        _ => ("unknown code", "the manual of cuBLAS may know it"),
    };
}
