namespace LstmGpu.Devices.Cuda;

/// <summary>The driver's return codes, by the names and meanings of its manual (CUDA 12, cuda.h).</summary>
internal static class CudaStatus
{
    public const int Success = 0;
    public const int InvalidValue = 1;
    public const int OutOfMemory = 2;
    public const int NoDevice = 100;

    /// <exception cref="DeviceException">The code is not success. Two words instead of a sentence, so that a success builds no string.</exception>
    public static void Check(int code, string action, string subject)
    {
        if (code != Success)
        {
            throw Failure(code, action, subject);
        }
    }

    public static DeviceException Failure(int code, string action, string subject) =>
        new($"CUDA could not {action} '{subject}': {Describe(code)}; {NextStep(code)}");

    /// <summary><c>CUDA_ERROR_ILLEGAL_ADDRESS (700): a kernel …</c></summary>
    public static string Describe(int code)
    {
        (string name, string meaning) = Lookup(code);
        return FormattableString.Invariant($"{name} ({code}): {meaning}");
    }

    /// <summary>Whether the context is lost: every later call of this process gives the same code. The call that reports it need not be the one at fault.</summary>
    public static bool IsSticky(int code) => code is 214 or 220 or 226 or 700 or 702 or 710 or (>= 714 and <= 719) or 721;

    private static string NextStep(int code) => code switch
    {
        _ when IsSticky(code) =>
            "an earlier command caused it and the device is lost to this process, the last checkpoint is valid: resume from it in a new one, and report this if it repeats",
        OutOfMemory => "close what else uses the device, or use a smaller --batch, --bptt or --hidden",
        101 or 802 => "check that the device is still there (nvidia-smi) and resume from the last checkpoint",
        209 or 218 or 222 => "update the driver, or use --device cpu",
        _ => "nvidia-smi shows the driver's state; --device cpu runs without one",
    };

    private static (string Name, string Meaning) Lookup(int code) => code switch
    {
        0 => ("CUDA_SUCCESS", "done"),
        1 => ("CUDA_ERROR_INVALID_VALUE", "an argument is outside its range"),
        2 => ("CUDA_ERROR_OUT_OF_MEMORY", "the device has not that much memory left"),
        3 => ("CUDA_ERROR_NOT_INITIALIZED", "the driver was not initialised"),
        4 => ("CUDA_ERROR_DEINITIALIZED", "the driver is shutting down"),
        34 => ("CUDA_ERROR_STUB_LIBRARY", "this library is the one to link with; the driver's own is not on the library path"),
        46 => ("CUDA_ERROR_DEVICE_UNAVAILABLE", "another process has the device for itself"),
        100 => ("CUDA_ERROR_NO_DEVICE", "the driver sees no device"),
        101 => ("CUDA_ERROR_INVALID_DEVICE", "the device is not known"),
        200 => ("CUDA_ERROR_INVALID_IMAGE", "the kernel's image is not valid"),
        201 => ("CUDA_ERROR_INVALID_CONTEXT", "no context is current, or it was destroyed"),
        205 => ("CUDA_ERROR_MAP_FAILED", "memory could not be mapped"),
        209 => ("CUDA_ERROR_NO_BINARY_FOR_GPU", "the image holds no code for this device"),
        214 => ("CUDA_ERROR_ECC_UNCORRECTABLE", "a memory error on the device could not be corrected"),
        216 => ("CUDA_ERROR_CONTEXT_ALREADY_IN_USE", "another thread has the context"),
        218 => ("CUDA_ERROR_INVALID_PTX", "the driver's compiler refused the PTX"),
        220 => ("CUDA_ERROR_NVLINK_UNCORRECTABLE", "an error on the link between devices could not be corrected"),
        221 => ("CUDA_ERROR_JIT_COMPILER_NOT_FOUND", "the driver's PTX compiler library is missing"),
        222 => ("CUDA_ERROR_UNSUPPORTED_PTX_VERSION", "the driver's compiler is older than the PTX"),
        223 => ("CUDA_ERROR_JIT_COMPILATION_DISABLED", "the PTX compiler is switched off (CUDA_DISABLE_PTX_JIT)"),
        226 => ("CUDA_ERROR_CONTAINED", "a memory error on the device ended what this process had there"),
        304 => ("CUDA_ERROR_OPERATING_SYSTEM", "a call of the operating system failed"),
        400 => ("CUDA_ERROR_INVALID_HANDLE", "a handle is not valid"),
        401 => ("CUDA_ERROR_ILLEGAL_STATE", "something needed is not in a state for this"),
        500 => ("CUDA_ERROR_NOT_FOUND", "the module has no such name"),
        600 => ("CUDA_ERROR_NOT_READY", "not finished yet"),
        700 => ("CUDA_ERROR_ILLEGAL_ADDRESS", "a kernel read or wrote memory that is not its own"),
        701 => ("CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES", "the kernel needs more registers or shared memory than a group may have"),
        702 => ("CUDA_ERROR_LAUNCH_TIMEOUT", "a kernel ran longer than the system allows on a device with a display"),
        703 => ("CUDA_ERROR_LAUNCH_INCOMPATIBLE_TEXTURING", "the launch uses an incompatible texturing mode"),
        709 => ("CUDA_ERROR_CONTEXT_IS_DESTROYED", "the context was destroyed"),
        710 => ("CUDA_ERROR_ASSERT", "a kernel stopped itself"),
        714 => ("CUDA_ERROR_HARDWARE_STACK_ERROR", "a kernel's stack was broken or too deep"),
        715 => ("CUDA_ERROR_ILLEGAL_INSTRUCTION", "a kernel met an instruction that the device does not know"),
        716 => ("CUDA_ERROR_MISALIGNED_ADDRESS", "a kernel read or wrote at an address that its type forbids"),
        717 => ("CUDA_ERROR_INVALID_ADDRESS_SPACE", "a kernel used an address of another kind of memory"),
        718 => ("CUDA_ERROR_INVALID_PC", "a kernel jumped outside its code"),
        719 => ("CUDA_ERROR_LAUNCH_FAILED", "a kernel failed on the device"),
        720 => ("CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE", "the device cannot run all groups of the launch at once"),
        721 => ("CUDA_ERROR_TENSOR_MEMORY_LEAK", "a kernel did not give its tensor memory back"),
        800 => ("CUDA_ERROR_NOT_PERMITTED", "the operation is not permitted"),
        801 => ("CUDA_ERROR_NOT_SUPPORTED", "the device or the driver cannot do this"),
        802 => ("CUDA_ERROR_SYSTEM_NOT_READY", "the system is not ready for CUDA; on a machine with NVSwitch the fabric manager must run"),
        803 => ("CUDA_ERROR_SYSTEM_DRIVER_MISMATCH", "the driver's kernel module and its library differ in version; restart after an update"),
        804 => ("CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE", "the compatibility library does not support this device"),
        900 => ("CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED", "this cannot be part of a graph"),
        901 => ("CUDA_ERROR_STREAM_CAPTURE_INVALIDATED", "an error ended the capture"),
        906 => ("CUDA_ERROR_STREAM_CAPTURE_IMPLICIT", "an implicit dependency crossed the capture"),
        908 => ("CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD", "the capture was begun on another thread"),
        912 => ("CUDA_ERROR_INVALID_CLUSTER_SIZE", "the device cannot form clusters of that size of these groups"),
        999 => ("CUDA_ERROR_UNKNOWN", "the driver does not say"),
        _ => ("unknown code", "the manual of the driver API may know it"),
    };
}
