namespace LstmGpu.Devices.OpenCl;

/// <summary>The driver's return codes, by the names and meanings of the specification (OpenCL 1.2, cl.h).</summary>
internal static class OpenClStatus
{
    public const int Success = 0;
    public const int DeviceNotFound = -1;
    public const int PlatformNotFound = -1001;

    /// <exception cref="DeviceException">The code is not success. Two words instead of a sentence, so that a success builds no string.</exception>
    public static void Check(int code, string action, string subject)
    {
        if (code != Success)
        {
            throw Failure(code, action, subject);
        }
    }

    public static DeviceException Failure(int code, string action, string subject) =>
        new($"OpenCL could not {action} '{subject}': {Describe(code)}; {NextStep(code)}");

    /// <summary><c>CL_OUT_OF_RESOURCES (-5): the device ran out of …</c></summary>
    public static string Describe(int code)
    {
        (string name, string meaning) = Lookup(code);
        return FormattableString.Invariant($"{name} ({code}): {meaning}");
    }

    private static string NextStep(int code) => code switch
    {
        -2 or -36 => "check that the device is still there (lstmgpu devices) and resume from the last checkpoint",
        -4 or -5 or -6 => "use a smaller --batch, --bptt or --hidden, or resume from the last checkpoint",
        _ => "lstmgpu devices shows the driver; --device cpu runs without one",
    };

    private static (string Name, string Meaning) Lookup(int code) => code switch
    {
        0 => ("CL_SUCCESS", "done"),
        -1 => ("CL_DEVICE_NOT_FOUND", "the platform has no such device"),
        -2 => ("CL_DEVICE_NOT_AVAILABLE", "the device is there but cannot be used now"),
        -3 => ("CL_COMPILER_NOT_AVAILABLE", "the driver has no compiler"),
        -4 => ("CL_MEM_OBJECT_ALLOCATION_FAILURE", "the device has no memory left for a buffer"),
        -5 => ("CL_OUT_OF_RESOURCES", "the device ran out of registers, local memory or memory, or a kernel failed"),
        -6 => ("CL_OUT_OF_HOST_MEMORY", "the driver found no host memory"),
        -8 => ("CL_MEM_COPY_OVERLAP", "source and destination overlap"),
        -11 => ("CL_BUILD_PROGRAM_FAILURE", "the driver's compiler refused the program"),
        -12 => ("CL_MAP_FAILURE", "the buffer cannot be mapped into host memory"),
        -13 => ("CL_MISALIGNED_SUB_BUFFER_OFFSET", "the offset is not aligned for the device"),
        -14 => ("CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST", "an earlier command failed"),
        -15 => ("CL_COMPILE_PROGRAM_FAILURE", "the driver's compiler refused the source"),
        -16 => ("CL_LINKER_NOT_AVAILABLE", "the driver has no linker"),
        -17 => ("CL_LINK_PROGRAM_FAILURE", "the driver's linker refused the program"),
        -30 => ("CL_INVALID_VALUE", "an argument is outside its range"),
        -32 => ("CL_INVALID_PLATFORM", "the platform is not known"),
        -33 => ("CL_INVALID_DEVICE", "the device is not known"),
        -34 => ("CL_INVALID_CONTEXT", "the context is not valid"),
        -36 => ("CL_INVALID_COMMAND_QUEUE", "the queue is not valid any more"),
        -37 => ("CL_INVALID_HOST_PTR", "the host address does not fit the flags"),
        -38 => ("CL_INVALID_MEM_OBJECT", "the buffer is not valid"),
        -42 => ("CL_INVALID_BINARY", "the binary is not for this device or driver"),
        -43 => ("CL_INVALID_BUILD_OPTIONS", "the compiler does not know an option"),
        -44 => ("CL_INVALID_PROGRAM", "the program is not valid"),
        -45 => ("CL_INVALID_PROGRAM_EXECUTABLE", "the program has not been built for this device"),
        -46 => ("CL_INVALID_KERNEL_NAME", "the program has no kernel of this name"),
        -47 => ("CL_INVALID_KERNEL_DEFINITION", "the kernel differs between devices"),
        -48 => ("CL_INVALID_KERNEL", "the kernel is not valid"),
        -49 => ("CL_INVALID_ARG_INDEX", "the kernel has fewer arguments"),
        -50 => ("CL_INVALID_ARG_VALUE", "the argument has no valid value"),
        -51 => ("CL_INVALID_ARG_SIZE", "the argument has another size in the kernel"),
        -52 => ("CL_INVALID_KERNEL_ARGS", "an argument has not been set"),
        -53 => ("CL_INVALID_WORK_DIMENSION", "a launch has 1 to 3 dimensions"),
        -54 => ("CL_INVALID_WORK_GROUP_SIZE", "the group is too large, or does not divide the global size"),
        -55 => ("CL_INVALID_WORK_ITEM_SIZE", "the group is too large in one dimension"),
        -56 => ("CL_INVALID_GLOBAL_OFFSET", "the global offset is too large"),
        -57 => ("CL_INVALID_EVENT_WAIT_LIST", "the list of events is not valid"),
        -58 => ("CL_INVALID_EVENT", "the event is not valid"),
        -59 => ("CL_INVALID_OPERATION", "the operation is not allowed here"),
        -61 => ("CL_INVALID_BUFFER_SIZE", "the size is 0 or above the device's largest allocation"),
        -63 => ("CL_INVALID_GLOBAL_WORK_SIZE", "the global size is 0 or too large"),
        -64 => ("CL_INVALID_PROPERTY", "a property is not known"),
        -1001 => ("CL_PLATFORM_NOT_FOUND_KHR", "no OpenCL driver is registered"),
        _ => ("unknown code", "not in OpenCL 1.2; the driver's manual may know it"),
    };
}
