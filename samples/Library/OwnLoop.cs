namespace LstmGpu.Samples;

/// <summary>A training loop of one's own on the layers: a GRU learns to continue sine waves of any phase. Returns the last loss.</summary>
public static class OwnLoop
{
    private const int Steps = 20, Batch = 16;

    public static float Run(int steps, TextWriter output, string device = "auto")
    {
        using Device on = Device.Open(device);
        using Gru gru = new(on, new GruOptions { InputSize = 1, HiddenSize = 16 });
        using Linear linear = new(on, inputs: 16, outputs: 1);
        using Losses losses = new(on);
        gru.Initialise(seed: 1);
        linear.Initialise(seed: 2);
        Random phases = new(3);
        float mean = float.NaN;
        for (int step = 1; step <= steps; step++)
        {
            float[] wave = Waves(phases, Steps + 1);                             // [T+1,B]: targets are the inputs one step later
            LossValue loss = losses.MeanSquaredError(linear.Forward(gru.Forward(wave.AsSpan(0, Steps * Batch), Steps, Batch).Output), wave.AsSpan(Batch));
            gru.Backward(linear.Backward(loss.Gradient));
            Descend([.. gru.Parameters, .. linear.Parameters], rate: 0.3f);
            gru.ClearGradients();
            linear.ClearGradients();
            mean = loss.Mean;
            if (step == 1 || step % 100 == 0)
            {
                output.WriteLine(FormattableString.Invariant($"step {step}: mean squared error {mean:F5}"));
            }
        }
        return mean;
    }

    private static float[] Waves(Random phases, int steps)
    {
        double[] starts = [.. Enumerable.Range(0, Batch).Select(_ => phases.NextDouble() * 2 * Math.PI)];
        return [.. Enumerable.Range(0, steps).SelectMany(t => starts.Select(start => (float)Math.Sin(start + (0.4 * t))))];
    }

    private static void Descend(IEnumerable<Parameter> parameters, float rate)
    {
        foreach (Parameter parameter in parameters)
        {
            float[] values = new float[parameter.Count], gradient = new float[parameter.Count];
            parameter.Read(values);
            parameter.ReadGradient(gradient);
            parameter.Write([.. values.Zip(gradient, (value, slope) => value - (rate * slope))]);
        }
    }
}
