namespace LstmGpu.Devices;

/// <summary>Whose matrix products a device runs.</summary>
internal enum GemmChoice
{
    /// <summary>The kernels of this build: the same bits whatever is installed.</summary>
    Own,

    /// <summary>NVIDIA's cuBLAS, on CUDA devices.</summary>
    Cublas,

    /// <summary>The faster of them, where there are two.</summary>
    Auto,
}

/// <summary>A choice as <c>device.gemm</c> spells it.</summary>
internal static class GemmWord
{
    public const string Own = "own", Cublas = "cublas", Auto = "auto";

    /// <exception cref="ConfigurationException">No choice has this name.</exception>
    public static GemmChoice Parse(string word) => word switch
    {
        Own => GemmChoice.Own,
        Cublas => GemmChoice.Cublas,
        Auto => GemmChoice.Auto,
        _ => throw new ConfigurationException($"device.gemm is '{word}', expected one of {Own}, {Cublas}, {Auto}"),
    };
}
