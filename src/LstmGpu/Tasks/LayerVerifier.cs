using LstmGpu.Devices;
using LstmGpu.Tasks.Verification;

namespace LstmGpu.Tasks;

/// <summary>Holds the layers of a device against values that other programs computed, as <c>lstmgpu verify</c>.</summary>
public static class LayerVerifier
{
    /// <summary>Replays cases that <c>make_case.py</c> made with PyTorch.</summary>
    /// <param name="paths">Files, and folders whose <c>*.safetensors</c> are taken in the order of their names.</param>
    /// <param name="finished">Told each case when it is done.</param>
    /// <exception cref="DataException">A file is not such a case, or a folder holds none.</exception>
    /// <exception cref="DeviceException">The device cannot run, or not a case of this size.</exception>
    public static VerificationReport Cases(
        DeviceOptions device,
        IReadOnlyList<string> paths,
        VerificationTolerance tolerance,
        Action<CaseVerdict>? finished = null,
        CancellationToken cancel = default)
    {
        string[] files = [.. paths.SelectMany(CaseFile.In)];
        return Run(device, files, (open, file) => CaseReplay.Run(open, CaseFile.Read(file), tolerance), finished, cancel);
    }

    /// <summary>Runs a folder of published values; what no option of a layer expresses is left out with the reason. Each case has its own tolerance.</summary>
    /// <exception cref="DataException">The folder holds no case, or a malformed one.</exception>
    /// <exception cref="DeviceException">The device cannot run.</exception>
    public static VerificationReport Vectors(DeviceOptions device, string folder, Action<CaseVerdict>? finished = null, CancellationToken cancel = default) =>
        Run(device, VectorFolder.Read(folder), VectorReplay.Run, finished, cancel);

    private static VerificationReport Run<T>(
        DeviceOptions device, IReadOnlyList<T> cases, Func<Device, T, CaseVerdict> run, Action<CaseVerdict>? finished, CancellationToken cancel)
    {
        // The tolerances are those of float32.
        using Device open = new(DeviceCatalog.Open(device with { Precision = device.Precision ?? PrecisionWord.Fp32Strict }));
        List<CaseVerdict> verdicts = [];
        foreach (T one in cases)
        {
            cancel.ThrowIfCancellationRequested();
            CaseVerdict verdict = run(open, one);
            verdicts.Add(verdict);
            finished?.Invoke(verdict);
        }
        return new(open.Description, verdicts);
    }
}

/// <summary>
/// An element passes when its error is at most <paramref name="Absolute"/> or at most <paramref name="Relative"/> of its scale. The scale of an output or a
/// state is the element itself; that of a gradient, a sum of many terms that may cancel, is the tensor's largest element.
/// </summary>
public readonly record struct VerificationTolerance(double Absolute, double Relative)
{
    /// <summary>What float32 reaches beside a double-precision source: 1e-5 or 1e-4 of the scale.</summary>
    public static VerificationTolerance Default => Of(1e-5);

    /// <summary>An absolute tolerance, and ten times of it as the relative one.</summary>
    public static VerificationTolerance Of(double absolute) => new(absolute, 10 * absolute);
}

/// <summary>What came of all cases.</summary>
public sealed record VerificationReport(DeviceDescription Device, IReadOnlyList<CaseVerdict> Cases)
{
    public int PassedCases => Cases.Count(c => c.LeftOut is null && c.Passed);

    public int FailedCases => Cases.Count(c => !c.Passed);

    public int LeftOutCases => Cases.Count(c => c.LeftOut is not null);

    public bool Passed => FailedCases == 0;
}

/// <summary>What came of one case.</summary>
/// <param name="Name">The file, or its id within one.</param>
/// <param name="Shape">The layer and its sizes.</param>
/// <param name="LeftOut">Why no layer can run it, or null.</param>
public sealed record CaseVerdict(string Name, string Shape, VerificationTolerance Tolerance, IReadOnlyList<TensorVerdict> Tensors, string? LeftOut = null)
{
    public bool Passed => Tensors.All(t => t.Passed);
}

/// <summary>The worst errors of one output or gradient.</summary>
/// <param name="AbsoluteError">Infinite where NaN came.</param>
/// <param name="AbsoluteAt">Its index.</param>
/// <param name="RelativeError">Of the scale, but at least of 0.1: what lies below is a matter of the absolute error.</param>
/// <param name="RelativeAt">Its index.</param>
/// <param name="Passed">No element is beyond both tolerances.</param>
public sealed record TensorVerdict(
    string Tensor,
    IReadOnlyList<long> Shape,
    double AbsoluteError,
    IReadOnlyList<long> AbsoluteAt,
    double RelativeError,
    IReadOnlyList<long> RelativeAt,
    bool Passed);
