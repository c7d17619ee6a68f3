using ILGPU;

namespace LstmGpu.Kernels;

/// <summary>Which steps of [T,B,H] are valid: t below lengths[b], all where there are no lengths.</summary>
internal static class ValidSteps
{
    public static bool IsValid(ArrayView<int> lengths, long element, int batch, int width)
    {
        long row = element / width;
        return lengths.Length == 0 || row / batch < lengths[row % batch];
    }

    public static int Count(ArrayView<int> lengths, int row, int steps) => lengths.Length == 0 ? steps : lengths[row];
}
