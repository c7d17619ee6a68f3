namespace LstmGpu.Devices.Reference;

/// <summary>Pack, forward and backward of one layer over one window, beside the reference.</summary>
internal sealed class LstmCase : IDisposable
{
    private readonly IBackend backend;
    private readonly LstmShape shape;
    private readonly CaseMemory memory;
    private readonly LstmInputs inputs;
    private readonly LstmTrace trace;
    private readonly float[] dHidden, dStateH, dStateC;
    private readonly DeviceSlice<float> x, packed;
    private readonly LstmWeights weights;
    private readonly LstmReserve reserve;
    private LstmGradients gradients;

    public LstmCase(IBackend backend, LstmShape shape)
    {
        (this.backend, this.shape) = (backend, shape);
        UniformInputs uniform = new(65);
        inputs = LstmExamples.Inputs(shape, uniform);
        trace = ReferenceLstm.Forward(inputs);
        long state = (long)shape.B * shape.H;
        (dHidden, dStateH, dStateC) = (uniform.Floats(shape.T * state), uniform.Floats(state), uniform.Floats(state));
        memory = new CaseMemory(backend);
        x = memory.Of(Floats(inputs.X));
        weights = new(
            memory.Of(Floats(inputs.WeightIh)), memory.Of(Floats(inputs.WeightHh)), memory.Of(Floats(inputs.BiasIh)), memory.Of(Floats(inputs.BiasHh)));
        packed = memory.Unset(backend.LstmPackedBytes(shape) / sizeof(float));
        reserve = new(memory.Of(History(inputs.H0)), memory.Of(History(inputs.C0)), memory.Unset(shape.GatesLength));
    }

    public void Forward()
    {
        backend.LstmPack(shape, weights, packed);
        backend.LstmForward(shape, x, weights, packed, reserve, lengths: default);
    }

    public void CompareForward(Finding finding)
    {
        LstmTolerances tolerances = new(shape, ReferenceLstm.Backward(inputs, trace, dHidden.ToDoubles(), dStateH.ToDoubles(), dStateC.ToDoubles()));
        finding.Compare(shape.Sizes(), trace.Hidden, memory.Read(reserve.Hidden), tolerances.Hidden);
        finding.Compare(shape.Sizes(), trace.Cell, memory.Read(reserve.Cell), tolerances.Cell);
        finding.Compare(shape.Sizes(), trace.Gates, memory.Read(reserve.Gates), tolerances.Gates);
    }

    /// <summary>After <see cref="Forward"/>; weight gradients start at zero.</summary>
    public void Backward()
    {
        gradients = new(
            memory.Of(dHidden),
            memory.Unset((long)shape.Rows * shape.I),
            memory.Of(new float[shape.WeightIhLength]),
            memory.Of(new float[shape.WeightHhLength]),
            memory.Of(new float[shape.GateWidth]),
            memory.Of(new float[shape.GateWidth]),
            memory.Of(dStateH),
            memory.Of(dStateC),
            memory.Unset(backend.LstmWorkspaceBytes(shape) / sizeof(float)));
        backend.LstmBackward(shape, x, weights, packed, reserve, gradients, lengths: default);
    }

    public void CompareBackward(Finding finding)
    {
        LstmGradientValues expected = ReferenceLstm.Backward(inputs, trace, dHidden.ToDoubles(), dStateH.ToDoubles(), dStateC.ToDoubles());
        LstmTolerances tolerances = new(shape, expected);
        finding.Compare(shape.Sizes(), expected.DGates, memory.Read(reserve.Gates), tolerances.DGates);
        finding.Compare(shape.Sizes(), expected.DH0, memory.Read(gradients.DStateH), tolerances.DInputs);
        finding.Compare(shape.Sizes(), expected.DC0, memory.Read(gradients.DStateC), tolerances.DInputs);
        finding.Compare(shape.Sizes(), expected.DX, memory.Read(gradients.DX), tolerances.DInputs);
        finding.Compare(shape.Sizes(), expected.DWeightIh, memory.Read(gradients.DWeightIh), tolerances.DWeights);
        finding.Compare(shape.Sizes(), expected.DWeightHh, memory.Read(gradients.DWeightHh), tolerances.DWeights);
        finding.Compare(shape.Sizes(), expected.DBiasIh, memory.Read(gradients.DBiasIh), tolerances.DWeights);
        finding.Compare(shape.Sizes(), expected.DBiasHh, memory.Read(gradients.DBiasHh), tolerances.DWeights);
    }

    /// <summary>Forward and backward step by step, where products round their operands.</summary>
    public void CompareRounded(Finding finding, ProductPrecision precision)
    {
        Forward();
        RoundedLstm rounded = new(precision, inputs, Lengths: null, memory.Read(reserve.Hidden), memory.Read(reserve.Cell), memory.Read(reserve.Gates));
        Backward();
        Comparison compare = (what, expected, found, tolerance) => finding.Compare($"{what}, {shape.Sizes()}", expected, found, tolerance);
        rounded.CompareForward(compare);
        rounded.CompareBackward(
            dHidden.ToDoubles(),
            dStateH.ToDoubles(),
            dStateC.ToDoubles(),
            memory.Read(reserve.Gates),
            memory.Read(gradients.DStateH),
            memory.Read(gradients.DStateC),
            compare);
    }

    public void Dispose() => memory.Dispose();

    // Later slots are NaN until forward writes them.
    private float[] History(double[] state)
    {
        float[] history = new float[shape.HistoryLength];
        Array.Fill(history, float.NaN);
        Floats(state).CopyTo(history, 0);
        return history;
    }

    private static float[] Floats(double[] values) => Array.ConvertAll(values, value => (float)value);
}
