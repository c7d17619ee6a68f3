namespace LstmGpu.Devices.Reference;

/// <summary>LSTM inputs for checks.</summary>
internal static class LstmExamples
{
    /// <summary>A shape as a failure names it.</summary>
    public static string Sizes(this LstmShape shape) => $"T={shape.T} B={shape.B} I={shape.I} H={shape.H}";

    /// <summary>
    /// x and states uniform in [−1, 1], parameters uniform in ±1/√H as PyTorch initialises them: ‖W_hh‖ stays near 0.6 per row, so that
    /// a rounding error is not amplified from step to step and the tolerance of a test can be derived.
    /// Every value is exact in float32.
    /// </summary>
    public static LstmInputs Inputs(LstmShape shape, UniformInputs uniform)
    {
        float bound = (float)(1 / Math.Sqrt(shape.H));
        return new(
            shape,
            uniform.Floats((long)shape.Rows * shape.I).ToDoubles(),
            uniform.Floats(shape.WeightIhLength, bound).ToDoubles(),
            uniform.Floats(shape.WeightHhLength, bound).ToDoubles(),
            uniform.Floats(shape.GateWidth, bound).ToDoubles(),
            uniform.Floats(shape.GateWidth, bound).ToDoubles(),
            uniform.Floats((long)shape.B * shape.H).ToDoubles(),
            uniform.Floats((long)shape.B * shape.H).ToDoubles());
    }
}
