namespace LstmGpu.KernelCompiler;

/// <summary>What a kernel turned out to need beyond the plain language.</summary>
internal sealed class Features
{
    /// <summary>a·b + c may be rounded once.</summary>
    public bool Contraction { get; set; }

    public bool Doubles { get; set; }

    public bool LongAtomics { get; set; }

    public bool LongExtremeAtomics { get; set; }

    /// <summary>The least of the CUDA devices that it is for; 0: every device.</summary>
    public int ComputeCapability { get; set; }

    public bool DynamicSharedMemory { get; set; }
}
