namespace LstmGpu.Devices.Reference;

/// <summary>
/// Pack, forward and backward of the general recurrence on a device. A slice that Recurrence.cs does not ask for is empty; what an operation must write is
/// NaN before. Results stand in the order of <see cref="ReferenceRecurrence.Results"/>.
/// </summary>
internal sealed class RecurrentCase
{
    private readonly IBackend backend;
    private readonly RecurrentShape shape;
    private readonly CellOptions options;
    private readonly DeviceSlice<int> lengths;
    private readonly DeviceSlice<float> x, packed, workspace;
    private readonly RecurrentWeights weights;
    private readonly RecurrentReserve reserve;
    private readonly RecurrentMasks masks;
    private readonly RecurrentGradients gradients;

    /// <param name="before">What the gradients of the parameters hold before.</param>
    /// <param name="place">Makes memory of a name and its values; true where the operations only read it.</param>
    public RecurrentCase(
        IBackend backend,
        RecurrentInputs inputs,
        RecurrentUpstream upstream,
        RecurrentParameters before,
        DeviceSlice<int> lengths,
        Func<string, float[], bool, DeviceSlice<float>> place,
        bool wantDx = true)
    {
        (this.backend, shape, options, this.lengths) = (backend, inputs.Shape, inputs.Options, lengths);
        x = In("x", inputs.X);
        weights = Weights("", inputs.Parameters, readOnly: true);
        packed = Out("packed", backend.RecurrentPackedBytes(shape, options) / sizeof(float));
        masks = new(
            In("hidden mask", inputs.Masks.Hidden),
            In("candidate mask", inputs.Masks.Candidate),
            In("zoneout h", inputs.Masks.ZoneoutHidden),
            In("zoneout c", inputs.Masks.ZoneoutCell));
        long rows = shape.Rows;
        reserve = new(
            History("hidden", inputs.H0),
            History("cell", inputs.C0),
            Out("gates", rows * shape.GateWidth),
            Out("hidden gates", shape.SeparatesHidden(options) ? rows * shape.GateWidth : 0),
            Out("hidden input", inputs.Masks.Hidden.Length > 0 ? rows * shape.P : 0),
            Out("reset hidden", shape.Cell == CellKind.GruResetBefore ? rows * shape.H : 0),
            Out("unprojected", shape.HasProjection ? rows * shape.H : 0),
            Out("input norm", options.LayerNorm ? rows * shape.GateWidth : 0),
            Out("cell norm", options.LayerNorm ? rows * shape.H : 0),
            Out("norm scales", options.LayerNorm ? 3 * rows : 0));
        long workspaceLength = backend.RecurrentWorkspaceBytes(shape, options) / sizeof(float);
        workspace = Out("forward workspace", workspaceLength);
        gradients = new(
            Weights("d", before, readOnly: false),
            In("dHidden", upstream.DHidden),
            Out("dX", wantDx ? rows * shape.I : 0),
            InOut("dStateH", Floats(upstream.DStateH)),
            InOut("dStateC", Floats(upstream.DStateC)),
            Out("backward workspace", workspaceLength));

        DeviceSlice<float> In(string name, double[] values) => Place(name, Floats(values), readOnly: true);
        DeviceSlice<float> InOut(string name, float[] values) => Place(name, values, readOnly: false);
        DeviceSlice<float> Out(string name, long length) => InOut(name, Nothing(length));
        DeviceSlice<float> Place(string name, float[] values, bool readOnly) => values.Length == 0 ? default : place(name, values, readOnly);

        // Later slots are NaN until forward writes them.
        DeviceSlice<float> History(string name, double[] state) => InOut(name, [.. Floats(state), .. Nothing(shape.T * (long)state.Length)]);

        RecurrentWeights Weights(string prefix, RecurrentParameters values, bool readOnly)
        {
            DeviceSlice<float>[] slices = [.. values.Named.Select(tensor => Place(prefix + tensor.Name, Floats(tensor.Values), readOnly))];
            return new(slices[0], slices[1], slices[2], slices[3], slices[4], slices[5], slices[6], slices[7], slices[8], slices[9]);
        }
    }

    public IReadOnlyList<float[]> Forward()
    {
        backend.RecurrentPack(shape, options, weights, packed);
        backend.RecurrentForward(shape, options, x, weights, packed, reserve, masks, workspace, lengths);
        return [Read(reserve.Hidden), Read(reserve.Cell), Read(reserve.Gates)];
    }

    /// <summary>After <see cref="Forward"/>.</summary>
    public IReadOnlyList<float[]> Backward()
    {
        backend.RecurrentBackward(shape, options, x, weights, packed, reserve, masks, gradients, lengths);
        RecurrentWeights w = gradients.Weights;
        DeviceSlice<float>[] results =
        [
            reserve.Gates, gradients.DX, gradients.DStateH, gradients.DStateC,
            w.WeightIh, w.WeightHh, w.BiasIh, w.BiasHh, w.WeightHr, w.Peephole, w.NormIh, w.NormHh, w.NormCell, w.NormCellBias,
        ];
        return [.. results.Select(Read)];
    }

    /// <summary>Histories as they are now.</summary>
    public float[] States() => [.. Read(reserve.Hidden), .. Read(reserve.Cell)];

    private float[] Read(DeviceSlice<float> slice)
    {
        float[] values = new float[slice.Length];
        if (!slice.IsEmpty)
        {
            backend.Download(slice, values.AsSpan());
        }
        return values;
    }

    private static float[] Nothing(long length)
    {
        float[] nothing = new float[length];
        Array.Fill(nothing, float.NaN);
        return nothing;
    }

    private static float[] Floats(double[] values) => Array.ConvertAll(values, value => (float)value);
}
