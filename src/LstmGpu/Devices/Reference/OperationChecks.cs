namespace LstmGpu.Devices.Reference;

/// <summary>Every operation of a backend × awkward shapes against the double-precision reference, for <c>lstmgpu doctor</c> and the self-test.</summary>
internal sealed partial class OperationChecks(IBackend backend)
{
    private readonly string device = backend.Device.Name;
    private readonly ProductPrecision precision = PrecisionWord.Parse(backend.Device.Precision) ?? ProductPrecision.Fp32Strict;

    /// <summary>One finding for each operation, as its cases end.</summary>
    public IEnumerable<Finding> All(CancellationToken cancel)
    {
        (string Name, Action<Finding> Check)[] operations =
        [
            ("upload and download", Transfers),
            ("fill", Fill),
            ("copy", Copy),
            .. Products(cancel),
            ("add bias", AddBias),
            ("bias gradient", BiasGradient),
            ("one-hot", OneHot),
            ("embedding forward", EmbeddingForward),
            ("embedding backward", EmbeddingBackward),
            ("lstm forward", finding => Lstm(finding, backward: false, cancel)),
            ("lstm backward", finding => Lstm(finding, backward: true, cancel)),
            ("recurrence forward", finding => Recurrence(finding, backward: false, cancel)),
            ("recurrence backward", finding => Recurrence(finding, backward: true, cancel)),
            ("copy sequence", CopySequence),
            ("last state", LastState),
            ("dropout", Dropout),
            ("softmax cross-entropy", Softmax),
            ("arg max", ArgMax),
            ("sum", Sum),
            ("norm", Norm),
            ("clip factor", ClipFactor),
            ("clip value", ClipValue),
            ("sgd", Sgd),
            ("adam", Adam),
            ("rmsprop", Rmsprop),
            ("adagrad", Adagrad),
            ("asgd", Asgd),
            .. LayerOperations(),
        ];
        return Run(operations, cancel);
    }

    /// <summary>
    /// The products and the steps of an LSTM, whose reference rounds operands as the device does. The other operations are exact in fp32-strict only.
    /// </summary>
    public IEnumerable<Finding> AllProducts(CancellationToken cancel)
    {
        // How a library rounds is its own affair, so a step from its product is compared with nothing.
        bool library = backend.Device.GemmLibrary is not null;
        return Run(library ? Products(cancel) : [.. Products(cancel), ($"lstm step, {PrecisionWord.Of(precision)}", finding => LstmSteps(finding, cancel))], cancel);
    }

    /// <summary>Forward and backward of one LSTM layer of a small odd shape.</summary>
    public Finding SelfTest() => Run("self-test", finding =>
    {
        LstmShape shape = new(T: 3, B: 5, I: 7, H: 17);
        Lstm(finding, shape, backward: false);
        Lstm(finding, shape, backward: true);
    });

    private (string Name, Action<Finding> Check)[] Products(CancellationToken cancel)
    {
        string rounded = precision == ProductPrecision.Fp32Strict ? "" : $", {PrecisionWord.Of(precision)}";
        return [.. Enum.GetValues<GemmLayout>().Select(layout => ($"gemm {layout}{rounded}", (Action<Finding>)(finding => Gemm(finding, layout, cancel))))];
    }

    private static IEnumerable<Finding> Run((string Name, Action<Finding> Check)[] operations, CancellationToken cancel)
    {
        foreach ((string name, Action<Finding> check) in operations)
        {
            cancel.ThrowIfCancellationRequested();
            yield return Run(name, check);
        }
    }

    private static Finding Run(string name, Action<Finding> check)
    {
        Finding finding = new(name);
        try
        {
            check(finding);
        }
        catch (DeviceException error)
        {
            finding.Fail(error.Message);
        }
        return finding;
    }

    private void Transfers(Finding finding) => Each(finding, (memory, length) =>
    {
        float[] x = new UniformInputs(1).Floats(length);
        finding.Compare($"N={length}", x.ToDoubles(), memory.Read(memory.Of(x)), 0);
    });

    private void Fill(Finding finding) => Each(finding, (memory, length) =>
    {
        DeviceSlice<float> x = memory.Unset(length);
        backend.Fill(x, 0.1f);
        finding.Compare($"N={length}", [.. Enumerable.Repeat((double)0.1f, length)], memory.Read(x), 0);
    });

    private void Copy(Finding finding) => Each(finding, (memory, length) =>
    {
        float[] x = new UniformInputs(2).Floats(length);
        DeviceSlice<float> y = memory.Unset(length);
        backend.Copy(memory.Of(x), y);
        finding.Compare($"N={length}", x.ToDoubles(), memory.Read(y), 0);
    });

    private double[] Operands(float[] x) => ReferenceRounding.Operands(precision, x.ToDoubles());

    private void Gemm(Finding finding, GemmLayout layout, CancellationToken cancel)
    {
        int[] sizes = AwkwardSizes.Of(device);
        foreach ((int m, int n, int k) in from m in sizes from n in sizes from k in sizes select (m, n, k))
        {
            cancel.ThrowIfCancellationRequested();
            foreach (bool accumulate in (bool[])[false, true])
            {
                using CaseMemory memory = new(backend);
                UniformInputs uniform = new((ulong)(m * 1_000_000 + n * 1000 + k));
                float[] a = uniform.Floats(m * k), b = uniform.Floats(k * n);
                float[]? c = accumulate ? uniform.Floats(m * n) : null;
                DeviceSlice<float> product = c is null ? memory.Unset((long)m * n) : memory.Of(c);
                backend.Gemm(layout, m, n, k, memory.Of(a), memory.Of(b), product, accumulate);
                finding.Case();
                // How a library rounds is its own affair.
                bool library = backend.Device.GemmLibrary is not null;
                finding.Compare(
                    $"M={m} N={n} K={k}{(accumulate ? " added" : "")}",
                    ReferenceDense.Gemm(layout, m, n, k, library ? a.ToDoubles() : Operands(a), library ? b.ToDoubles() : Operands(b), c?.ToDoubles()),
                    memory.Read(product),
                    library ? Tolerances.LibraryGemm(precision, layout, m, n, k, a, b, c) : Tolerances.Gemm(layout, m, n, k, a, b, c));
            }
        }
    }

    private void AddBias(Finding finding) => Each(finding, (memory, rows, columns) =>
    {
        UniformInputs uniform = new(21);
        float[] bias = uniform.Floats(columns), before = uniform.Floats(rows * columns);
        double[] expected = ReferenceDense.AddBias(rows, columns, bias.ToDoubles(), before.ToDoubles());
        DeviceSlice<float> y = memory.Of(before);
        backend.AddBias(rows, columns, memory.Of(bias), y);
        finding.Compare($"R={rows} C={columns}", expected, memory.Read(y), Tolerances.AddBias(expected));
    });

    private void BiasGradient(Finding finding) => Each(finding, (memory, rows, columns) =>
    {
        UniformInputs uniform = new(22);
        float[] dy = uniform.Floats(rows * columns), before = uniform.Floats(columns);
        double[] expected = ReferenceDense.BiasGradient(rows, columns, dy.ToDoubles(), before.ToDoubles());
        DeviceSlice<float> dBias = memory.Of(before);
        backend.BiasGradient(rows, columns, memory.Of(dy), dBias);
        finding.Compare($"R={rows} C={columns}", expected, memory.Read(dBias), Tolerances.BiasGradient(rows));
    });

    private void OneHot(Finding finding) => Each(finding, (memory, rows, vocabulary) =>
    {
        int[] tokens = AwkwardSizes.Tokens(rows, vocabulary);
        DeviceSlice<float> x = memory.Unset((long)rows * vocabulary);
        backend.OneHot(rows, vocabulary, memory.Of(tokens), x);
        finding.Compare($"R={rows} V={vocabulary}", ReferenceDense.OneHot(rows, vocabulary, tokens), memory.Read(x), 0);
    });

    private void EmbeddingForward(Finding finding)
    {
        foreach ((int rows, int width, int vocabulary) in AwkwardSizes.Embeddings(device))
        {
            using CaseMemory memory = new(backend);
            int[] tokens = AwkwardSizes.Tokens(rows, vocabulary);
            float[] weight = new UniformInputs(31).Floats(vocabulary * width);
            DeviceSlice<float> x = memory.Unset((long)rows * width);
            backend.EmbeddingForward(rows, width, memory.Of(tokens), memory.Of(weight), x);
            finding.Case();
            finding.Compare($"R={rows} E={width} V={vocabulary}", ReferenceDense.EmbeddingForward(rows, width, tokens, weight.ToDoubles()), memory.Read(x), 0);
        }
    }

    private void EmbeddingBackward(Finding finding)
    {
        foreach ((int rows, int width, int vocabulary) in AwkwardSizes.Embeddings(device))
        {
            using CaseMemory memory = new(backend);
            UniformInputs uniform = new(32);
            int[] tokens = AwkwardSizes.Tokens(rows, vocabulary);
            float[] dx = uniform.Floats(rows * width), before = uniform.Floats(vocabulary * width);
            double[] expected = ReferenceDense.EmbeddingBackward(rows, width, tokens, dx.ToDoubles(), before.ToDoubles());
            DeviceSlice<float> dWeight = memory.Of(before);
            backend.EmbeddingBackward(rows, width, memory.Of(tokens), memory.Of(dx), dWeight);
            finding.Case();
            finding.Compare($"R={rows} E={width} V={vocabulary}", expected, memory.Read(dWeight), Tolerances.EmbeddingBackward(width, vocabulary, tokens));
        }
    }

    private void Lstm(Finding finding, bool backward, CancellationToken cancel)
    {
        foreach (LstmShape shape in AwkwardSizes.Lstm(device).Append(AwkwardSizes.LstmThatFills(backend.Device)))
        {
            cancel.ThrowIfCancellationRequested();
            Lstm(finding, shape, backward);
        }
    }

    private void Lstm(Finding finding, LstmShape shape, bool backward)
    {
        using LstmCase memory = new(backend, shape);
        finding.Case();
        memory.Forward();
        if (!backward)
        {
            memory.CompareForward(finding);
            return;
        }
        memory.Backward();
        memory.CompareBackward(finding);
    }

    private void LstmSteps(Finding finding, CancellationToken cancel)
    {
        foreach (LstmShape shape in AwkwardSizes.LstmSteps(device))
        {
            cancel.ThrowIfCancellationRequested();
            using LstmCase memory = new(backend, shape);
            finding.Case();
            memory.CompareRounded(finding, precision);
        }
    }

    private void Dropout(Finding finding) => Each(finding, (memory, length) =>
    {
        DropoutKey key = new(Seed: (1UL << 40) | 5, Step: (1UL << 33) | 3, Site: 0xFFFF0001);
        foreach (float probability in (float[])[0, 0.1f, 0.5f, 0.9f])
        {
            float[] x = new UniformInputs(47).Floats(length);
            double[] expected = ReferenceDropout.Apply(x.ToDoubles(), probability, key);
            DeviceSlice<float> y = memory.Unset(length);
            backend.Dropout(memory.Of(x), y, probability, key);
            finding.Compare($"N={length} p={Number(probability)}", expected, memory.Read(y), Tolerances.Dropout(expected));
        }
    });

    private void Softmax(Finding finding) => Each(finding, (memory, rows, vocabulary) =>
    {
        const float Scale = 1f / 64;
        foreach (float range in (float[])[1, 90, 1e4f])
        {
            float[] scores = new UniformInputs(41).Floats(rows * vocabulary, range);
            int[] targets = AwkwardSizes.Tokens(rows, vocabulary);
            (double[] expected, double[] gradient) = ReferenceLoss.SoftmaxCrossEntropy(rows, vocabulary, scores.ToDoubles(), targets, Scale);
            DeviceSlice<float> logits = memory.Of(scores), losses = memory.Unset(rows);
            backend.SoftmaxCrossEntropy(rows, vocabulary, logits, memory.Of(targets), losses, Scale);
            string shape = $"R={rows} V={vocabulary} logits to {Number(range)}";
            finding.Compare(shape, expected, memory.Read(losses), Tolerances.Losses(vocabulary, range, expected));
            finding.Compare(shape, gradient, memory.Read(logits), Tolerances.LogitGradients(vocabulary, range, Scale, gradient, targets));
        }
    });

    private void ArgMax(Finding finding) => Each(finding, (memory, rows, vocabulary) =>
    {
        // Few distinct values, all negative: ties in every row.
        float[] logits = [.. new UniformInputs(44).Integers(rows * vocabulary, 3).Select(value => value - 3f)];
        DeviceSlice<int> predictions = memory.Of(new int[rows]);
        backend.ArgMax(rows, vocabulary, memory.Of(logits), predictions);
        double[] expected = Array.ConvertAll(ReferenceLoss.ArgMax(rows, vocabulary, logits.ToDoubles()), value => (double)value);
        finding.Compare($"R={rows} V={vocabulary}", expected, Array.ConvertAll(memory.Read(predictions), value => (float)value), 0);
    });

    private void Sum(Finding finding) => Each(finding, (memory, length) =>
    {
        float[] x = new UniformInputs(45).Floats(length);
        DeviceSlice<float> result = memory.Unset(1);
        backend.Sum(memory.Of(x), 0.25f, result);
        finding.Compare($"N={length}", [ReferenceLoss.Sum(x.ToDoubles(), 0.25)], memory.Read(result), Tolerances.Sum(x, 0.25));
    });

    private void Norm(Finding finding) => Each(finding, (memory, length) =>
    {
        float[] x = new UniformInputs(46).Floats(length);
        double norm = ReferenceLoss.Norm(x.ToDoubles());
        DeviceSlice<float> result = memory.Unset(1);
        backend.Norm(memory.Of(x), result);
        finding.Compare($"N={length}", [norm], memory.Read(result), Tolerances.Norm(length, norm));
    });

    private void ClipFactor(Finding finding)
    {
        foreach ((float norm, float limit) in ((float, float)[])[(0, 1), (0.5f, 1), (1, 1), (2, 1), (1e6f, 0.25f), (1e-8f, 1e-7f)])
        {
            using CaseMemory memory = new(backend);
            double expected = ReferenceOptimizers.ClipFactor(norm, limit);
            DeviceSlice<float> factor = memory.Unset(1);
            backend.ClipFactor(memory.Of([norm]), limit, factor);
            finding.Case();
            finding.Compare($"norm {Number(norm)}, limit {Number(limit)}", [expected], memory.Read(factor), Tolerances.ClipFactor(expected));
        }
    }

    private void ClipValue(Finding finding) => Each(finding, (memory, length) =>
    {
        float[] before = new UniformInputs(51).Floats(length);
        double[] expected = Array.ConvertAll(before, g => 0.5 * g);
        ReferenceOptimizers.ClipValue(expected, 0.25);
        DeviceSlice<float> gradients = memory.Of(before), factor = memory.Of([0.5f]);
        backend.ClipValue(gradients, factor, 0.25f);
        finding.Compare($"N={length}", expected, memory.Read(gradients), 0);
        finding.Compare($"N={length}, factor after", [1], memory.Read(factor), 0);
    });

    private void Sgd(Finding finding) => Each(finding, (memory, length) =>
    {
        foreach (SgdStep step in (SgdStep[])[new(0.5f, 0, 0.1f, First: false), new(0.1f, 0.9f, 0.01f, First: true), new(0.1f, 0.9f, 0.01f, First: false, Nesterov: true)])
        {
            UniformInputs uniform = new(52);
            float[] w = uniform.Floats(length), g = uniform.Floats(length), v = uniform.Floats(length);
            double[] parameters = w.ToDoubles(), velocity = v.ToDoubles();
            ReferenceOptimizers.Sgd(parameters, g.ToDoubles(), 0.3f, velocity, step.LearningRate, step.Momentum, step.WeightDecay, step.First, step.Nesterov);
            DeviceSlice<float> actualW = memory.Of(w), actualV = memory.Of(v);
            backend.Sgd(actualW, memory.Of(g), memory.Of([0.3f]), actualV, step);
            string shape = $"N={length} momentum {Number(step.Momentum)}";
            finding.Compare(shape, parameters, memory.Read(actualW), Tolerances.Sgd);
            if (step.Momentum != 0)
            {
                finding.Compare(shape, velocity, memory.Read(actualV), Tolerances.Sgd);
            }
        }
    });

    private void Adam(Finding finding) => Each(finding, (memory, length) =>
    {
        foreach (AdamStep step in (AdamStep[])[new(0.01, 0.9, 0.999, 1e-8, 0.1, Decoupled: false, 2), new(0.01, 0.9, 0.999, 1e-8, 0.01, Decoupled: true, 1000)])
        {
            UniformInputs uniform = new(53);
            float[] w = uniform.Floats(length), g = uniform.Floats(length), m = uniform.Floats(length, 0.5f);
            float[] v = [.. uniform.Floats(length, 0.5f).Select(value => value * value)];
            double[] parameters = w.ToDoubles(), first = m.ToDoubles(), second = v.ToDoubles();
            ReferenceOptimizers.Adam(parameters, g.ToDoubles(), 0.3f, first, second, step);
            DeviceSlice<float> actualW = memory.Of(w), actualM = memory.Of(m), actualV = memory.Of(v);
            backend.Adam(actualW, memory.Of(g), memory.Of([0.3f]), actualM, actualV, step);
            AdamTolerances tolerances = new(w, g, 0.3f, m, v, step, first, second);
            string shape = $"N={length} {(step.Decoupled ? "adamw" : "adam")} step {step.Step}";
            finding.Compare(shape, first, memory.Read(actualM), tolerances.FirstMoment);
            finding.Compare(shape, second, memory.Read(actualV), tolerances.SecondMoment);
            finding.Compare(shape, parameters, memory.Read(actualW), tolerances.Parameter);
        }
    });

    private void Rmsprop(Finding finding) => Each(finding, (memory, length) =>
    {
        foreach (RmspropStep step in (RmspropStep[])[new(0.01, 0.99, 1e-8, Momentum: 0, 0), new(0.01, 0.9, 1e-8, Momentum: 0.9, 0.1)])
        {
            UniformInputs uniform = new(54);
            float[] w = uniform.Floats(length), g = uniform.Floats(length), v = uniform.Floats(length);
            float[] s = [.. uniform.Floats(length, 0.5f).Select(value => value * value)];
            double[] parameters = w.ToDoubles(), mean = s.ToDoubles(), velocity = v.ToDoubles();
            ReferenceOptimizers.Rmsprop(parameters, g.ToDoubles(), 0.3f, mean, velocity, step);
            DeviceSlice<float> actualW = memory.Of(w), actualS = memory.Of(s), actualV = memory.Of(v);
            backend.Rmsprop(actualW, memory.Of(g), memory.Of([0.3f]), actualS, actualV, step);
            RootTolerances tolerances = RootTolerances.Of(step, w, g, 0.3f, s, v, mean);
            string shape = $"N={length} momentum {Number((float)step.Momentum)}";
            finding.Compare(shape, mean, memory.Read(actualS), tolerances.Square);
            finding.Compare(shape, velocity, memory.Read(actualV), tolerances.Velocity);
            finding.Compare(shape, parameters, memory.Read(actualW), tolerances.Parameter);
        }
    });

    private void Adagrad(Finding finding) => Each(finding, (memory, length) =>
    {
        AdagradStep step = new(0.01, LearningRateDecay: 0.1, 1e-10, 0.1, Step: 5);
        UniformInputs uniform = new(55);
        float[] w = uniform.Floats(length), g = uniform.Floats(length);
        float[] s = [.. uniform.Floats(length, 0.5f).Select(value => value * value)];
        double[] parameters = w.ToDoubles(), sum = s.ToDoubles();
        ReferenceOptimizers.Adagrad(parameters, g.ToDoubles(), 0.3f, sum, step);
        DeviceSlice<float> actualW = memory.Of(w), actualS = memory.Of(s);
        backend.Adagrad(actualW, memory.Of(g), memory.Of([0.3f]), actualS, step);
        RootTolerances tolerances = RootTolerances.Of(step, w, g, 0.3f, s, sum);
        finding.Compare($"N={length}", sum, memory.Read(actualS), tolerances.Square);
        finding.Compare($"N={length}", parameters, memory.Read(actualW), tolerances.Parameter);
    });

    private void Asgd(Finding finding) => Each(finding, (memory, length) =>
    {
        foreach (long number in (long[])[1, 9])
        {
            AsgdStep step = new(0.01, Lambda: 0.1, Power: 0.75, 0.1, number, Start: 3);
            UniformInputs uniform = new(56);
            float[] w = uniform.Floats(length), g = uniform.Floats(length), a = uniform.Floats(length);
            double[] parameters = w.ToDoubles(), average = a.ToDoubles();
            ReferenceOptimizers.Asgd(parameters, g.ToDoubles(), 0.3f, average, step);
            DeviceSlice<float> actualW = memory.Of(w), actualA = memory.Of(a);
            backend.Asgd(actualW, memory.Of(g), memory.Of([0.3f]), actualA, step);
            AsgdTolerances tolerances = new(w, g, 0.3f, a, step);
            finding.Compare($"N={length} step {number}", parameters, memory.Read(actualW), tolerances.Parameter);
            finding.Compare($"N={length} step {number}", average, memory.Read(actualA), tolerances.Average);
        }
    });

    private void Each(Finding finding, Action<CaseMemory, int> check)
    {
        foreach (int length in AwkwardSizes.Lengths(device))
        {
            using CaseMemory memory = new(backend);
            finding.Case();
            check(memory, length);
        }
    }

    private void Each(Finding finding, Action<CaseMemory, int, int> check)
    {
        foreach ((int rows, int columns) in AwkwardSizes.Pairs(device))
        {
            using CaseMemory memory = new(backend);
            finding.Case();
            check(memory, rows, columns);
        }
    }

    private static string Number(float value) => value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
