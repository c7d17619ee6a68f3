namespace LstmGpu.Tasks.Verification;

/// <summary>Runs a case through a public layer, forward and backward, and compares all that PyTorch computed.</summary>
internal static class CaseReplay
{
    public static CaseVerdict Run(Device device, CaseFile source, VerificationTolerance tolerance)
    {
        using Recurrent layer = Layer(device, source.Options);
        foreach (Parameter parameter in layer.Parameters)
        {
            parameter.Write(source.Values(parameter.Name));
        }
        RecurrentState? state = source.HasState ? State(source, "h0", "c0") : null;
        RecurrentOutput output = layer.Forward(source.Values("input"), source.Steps, source.Batch, state, source.Lengths);
        RecurrentGradient gradient = layer.Backward(source.Values("grad.output"), State(source, "grad.hn", "grad.cn"));

        List<TensorVerdict> tensors = [];
        void Compare(string name, float[] actual, bool isSum) =>
            tensors.Add(TensorComparison.Compare(name, source.Shape(name), [.. source.Values(name)], actual, tolerance, isSum));

        Compare("output", output.Output, isSum: false);
        Compare("hn", output.State.Hidden, isSum: false);
        if (source.HasCell)
        {
            Compare("cn", output.State.Cell, isSum: false);
        }
        Compare("expect.grad.input", gradient.Input, isSum: true);
        if (source.HasState)
        {
            Compare("expect.grad.h0", gradient.State.Hidden, isSum: true);
            if (source.HasCell)
            {
                Compare("expect.grad.c0", gradient.State.Cell, isSum: true);
            }
        }
        foreach (Parameter parameter in layer.Parameters)
        {
            float[] values = new float[parameter.Count];
            parameter.ReadGradient(values);
            Compare($"expect.grad.{parameter.Name}", values, isSum: true);
        }
        return new(source.Name, source.Description, tolerance, tensors);
    }

    public static Recurrent Layer(Device device, RecurrentOptions options) => options switch
    {
        LstmOptions lstm => new Lstm(device, lstm),
        GruOptions gru => new Gru(device, gru),
        _ => new Rnn(device, (RnnOptions)options),
    };

    private static RecurrentState State(CaseFile source, string hidden, string cell) => new(source.Values(hidden), source.HasCell ? source.Values(cell) : []);
}
