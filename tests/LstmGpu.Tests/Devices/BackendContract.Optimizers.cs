using LstmGpu.Devices;
using LstmGpu.Devices.Reference;
using Xunit;

namespace LstmGpu.Tests.Devices;

public sealed partial class BackendContract
{
    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void ClipFactor_ShrinksLargeGradientsAndLeavesSmallOnesAlone(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach ((float norm, float limit) in ((float, float)[])[(0, 1), (0.5f, 1), (1, 1), (2, 1), (1e6f, 0.25f), (1e-8f, 1e-7f)])
        {
            double expected = ReferenceOptimizers.ClipFactor(norm, limit);
            Near.Equal($"norm {norm}, limit {limit}", [expected], [backend.ClipFactor(norm, limit)], Tolerances.ClipFactor(expected));
        }
        Assert.Equal(1f, backend.ClipFactor(0.5f, 1));
        Assert.Equal(0f, backend.ClipFactor(float.PositiveInfinity, 1));
        Assert.Equal(float.NaN, backend.ClipFactor(float.NaN, 1));
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void ClipValue_ScalesThenClampsEveryElement_AndUsesTheFactorUp(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach (int length in AwkwardSizes.Lengths(device))
        {
            float[] gradients = new UniformInputs(51).Floats(length);
            double[] expected = Array.ConvertAll(gradients.ToDoubles(), g => 0.5 * g);
            ReferenceOptimizers.ClipValue(expected, 0.25);
            Near.Equal($"length {length}", expected, backend.ClipValue(gradients, 0.5f, 0.25f), 0);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void Sgd_UpdatesAsPyTorch(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        SgdStep[] steps =
        [
            new(LearningRate: 0.5f, Momentum: 0, WeightDecay: 0, First: true),
            new(LearningRate: 0.5f, Momentum: 0, WeightDecay: 0.1f, First: false),
            new(LearningRate: 0.1f, Momentum: 0.9f, WeightDecay: 0.01f, First: true),
            new(LearningRate: 0.1f, Momentum: 0.9f, WeightDecay: 0.01f, First: false),
            new(LearningRate: 0.1f, Momentum: 0.9f, WeightDecay: 0.01f, First: true, Nesterov: true),
            new(LearningRate: 0.1f, Momentum: 0.9f, WeightDecay: 0.01f, First: false, Nesterov: true),
        ];
        foreach (int length in AwkwardSizes.Lengths(device))
        {
            foreach (SgdStep step in steps)
            {
                foreach (float factor in (float[])[1, 0.3f])
                {
                    UniformInputs uniform = new(52);
                    float[] parameters = uniform.Floats(length);
                    float[] gradients = uniform.Floats(length);
                    float[] velocity = uniform.Floats(length);
                    double[] w = parameters.ToDoubles();
                    double[] v = velocity.ToDoubles();
                    ReferenceOptimizers.Sgd(
                        w, gradients.ToDoubles(), factor, v, step.LearningRate, step.Momentum, step.WeightDecay, step.First, step.Nesterov);

                    (float[] actualParameters, float[] actualVelocity) = backend.Sgd(parameters, gradients, factor, velocity, step);

                    string call = $"length {length} factor {factor} {step}";
                    Near.Equal($"parameters, {call}", w, actualParameters, Tolerances.Sgd);
                    // Without momentum PyTorch keeps no velocity, and what the buffer holds is left to the device.
                    if (step.Momentum != 0)
                    {
                        Near.Equal($"velocity, {call}", v, actualVelocity, Tolerances.Sgd);
                    }
                }
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void Adam_UpdatesAsPyTorch_CoupledAndDecoupled(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach (int length in AwkwardSizes.Lengths(device))
        {
            foreach (long number in (long[])[1, 2, 1000, 1_000_000])
            {
                foreach ((double decay, bool decoupled) in ((double, bool)[])[(0, false), (0.1, false), (0.01, true)])
                {
                    AdamStep step = new(LearningRate: 0.01, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, decay, decoupled, number);
                    CheckAdam(backend, length, factor: number == 2 ? 0.3f : 1, step);
                }
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void Rmsprop_UpdatesAsPyTorch_WithAndWithoutMomentum(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach (int length in AwkwardSizes.Lengths(device))
        {
            foreach ((bool first, double momentum, double decay, float factor) in ((bool, double, double, float)[])[(true, 0, 0, 1), (true, 0.9, 0, 1), (false, 0, 0.1, 0.3f), (false, 0.9, 0.1, 0.3f)])
            {
                CheckRmsprop(backend, length, factor, first, new(LearningRate: 0.01, Alpha: 0.99, Epsilon: 1e-8, momentum, decay));
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void Adagrad_UpdatesAsPyTorch(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach (int length in AwkwardSizes.Lengths(device))
        {
            foreach ((long number, double decay, float factor) in ((long, double, float)[])[(1, 0, 1), (2, 0.1, 0.3f), (1000, 0, 1)])
            {
                CheckAdagrad(backend, length, factor, new(LearningRate: 0.01, LearningRateDecay: 0.1, Epsilon: 1e-10, decay, number));
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void Asgd_UpdatesAsPyTorch_AndAveragesFromItsStart(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach (int length in AwkwardSizes.Lengths(device))
        {
            foreach ((long number, double lambda, double decay, float factor) in ((long, double, double, float)[])[(1, 0, 0, 1), (5, 0.1, 0.1, 0.3f), (6, 0.1, 0, 1), (1000, 1e-4, 0.1, 0.3f)])
            {
                CheckAsgd(backend, length, factor, new(LearningRate: 0.5, lambda, Power: 0.75, decay, number, Start: 3));
            }
        }
    }

    internal static void CheckAsgd(IBackend backend, int length, float factor, AsgdStep step)
    {
        UniformInputs uniform = new(56);
        float[] parameters = uniform.Floats(length);
        float[] gradients = uniform.Floats(length);
        float[] average = uniform.Floats(length);
        double[] w = parameters.ToDoubles();
        double[] a = average.ToDoubles();
        ReferenceOptimizers.Asgd(w, gradients.ToDoubles(), factor, a, step);

        (float[] actualW, float[] actualA) = backend.Asgd(parameters, gradients, factor, average, step);

        AsgdTolerances tolerances = new(parameters, gradients, factor, average, step);
        string call = $"length {length} factor {factor} {step}";
        Near.Equal($"parameters, {call}", w, actualW, tolerances.Parameter);
        Near.Equal($"average, {call}", a, actualA, tolerances.Average);
        if (step.Mu == 1)
        {
            Assert.Equal(actualW, actualA);
        }
    }

    internal static void CheckRmsprop(IBackend backend, int length, float factor, bool first, RmspropStep step)
    {
        UniformInputs uniform = new(54);
        float[] parameters = uniform.Floats(length);
        float[] gradients = uniform.Floats(length);
        float[] meanSquare = first ? new float[length] : [.. uniform.Floats(length, 0.5f).Select(value => value * value)];
        float[] velocity = first ? new float[length] : uniform.Floats(length);
        double[] w = parameters.ToDoubles();
        double[] s = meanSquare.ToDoubles();
        double[] v = velocity.ToDoubles();
        ReferenceOptimizers.Rmsprop(w, gradients.ToDoubles(), factor, s, v, step);

        (float[] actualW, float[] actualS, float[] actualV) = backend.Rmsprop(parameters, gradients, factor, meanSquare, velocity, step);

        RootTolerances tolerances = RootTolerances.Of(step, parameters, gradients, factor, meanSquare, velocity, s);
        string call = $"length {length} factor {factor} {step}";
        Near.Equal($"mean square, {call}", s, actualS, tolerances.Square);
        Near.Equal($"velocity, {call}", v, actualV, tolerances.Velocity);
        Near.Equal($"parameters, {call}", w, actualW, tolerances.Parameter);
    }

    internal static void CheckAdagrad(IBackend backend, int length, float factor, AdagradStep step)
    {
        UniformInputs uniform = new(55);
        float[] parameters = uniform.Floats(length);
        float[] gradients = uniform.Floats(length);
        float[] sum = step.Step == 1 ? new float[length] : [.. uniform.Floats(length, 0.5f).Select(value => value * value)];
        double[] w = parameters.ToDoubles();
        double[] s = sum.ToDoubles();
        ReferenceOptimizers.Adagrad(w, gradients.ToDoubles(), factor, s, step);

        (float[] actualW, float[] actualS) = backend.Adagrad(parameters, gradients, factor, sum, step);

        RootTolerances tolerances = RootTolerances.Of(step, parameters, gradients, factor, sum, s);
        string call = $"length {length} factor {factor} {step}";
        Near.Equal($"sum, {call}", s, actualS, tolerances.Square);
        Near.Equal($"parameters, {call}", w, actualW, tolerances.Parameter);
    }

    internal static void CheckAdam(IBackend backend, int length, float factor, AdamStep step)
    {
        UniformInputs uniform = new(53);
        float[] parameters = uniform.Floats(length);
        float[] gradients = uniform.Floats(length);
        bool first = step.Step == 1;
        float[] firstMoment = first ? new float[length] : uniform.Floats(length, 0.5f);
        float[] secondMoment = first ? new float[length] : [.. uniform.Floats(length, 0.5f).Select(value => value * value)];
        double[] w = parameters.ToDoubles();
        double[] m = firstMoment.ToDoubles();
        double[] v = secondMoment.ToDoubles();
        ReferenceOptimizers.Adam(w, gradients.ToDoubles(), factor, m, v, step);

        (float[] actualW, float[] actualM, float[] actualV) = backend.Adam(parameters, gradients, factor, firstMoment, secondMoment, step);

        AdamTolerances tolerances = new(parameters, gradients, factor, firstMoment, secondMoment, step, m, v);
        string call = $"length {length} factor {factor} {step}";
        Near.Equal($"first moment, {call}", m, actualM, tolerances.FirstMoment);
        Near.Equal($"second moment, {call}", v, actualV, tolerances.SecondMoment);
        Near.Equal($"parameters, {call}", w, actualW, tolerances.Parameter);
    }
}
