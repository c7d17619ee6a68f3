namespace LstmGpu.Devices.Reference;

/// <summary>The general recurrence and the operations on sequences.</summary>
internal sealed partial class OperationChecks
{
    private void Recurrence(Finding finding, bool backward, CancellationToken cancel)
    {
        foreach (RecurrentVariant variant in RecurrentExamples.Representative)
        {
            // Every combination is a matter of the contract tests.
            foreach ((int t, int b, int i, int h, bool bias, bool lengths) in AwkwardSizes.Recurrent(device, variant.IsPlain).Where(size => size.Lengths))
            {
                cancel.ThrowIfCancellationRequested();
                (RecurrentInputs inputs, RecurrentUpstream upstream) = RecurrentExamples.Case(variant, t, b, i, h, bias, lengths, seed: 66);
                Recurrence(finding, $"{variant}, {inputs.Shape.Sizes()}", inputs, upstream, backward);
            }
        }
    }

    private void Recurrence(Finding finding, string shape, RecurrentInputs inputs, RecurrentUpstream upstream, bool backward)
    {
        RecurrentParameters before = RecurrentExamples.Before(inputs, seed: 67);
        IReadOnlyList<(string Name, double[] Values)> expected = ReferenceRecurrence.Results(inputs, upstream, before);
        RecurrentTolerances tolerances = new(inputs, upstream, before, expected);
        using CaseMemory memory = new(backend);
        DeviceSlice<int> lengths = inputs.Lengths.Length == 0 ? default : memory.Of(inputs.Lengths);
        RecurrentCase call = new(backend, inputs, upstream, before, lengths, (_, values, _) => memory.Of(values));
        finding.Case();
        IReadOnlyList<float[]> forward = call.Forward();
        IReadOnlyList<float[]> actual = backward ? call.Backward() : forward;
        foreach (((string name, double[] values), float[] found) in expected.Skip(backward ? forward.Count : 0).Zip(actual))
        {
            finding.Compare(shape, values, found, tolerances[name]);
        }
    }

    private void CopySequence(Finding finding) => EachSequence(finding, (memory, steps, batch, width, lengths) =>
    {
        foreach ((bool reverse, bool accumulate, int stride) in ((bool, bool, int)[])[(false, false, width), (true, false, width + 3), (true, true, 2 * width)])
        {
            UniformInputs uniform = new(68);
            float[] source = uniform.Floats(steps * batch * width), before = uniform.Floats(steps * batch * stride);
            double[] expected = ReferenceSequence.CopySequence(
                steps, batch, width, reverse, lengths, source.ToDoubles(), width, before.ToDoubles(), stride, accumulate);
            DeviceSlice<float> destination = memory.Of(before);
            backend.CopySequence(steps, batch, width, reverse, memory.Of(lengths), memory.Of(source), width, destination, stride, accumulate);
            // One correctly rounded addition.
            finding.Compare($"T={steps} B={batch} W={width}", expected, memory.Read(destination), n => accumulate ? Precision.Rounding * Math.Abs(expected[n]) : 0);
        }
    });

    private void LastState(Finding finding) => EachSequence(finding, (memory, steps, batch, width, lengths) =>
    {
        float[] history = new UniformInputs(69).Floats((steps + 1) * batch * width);
        DeviceSlice<float> state = memory.Unset((long)batch * width);
        backend.LastState(batch, width, memory.Of(history), memory.Of(lengths), state);
        double[] expected = ReferenceSequence.LastState(batch, width, history.ToDoubles(), lengths);
        finding.Compare($"T={steps} B={batch} W={width}", expected, memory.Read(state), 0);
    });

    private void EachSequence(Finding finding, Action<CaseMemory, int, int, int, int[]> check)
    {
        foreach ((int batch, int width) in AwkwardSizes.Pairs(device))
        {
            const int Steps = 4;
            using CaseMemory memory = new(backend);
            finding.Case();
            check(memory, Steps, batch, width, RecurrentExamples.Lengths(Steps, batch));
        }
    }
}
