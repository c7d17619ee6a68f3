using LstmGpu.Devices;

namespace LstmGpu.Layers;

/// <summary>Indices of another library as the engine names memory: elements of four bytes, as floats are.</summary>
internal static class BorrowedIndices
{
    /// <inheritdoc cref="IBackend.Borrow"/>
    public static DeviceSlice<int> Borrow(this IBackend backend, CudaIndices indices)
    {
        DeviceSlice<float> words = backend.Borrow(new CudaTensor(indices.Pointer, indices.Count));
        return new(words.Buffer, words.Offset, words.Length);
    }
}
