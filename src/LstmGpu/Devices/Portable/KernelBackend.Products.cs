using System.Globalization;
using ILGPU;
using LstmGpu.Kernels;

namespace LstmGpu.Devices.Portable;

internal sealed partial class KernelBackend
{
    /// <summary>Elements of the parts of a product whose k is shared out among groups.</summary>
    private const long MostOfParts = 2 << 20;

    // Scratch before them: partial sums, and what differs from step to step.
    private const long FirstOfParts = ReductionKernels.MostPartials + StepKernels.UpdateLength + StepKernels.DropoutLength;

    // A part shorter than this would cost more to add than it saves.
    private const int ShortestPart = 256;

    // Copies of right operands in 16 bits; a library reads the matrix itself.
    private bool StoresOperands => TakesTensorCores && IsNarrow && library is null;

    private bool TakesTensorCores => precision != ProductPrecision.Fp32Strict && queue.HasTensorCores;

    // What a library must be faster by, so that noise does not change from run to run who is taken.
    private const double MostOfOwn = 0.95;

    /// <summary>Whether a library's sizes, of 32 bits, hold the product; and there is something to multiply.</summary>
    internal static bool FitsLibrary(long m, long n, long k) => m > 0 && n > 0 && k > 0 && m * n <= int.MaxValue && m * k <= int.MaxValue && n * k <= int.MaxValue;

    /// <summary>Times the library's products and those of our own, and lets the library go unless it is faster.</summary>
    /// <exception cref="DeviceException">The device failed.</exception>
    public void KeepFasterProducts()
    {
        IProductLibrary candidate = library!;
        double theirs = GemmMeasurement.Milliseconds(this);
        library = null;
        double ours = GemmMeasurement.Milliseconds(this);
        if (theirs < MostOfOwn * ours)
        {
            library = candidate;
        }
        else
        {
            candidate.Dispose();
        }
        string Text(double milliseconds) => milliseconds.ToString("0.###", CultureInfo.InvariantCulture);
        Device = Described(Device with { GemmReason = $"measured: own {Text(ours)} ms, {candidate.Name} {Text(theirs)} ms" });
    }

    private DeviceDescription Described(DeviceDescription device) => device with { Gemm = library is null ? GemmWord.Own : GemmWord.Cublas, GemmLibrary = library?.Name };

    /// <summary>
    /// The one way to a product: by the library where there is one, by tensor cores where the device has them for the precision, else by the portable kernel.
    /// </summary>
    /// <param name="layout">Of <see cref="GemmKernels"/>.</param>
    private void Product(
        int layout,
        int m,
        int n,
        int k,
        DeviceSlice<float> a,
        DeviceSlice<float> b,
        DeviceSlice<float> c,
        bool accumulate,
        DeviceSlice<int> lengths,
        int batch,
        DeviceSlice<float> kept = default)
    {
        if (library is not null && layout != GemmKernels.TNPadded && FitsLibrary(m, n, k))
        {
            library.Multiply((GemmLayout)layout, m, n, k, a, b, c, accumulate);
            return;
        }
        if (TakesTensorCores)
        {
            int tiles = Groups(m, TensorTile.Rows) * Groups(n, TensorTile.Columns);
            TensorProduct(layout, m, n, k, Parts(tiles, (long)m * n, k), a, b, c, accumulate, lengths, batch, kept);
            return;
        }
        GemmLauncher.Multiply(queue, Tiles(m, n), layout, Form, a, b, c, m, n, k, accumulate, lengths, batch);
    }

    /// <summary>k is shared out where the tiles of C alone leave most of the device idle. It depends on sizes and device alone, and with it the order of the sums.</summary>
    private int Parts(int tiles, long elements, int k) =>
        (int)Math.Max(1, Math.Min(Math.Min(Device.Units / tiles, k / ShortestPart), MostOfParts / elements));

    /// <param name="parts">Of k, at most; more than one take m·n elements of scratch each.</param>
    /// <param name="kept">b as <see cref="KeepOperand"/> left it, or empty.</param>
    internal void TensorProduct(
        int layout,
        int m,
        int n,
        int k,
        int parts,
        DeviceSlice<float> a,
        DeviceSlice<float> b,
        DeviceSlice<float> c,
        bool accumulate,
        DeviceSlice<int> lengths,
        int batch,
        DeviceSlice<float> kept = default)
    {
        int kOfPart = Groups(Groups(k, parts), TensorTile.Depth) * TensorTile.Depth;
        parts = Math.Max(1, Groups(k, Math.Max(1, kOfPart)));
        long elements = (long)m * n;
        DeviceSlice<float> result = parts == 1 ? c : new(scratch, FirstOfParts, parts * elements);
        bool aAcross = layout is GemmKernels.TN or GemmKernels.TNPadded;
        Index3D grid = (checked(Groups(m, TensorTile.Rows) * Groups(n, TensorTile.Columns)), 1, parts);
        bool aByFours = IsByFours(a, aAcross ? m : k);
        if (kept.IsEmpty)
        {
            bool bByFours = IsByFours(b, layout == GemmKernels.NT ? k : n);
            TensorGemmLauncher.Multiply(queue, grid, layout, Form, a, b, result, m, n, k, kOfPart, accumulate && parts == 1, aByFours, bByFours, lengths, batch);
        }
        else
        {
            TensorGemmLauncher.MultiplyStored(queue, grid, layout, Form, a, kept, result, m, n, k, kOfPart, accumulate && parts == 1, aByFours);
        }
        if (parts > 1)
        {
            TensorGemmLauncher.AddParts(queue, Along(Groups(elements, 256)), result, c.Slice(0, elements), parts, accumulate);
        }
    }

    public long OperandBytes(int rows, int columns) => StoresOperands ? (StoredLength(rows, columns) + PackedLstm.Alignment - 1) * sizeof(float) : 0;

    public void KeepOperand(int rows, int columns, DeviceSlice<float> matrix, DeviceSlice<float> kept)
    {
        if (!kept.IsEmpty)
        {
            StoreOperand(rows, columns, matrix, Aligned(kept, StoredLength(rows, columns)));
        }
    }

    public void Gemm(
        GemmLayout layout, int m, int n, int k, DeviceSlice<float> a, DeviceSlice<float> b, DeviceSlice<float> kept, DeviceSlice<float> c, bool accumulate)
    {
        (int rows, int columns) = layout == GemmLayout.NT ? (n, k) : (k, n);
        DeviceSlice<float> stored = kept.IsEmpty ? default : Aligned(kept, StoredLength(rows, columns));
        Product((int)layout, m, n, k, a, b, c, accumulate, lengths: default, batch: 0, stored);
    }

    // In the form of the precision; rows beyond those of x are 0.
    private void StoreOperand(int rows, int columns, DeviceSlice<float> x, DeviceSlice<float> stored) =>
        TensorGemmLauncher.Store(queue, Along(Groups(stored.Length, 256)), Form, x, stored, rows, columns);

    private long StoredLength(int rows, int columns) => (long)rows * PackedLstm.Words(precision, columns);

    private static DeviceSlice<float> Aligned(DeviceSlice<float> memory, long length) => memory.Slice(PackedLstm.ToAligned(memory.Offset), length);

    // A vector that begins elsewhere ends the context.
    private static bool IsByFours(DeviceSlice<float> x, int width) => x.Buffer is not { BeginsAVector: false } && x.Offset % 4 == 0 && width % 4 == 0;
}
