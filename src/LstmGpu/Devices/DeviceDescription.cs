namespace LstmGpu.Devices;

/// <summary>What <c>lstmgpu devices</c> prints and <c>environment.json</c> records.</summary>
/// <param name="Name">The name for <c>--device</c>.</param>
/// <param name="Model">The hardware, as it calls itself.</param>
/// <param name="Detail">Threads and vector width, or driver and version.</param>
/// <param name="MemoryBytes">Memory that a run may plan with.</param>
/// <param name="Units">Threads of the cpu, multiprocessors or compute units of a GPU.</param>
public sealed record DeviceDescription(string Name, string Model, string Detail, long MemoryBytes, int Units);
