using LstmGpu.Devices;

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
    /// <exception cref="DeviceException">The device cannot run here.</exception>
    public static Device Open(string name = "auto", int threads = 0) => new(DeviceCatalog.Open(new DeviceOptions { Name = name, Threads = threads }));

    public void Dispose() => Backend.Dispose();
}
