namespace LstmGpu.Devices;

/// <summary>What a compiled kernel takes from the device, as its driver says.</summary>
/// <param name="Registers">Per thread.</param>
/// <param name="SharedBytes">Shared memory of a group, fixed when the kernel was compiled.</param>
/// <param name="SpillBytes">Per thread, in memory: what did not fit into registers.</param>
/// <param name="GroupsPerUnit">Groups that a multiprocessor holds at once.</param>
public sealed record KernelResources(string Kernel, int Registers, int SharedBytes, int SpillBytes, int GroupsPerUnit);
