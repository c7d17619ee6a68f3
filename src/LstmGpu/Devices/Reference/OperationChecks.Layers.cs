namespace LstmGpu.Devices.Reference;

internal sealed partial class OperationChecks
{
    private (string Name, Action<Finding> Check)[] LayerOperations() =>
    [
        ("add", Add),
        ("mask", Mask),
        ("periodic dropout", PeriodicDropout),
        ("masked embedding", MaskedEmbedding),
        ("layer norm forward", LayerNormForward),
        ("layer norm backward", LayerNormBackward),
        ("pool", Pool),
        ("general cross-entropy", GeneralCrossEntropy),
        ("element loss", ElementLoss),
        ("quantile loss", QuantileLoss),
        ("gaussian loss", GaussianLoss),
        ("activation penalty", ActivationPenalty),
    ];

    private void Add(Finding finding) => Each(finding, (memory, length) =>
    {
        float[] x = new UniformInputs(81).Floats(length), y = new UniformInputs(82).Floats(length);
        double[] expected = [.. x.Zip(y, (a, b) => (double)a + b)];
        DeviceSlice<float> sum = memory.Of(y);
        backend.Add(memory.Of(x), sum);
        finding.Compare($"N={length}", expected, memory.Read(sum), Tolerances.OneRounding(expected));
    });

    private void Mask(Finding finding) => Each(finding, (memory, rows, width) =>
    {
        float[] x = new UniformInputs(83).Floats(rows * width), mask = new UniformInputs(84).Floats(width);
        double[] expected = [.. x.Select((value, n) => (double)value * mask[n % width])];
        DeviceSlice<float> y = memory.Unset(x.Length);
        backend.MultiplyByMask(memory.Of(x), memory.Of(mask), y);
        finding.Compare($"R={rows} N={width}", expected, memory.Read(y), Tolerances.OneRounding(expected));
    });

    private void PeriodicDropout(Finding finding) => Each(finding, (memory, rows, period) =>
    {
        DropoutKey key = new(Seed: 7, Step: 3, Site: 2);
        float[] x = new UniformInputs(85).Floats(rows * period);
        double[] expected = ReferenceDropout.ApplyPeriodic(x.ToDoubles(), 0.3f, key, period);
        DeviceSlice<float> y = memory.Unset(x.Length);
        backend.Dropout(memory.Of(x), y, 0.3f, key, period);
        finding.Compare($"N={x.Length} period {period}", expected, memory.Read(y), Tolerances.Dropout(expected));
    });

    private void MaskedEmbedding(Finding finding)
    {
        foreach ((int rows, int width, int vocabulary) in AwkwardSizes.Embeddings(device))
        {
            using CaseMemory memory = new(backend);
            finding.Case();
            UniformInputs uniform = new(86);
            int[] tokens = AwkwardSizes.Tokens(rows, vocabulary);
            float[] weight = uniform.Floats(vocabulary * width), dx = uniform.Floats(rows * width), before = uniform.Floats(vocabulary * width);
            float[] mask = [.. Enumerable.Range(0, vocabulary).Select(v => v % 3 == 1 ? 0f : 1.5f)];
            int padding = vocabulary - 1;
            string shape = $"R={rows} E={width} V={vocabulary}";
            DeviceSlice<float> x = memory.Unset(dx.Length), dWeight = memory.Of(before), rowMask = memory.Of(mask);
            backend.EmbeddingForward(rows, width, memory.Of(tokens), memory.Of(weight), rowMask, x);
            double[] expected = ReferenceDense.EmbeddingForward(rows, width, tokens, weight.ToDoubles(), mask.ToDoubles());
            finding.Compare(shape, expected, memory.Read(x), Tolerances.OneRounding(expected));
            backend.EmbeddingBackward(rows, width, memory.Of(tokens), memory.Of(dx), dWeight, rowMask, padding);
            expected = ReferenceDense.EmbeddingBackward(rows, width, tokens, dx.ToDoubles(), before.ToDoubles(), mask.ToDoubles(), padding);
            finding.Compare(shape, expected, memory.Read(dWeight), Tolerances.EmbeddingBackward(width, tokens, mask, padding));
        }
    }

    private void LayerNormForward(Finding finding) => Each(finding, (memory, rows, width) =>
    {
        UniformInputs uniform = new(87);
        float[] x = uniform.Floats(rows * width), gamma = uniform.Floats(width), beta = uniform.Floats(width);
        (double[] y, double[] mean, double[] inverse) = new ReferenceLayerNorm(rows, width, gamma.ToDoubles(), beta.ToDoubles()).Forward(x.ToDoubles());
        LayerNormTolerances tolerances = new(width, x.ToDoubles(), mean, inverse, largestGradient: 1);
        DeviceSlice<float> output = memory.Unset(x.Length), means = memory.Unset(rows), inverses = memory.Unset(rows);
        backend.LayerNormForward(rows, width, memory.Of(x), memory.Of(gamma), memory.Of(beta), output, means, inverses);
        string shape = $"R={rows} N={width}";
        finding.Compare(shape, y, memory.Read(output), tolerances.Y);
        finding.Compare(shape, mean, memory.Read(means), tolerances.Mean);
        finding.Compare(shape, inverse, memory.Read(inverses), tolerances.Inverse);
    });

    private void LayerNormBackward(Finding finding) => Each(finding, (memory, rows, width) =>
    {
        UniformInputs uniform = new(88);
        float[] x = uniform.Floats(rows * width), gamma = uniform.Floats(width), dy = uniform.Floats(rows * width);
        ReferenceLayerNorm reference = new(rows, width, gamma.ToDoubles(), null);
        (_, double[] mean, double[] inverse) = reference.Forward(x.ToDoubles());
        (double[] dx, double[] dGamma, double[] dBeta) =
            reference.Backward(dy.ToDoubles(), x.ToDoubles(), mean, inverse, new double[width], new double[width]);
        LayerNormTolerances tolerances = new(width, x.ToDoubles(), mean, inverse, largestGradient: 1);
        DeviceSlice<float> result = memory.Unset(x.Length), ofGamma = memory.Of(new float[width]), ofBeta = memory.Of(new float[width]);
        backend.LayerNormBackward(
            rows,
            width,
            memory.Of(dy),
            memory.Of(x),
            memory.Of(gamma),
            memory.Of(Array.ConvertAll(mean, value => (float)value)),
            memory.Of(Array.ConvertAll(inverse, value => (float)value)),
            result,
            ofGamma,
            ofBeta,
            memory.Unset(backend.LayerNormWorkspaceBytes(rows, width) / sizeof(float)));
        string shape = $"R={rows} N={width}";
        finding.Compare(shape, dx, memory.Read(result), tolerances.DX);
        finding.Compare(shape, dGamma, memory.Read(ofGamma), tolerances.DGamma);
        finding.Compare(shape, dBeta, memory.Read(ofBeta), Tolerances.BiasGradient(rows));
    });

    private void Pool(Finding finding) => EachSequence(finding, (memory, shape, lengths) =>
    {
        float[] x = new UniformInputs(89).Floats(shape.Count), dy = new UniformInputs(90).Floats(shape.B * shape.H);
        foreach (Pooling pooling in Enum.GetValues<Pooling>())
        {
            (double[] y, int[] places) = shape.Pool(pooling, x.ToDoubles());
            DeviceSlice<float> output = memory.Unset(y.Length), dx = memory.Of(new float[x.Length]);
            DeviceSlice<int> at = pooling == Pooling.Max ? memory.Of(new int[y.Length]) : default;
            backend.PoolForward(pooling, shape.T, shape.B, shape.H, lengths, memory.Of(x), output, at);
            backend.PoolBackward(pooling, shape.T, shape.B, shape.H, lengths, memory.Of(dy), at, dx);
            finding.Compare($"{pooling} {shape}", y, memory.Read(output), pooling == Pooling.Mean ? Tolerances.PoolMean : 0);
            double[] gradient = shape.PoolGradient(pooling, dy.ToDoubles(), places, new double[x.Length]);
            finding.Compare($"{pooling} {shape}", gradient, memory.Read(dx), Tolerances.PoolGradient);
        }
    });

    private void GeneralCrossEntropy(Finding finding) => Each(finding, (memory, rows, vocabulary) =>
    {
        const float Scale = 1f / 64, Range = 3;
        float[] scores = new UniformInputs(91).Floats(rows * vocabulary, Range);
        float[] weights = [.. new UniformInputs(92).Floats(vocabulary).Select(w => w + 1.5f)];
        int[] targets = [.. AwkwardSizes.Tokens(rows, vocabulary).Select((target, r) => r % 4 == 1 ? -100 : target)];
        ReferenceCrossEntropy reference = new(vocabulary, -100, 0.1f, weights.ToDoubles(), 0.5);
        (double[] expected, double[] gradient, double[] softmax) = reference.Of(scores.ToDoubles(), targets, Scale);
        CrossEntropyOptions options = new(-100, 0.1f, memory.Of(weights), memory.Of([0.5f]));
        DeviceSlice<float> logits = memory.Of(scores), losses = memory.Unset(rows), total = memory.Unset(2);
        backend.SoftmaxCrossEntropy(rows, vocabulary, logits, memory.Of(targets), losses, Scale, options);
        backend.TargetWeight(rows, memory.Of(targets), options, total);
        string shape = $"R={rows} V={vocabulary}";
        finding.Compare(shape, expected, memory.Read(losses), Tolerances.CrossEntropyLoss(reference, Range));
        finding.Compare(shape, gradient, memory.Read(logits), Tolerances.CrossEntropyGradient(reference, Range, Scale, softmax, targets));
        double weight = reference.TargetWeight(targets);
        finding.Compare(shape, [weight, weight > 0 ? 1 / weight : 0], memory.Read(total), n => Tolerances.TargetWeight(rows, n == 0 ? weight : 1 / weight));
    });

    private void ElementLoss(Finding finding) => EachSequence(finding, (memory, shape, lengths) =>
    {
        float[] x = new UniformInputs(93).Floats(shape.Count, 3), y = Array.ConvertAll(new UniformInputs(94).Floats(shape.Count), Math.Abs);
        foreach (LossFunction function in Enum.GetValues<LossFunction>())
        {
            (double[] expected, double[] gradient) = shape.ElementLoss(function, x.ToDoubles(), y.ToDoubles(), 0.5, 0.75);
            DeviceSlice<float> predictions = memory.Of(x), losses = memory.Unset(x.Length);
            backend.ElementLoss(function, shape.T, shape.B, shape.H, lengths, predictions, memory.Of(y), losses, 0.5f, 0.75f);
            finding.Compare($"{function} {shape}", expected, memory.Read(losses), Tolerances.ElementLoss(function, x, y, 0.75));
            finding.Compare($"{function} {shape}", gradient, memory.Read(predictions), Tolerances.ElementGradient(function, x, y, 0.5));
        }
    });

    private void QuantileLoss(Finding finding) => EachForecast(finding, (memory, shape, lengths) =>
    {
        float[] levels = [0.1f, 0.5f, 0.975f];
        float[] x = new UniformInputs(97).Floats(3 * shape.Count, 2), y = new UniformInputs(98).Floats(shape.Count);
        (double[] expected, double[] gradient) = shape.Quantile(levels.ToDoubles(), x.ToDoubles(), y.ToDoubles(), 0.5);
        DeviceSlice<float> predictions = memory.Of(x), losses = memory.Unset(x.Length);
        backend.QuantileLoss(shape.B, shape.H, lengths, memory.Of(levels), predictions, memory.Of(y), losses, 0.5f);
        finding.Compare($"{shape}", expected, memory.Read(losses), Tolerances.QuantileLoss(3, x, y));
        finding.Compare($"{shape}", gradient, memory.Read(predictions), _ => Tolerances.QuantileGradient(0.5));
    });

    private void GaussianLoss(Finding finding) => EachForecast(finding, (memory, shape, lengths) =>
    {
        float[] x = new UniformInputs(99).Floats(2 * shape.Count, 2), y = new UniformInputs(100).Floats(shape.Count);
        (double[] expected, double[] gradient) = shape.Gaussian(x.ToDoubles(), y.ToDoubles(), 0.5);
        DeviceSlice<float> predictions = memory.Of(x), losses = memory.Unset(shape.Count);
        backend.GaussianLoss(shape.B, shape.H, lengths, predictions, memory.Of(y), losses, 0.5f);
        finding.Compare($"{shape}", expected, memory.Read(losses), Tolerances.GaussianLoss(x, y));
        finding.Compare($"{shape}", gradient, memory.Read(predictions), Tolerances.GaussianGradient(x, y, 0.5));
    });

    private void EachForecast(Finding finding, Action<CaseMemory, ReferenceForecastLoss, DeviceSlice<int>> check)
    {
        foreach (ReferenceForecastLoss shape in AwkwardSizes.Forecasts(device))
        {
            using CaseMemory memory = new(backend);
            finding.Case();
            check(memory, shape, shape.Lengths.Length == 0 ? default : memory.Of(shape.Lengths));
        }
    }

    private void ActivationPenalty(Finding finding) => EachSequence(finding, (memory, shape, lengths) =>
    {
        float[] h = new UniformInputs(95).Floats(shape.Count), before = new UniformInputs(96).Floats(shape.Count);
        (double expected, double[] gradient) = shape.ActivationPenalty(h.ToDoubles(), 2, 1, before.ToDoubles());
        DeviceSlice<float> dH = memory.Of(before), loss = memory.Unset(1);
        backend.ActivationPenalty(shape.T, shape.B, shape.H, lengths, memory.Of(h), 2, 1, dH, loss);
        finding.Compare($"{shape}", [expected], memory.Read(loss), Tolerances.PenaltyLoss(shape.Count, expected));
        finding.Compare($"{shape}", gradient, memory.Read(dH), Tolerances.PenaltyGradient(shape, 2, 1, before));
    });

    private void EachSequence(Finding finding, Action<CaseMemory, ReferenceSequences, DeviceSlice<int>> check)
    {
        foreach (ReferenceSequences shape in AwkwardSizes.Sequences(device))
        {
            using CaseMemory memory = new(backend);
            finding.Case();
            check(memory, shape, shape.Lengths.Length == 0 ? default : memory.Of(shape.Lengths));
        }
    }
}
