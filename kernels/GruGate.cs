namespace LstmGpu.Kernels;

/// <summary>The order of a GRU's blocks in its weights, biases and gates: PyTorch's r, z, n. Nothing else in the project states this order.</summary>
internal static class GruGate
{
    public const int Reset = 0;
    public const int Update = 1;
    public const int New = 2;

    public const int Count = 3;
}
