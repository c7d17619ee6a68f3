namespace LstmGpu;

/// <summary>
/// Memory on a CUDA device that another library owns, or that a layer lends: float32 elements side by side, row-major, time-major. Nothing is copied: a layer
/// reads and writes it where it is, so it must be in the device's primary context, which PyTorch, CuPy and the CUDA runtime use too.
/// </summary>
/// <param name="Pointer">Of the first element (CUdeviceptr, PyTorch's <c>data_ptr()</c>), at a multiple of 4.</param>
/// <param name="Count">Elements.</param>
public readonly record struct CudaTensor(nint Pointer, long Count);

/// <summary>States of all layers on a CUDA device, or their gradients.</summary>
/// <param name="Hidden">h, [L·D,B,P].</param>
/// <param name="Cell">c, [L·D,B,H]; the default where the cell has none.</param>
public sealed record CudaState(CudaTensor Hidden, CudaTensor Cell = default);
