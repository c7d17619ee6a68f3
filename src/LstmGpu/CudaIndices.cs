namespace LstmGpu;

/// <summary>
/// Tokens or labels on a CUDA device that another library owns: int32 elements side by side. PyTorch's are int64: <c>ids.to(torch.int32)</c>, once per batch.
/// They are read where they are and by the device alone, so nobody can refuse one that is out of range: it reads beyond the table, which ends the context.
/// </summary>
/// <param name="Pointer">Of the first element (CUdeviceptr, PyTorch's <c>data_ptr()</c>), at a multiple of 4.</param>
/// <param name="Count">Elements.</param>
public readonly record struct CudaIndices(nint Pointer, long Count);
