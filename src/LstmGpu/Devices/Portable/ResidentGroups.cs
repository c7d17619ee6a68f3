namespace LstmGpu.Devices.Portable;

/// <summary>How many groups of a kernel run at once.</summary>
/// <param name="Groups">On the whole device; 0 where it does not run.</param>
/// <param name="Units">Multiprocessors, over which they are spread.</param>
/// <param name="Missing">What the device or the build lacks for it, or null.</param>
internal sealed record ResidentGroups(int Groups, int Units, string? Missing);
