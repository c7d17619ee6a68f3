namespace LstmGpu.Devices.Portable;

/// <summary>Matrix products by a library that the machine has, in the order of the queue's commands; they can be captured with them.</summary>
internal interface IProductLibrary : IDisposable
{
    /// <summary>With its version.</summary>
    string Name { get; }

    /// <summary>Of the device, for as long as it is open.</summary>
    long WorkspaceBytes { get; }

    /// <summary>C = op(A)·op(B), or C += op(A)·op(B); no size is 0.</summary>
    /// <exception cref="DeviceException">The library refuses.</exception>
    void Multiply(GemmLayout layout, int m, int n, int k, DeviceSlice<float> a, DeviceSlice<float> b, DeviceSlice<float> c, bool accumulate);
}
