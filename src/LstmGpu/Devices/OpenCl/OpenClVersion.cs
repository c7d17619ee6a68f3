using System.Globalization;

namespace LstmGpu.Devices.OpenCl;

/// <summary>Whether a device is new enough for the kernels: OpenCL 1.2, with a compiler, switched on.</summary>
internal static class OpenClVersion
{
    public static readonly Version Oldest = new(1, 2);

    /// <summary>Why the device cannot run the kernels, or null.</summary>
    public static string? Refusal(string version, bool available, bool compiler)
    {
        Version? found = Parse(version);
        if (found is null)
        {
            return $"its version '{version}' is not of the form 'OpenCL 1.2 …'; update the driver";
        }
        if (found < Oldest)
        {
            return $"it has OpenCL {found}, the kernels need {Oldest}; update the driver";
        }
        return !available ? "the driver says that it is not available; check the device"
            : !compiler ? "its driver has no compiler; install the full driver"
            : null;
    }

    /// <summary>The number in <c>OpenCL 3.0 vendor text</c> (CL_DEVICE_VERSION), or null.</summary>
    public static Version? Parse(string text)
    {
        string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words is not ["OpenCL", var number, ..] || number.Split('.') is not [var major, var minor])
        {
            return null;
        }
        return Number(major, out int m) && Number(minor, out int n) ? new Version(m, n) : null;
    }

    private static bool Number(string digits, out int value) => int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
