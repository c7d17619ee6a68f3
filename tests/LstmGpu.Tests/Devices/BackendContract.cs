using LstmGpu.Devices;
using LstmGpu.Devices.Reference;
using Xunit;

namespace LstmGpu.Tests.Devices;

/// <summary>
/// What every device must do: each operation of <see cref="IBackend"/> × awkward shapes × every device of the catalog, against the double-precision
/// reference, in guarded memory. A device is tested by being listed. Shapes are those of <see cref="AwkwardSizes"/>, tolerances of <see cref="Tolerances"/>.
/// </summary>
public sealed partial class BackendContract
{
    public static TheoryData<string> Devices => [.. DeviceUnderTest.Names];
}
