namespace LstmGpu.Kernels;

/// <summary>
/// The order of the gate blocks in every weight, bias and gate buffer: PyTorch's i, f, g, o.
/// Block k of a [4H, ·] matrix is rows k·H … (k+1)·H − 1. Nothing else in the project states this order.
/// </summary>
internal static class Gate
{
    public const int Input = 0;
    public const int Forget = 1;
    public const int Cell = 2;
    public const int Output = 3;

    /// <summary>Gates of an LSTM: the 4 in 4H.</summary>
    public const int Count = 4;
}
