namespace LstmGpu.KernelCompiler;

/// <summary>Where a pointer points. OpenCL C 1.2 has no generic one, so every pointer carries its own.</summary>
internal enum AddressSpace
{
    Private,
    Global,
    Local,
}
