using LstmGpu.Devices;
using Xunit;

namespace LstmGpu.Tests.Devices;

/// <summary>
/// Every operation of a backend as a function from arrays to arrays: uploads into guarded memory, calls, checks the guards, downloads.
/// </summary>
internal static class GuardedCalls
{
    public static float[] Gemm(this IBackend backend, GemmLayout layout, int m, int n, int k, float[] a, float[] b, float[]? accumulate)
    {
        using GuardedMemory memory = new(backend, nameof(Gemm));
        DeviceSlice<float> product = accumulate is null ? memory.Out("c", (long)m * n) : memory.InOut("c", accumulate);
        backend.Gemm(layout, m, n, k, memory.In("a", a), memory.In("b", b), product, accumulate is not null);
        memory.CheckUntouched();
        return memory.Read(product);
    }

    public static float[] AddBias(this IBackend backend, int rows, int columns, float[] bias, float[] y)
    {
        using GuardedMemory memory = new(backend, nameof(AddBias));
        DeviceSlice<float> result = memory.InOut("y", y);
        backend.AddBias(rows, columns, memory.In("bias", bias), result);
        memory.CheckUntouched();
        return memory.Read(result);
    }

    public static float[] BiasGradient(this IBackend backend, int rows, int columns, float[] dy, float[] dBias)
    {
        using GuardedMemory memory = new(backend, nameof(BiasGradient));
        DeviceSlice<float> result = memory.InOut("dBias", dBias);
        backend.BiasGradient(rows, columns, memory.In("dy", dy), result);
        memory.CheckUntouched();
        return memory.Read(result);
    }

    public static float[] OneHot(this IBackend backend, int rows, int vocabulary, int[] tokens)
    {
        using GuardedMemory memory = new(backend, nameof(OneHot));
        DeviceSlice<float> x = memory.Out("x", (long)rows * vocabulary);
        backend.OneHot(rows, vocabulary, memory.In("tokens", tokens), x);
        memory.CheckUntouched();
        return memory.Read(x);
    }

    public static float[] EmbeddingForward(this IBackend backend, int rows, int width, int[] tokens, float[] weight)
    {
        using GuardedMemory memory = new(backend, nameof(EmbeddingForward));
        DeviceSlice<float> x = memory.Out("x", (long)rows * width);
        backend.EmbeddingForward(rows, width, memory.In("tokens", tokens), memory.In("weight", weight), x);
        memory.CheckUntouched();
        return memory.Read(x);
    }

    public static float[] EmbeddingBackward(this IBackend backend, int rows, int width, int[] tokens, float[] dx, float[] dWeight)
    {
        using GuardedMemory memory = new(backend, nameof(EmbeddingBackward));
        DeviceSlice<float> result = memory.InOut("dWeight", dWeight);
        backend.EmbeddingBackward(rows, width, memory.In("tokens", tokens), memory.In("dx", dx), result);
        memory.CheckUntouched();
        return memory.Read(result);
    }

    public static float[] Dropout(this IBackend backend, float[] x, float probability, DropoutKey key, bool inPlace)
    {
        using GuardedMemory memory = new(backend, nameof(Dropout));
        DeviceSlice<float> source = inPlace ? memory.InOut("x", x) : memory.In("x", x);
        DeviceSlice<float> y = inPlace ? source : memory.Out("y", x.Length);
        backend.Dropout(source, y, probability, key);
        memory.CheckUntouched();
        return memory.Read(y);
    }

    /// <summary>Losses [R] and what the logits hold afterwards [R,V].</summary>
    public static (float[] Losses, float[] Logits) SoftmaxCrossEntropy(
        this IBackend backend,
        int rows,
        int vocabulary,
        float[] logits,
        int[] targets,
        float scale)
    {
        using GuardedMemory memory = new(backend, nameof(SoftmaxCrossEntropy));
        DeviceSlice<float> gradient = memory.InOut("logits", logits);
        DeviceSlice<float> losses = memory.Out("losses", rows);
        backend.SoftmaxCrossEntropy(rows, vocabulary, gradient, memory.In("targets", targets), losses, scale);
        memory.CheckUntouched();
        return (memory.Read(losses), memory.Read(gradient));
    }

    public static int[] ArgMax(this IBackend backend, int rows, int vocabulary, float[] logits)
    {
        using GuardedMemory memory = new(backend, nameof(ArgMax));
        DeviceSlice<int> predictions = memory.OutIntegers("predictions", rows);
        backend.ArgMax(rows, vocabulary, memory.In("logits", logits), predictions);
        memory.CheckUntouched();
        return memory.Read(predictions);
    }

    public static float Sum(this IBackend backend, float[] x, float scale)
    {
        using GuardedMemory memory = new(backend, nameof(Sum));
        DeviceSlice<float> result = memory.Out("result", 1);
        backend.Sum(memory.In("x", x), scale, result);
        memory.CheckUntouched();
        return memory.Read(result)[0];
    }

    public static float Norm(this IBackend backend, float[] x)
    {
        using GuardedMemory memory = new(backend, nameof(Norm));
        DeviceSlice<float> result = memory.Out("result", 1);
        backend.Norm(memory.In("x", x), result);
        memory.CheckUntouched();
        return memory.Read(result)[0];
    }

    public static float ClipFactor(this IBackend backend, float norm, float limit)
    {
        using GuardedMemory memory = new(backend, nameof(ClipFactor));
        DeviceSlice<float> factor = memory.Out("factor", 1);
        backend.ClipFactor(memory.In("norm", [norm]), limit, factor);
        memory.CheckUntouched();
        return memory.Read(factor)[0];
    }

    public static float[] ClipValue(this IBackend backend, float[] gradients, float factor, float limit)
    {
        using GuardedMemory memory = new(backend, nameof(ClipValue));
        DeviceSlice<float> result = memory.InOut("gradients", gradients);
        DeviceSlice<float> scale = memory.InOut("factor", [factor]);
        backend.ClipValue(result, scale, limit);
        memory.CheckUntouched();
        Assert.Equal(1f, memory.Read(scale)[0]);
        return memory.Read(result);
    }

    // The gradients of an update are used up: whether they keep their values is left to the device.

    public static (float[] Parameters, float[] Velocity) Sgd(
        this IBackend backend,
        float[] parameters,
        float[] gradients,
        float factor,
        float[] velocity,
        SgdStep step)
    {
        using GuardedMemory memory = new(backend, nameof(Sgd));
        DeviceSlice<float> w = memory.InOut("parameters", parameters);
        DeviceSlice<float> v = memory.InOut("velocity", velocity);
        backend.Sgd(w, memory.InOut("gradients", gradients), memory.In("factor", [factor]), v, step);
        memory.CheckUntouched();
        return (memory.Read(w), memory.Read(v));
    }

    public static (float[] Parameters, float[] FirstMoment, float[] SecondMoment) Adam(
        this IBackend backend,
        float[] parameters,
        float[] gradients,
        float factor,
        float[] firstMoment,
        float[] secondMoment,
        AdamStep step)
    {
        using GuardedMemory memory = new(backend, nameof(Adam));
        DeviceSlice<float> w = memory.InOut("parameters", parameters);
        DeviceSlice<float> m = memory.InOut("firstMoment", firstMoment);
        DeviceSlice<float> v = memory.InOut("secondMoment", secondMoment);
        backend.Adam(w, memory.InOut("gradients", gradients), memory.In("factor", [factor]), m, v, step);
        memory.CheckUntouched();
        return (memory.Read(w), memory.Read(m), memory.Read(v));
    }

    public static (float[] Parameters, float[] MeanSquare, float[] Velocity) Rmsprop(
        this IBackend backend,
        float[] parameters,
        float[] gradients,
        float factor,
        float[] meanSquare,
        float[] velocity,
        RmspropStep step)
    {
        using GuardedMemory memory = new(backend, nameof(Rmsprop));
        DeviceSlice<float> w = memory.InOut("parameters", parameters);
        DeviceSlice<float> s = memory.InOut("meanSquare", meanSquare);
        DeviceSlice<float> v = step.Momentum != 0 ? memory.InOut("velocity", velocity) : default;
        backend.Rmsprop(w, memory.InOut("gradients", gradients), memory.In("factor", [factor]), s, v, step);
        memory.CheckUntouched();
        return (memory.Read(w), memory.Read(s), step.Momentum != 0 ? memory.Read(v) : velocity);
    }

    public static (float[] Parameters, float[] Sum) Adagrad(
        this IBackend backend,
        float[] parameters,
        float[] gradients,
        float factor,
        float[] sum,
        AdagradStep step)
    {
        using GuardedMemory memory = new(backend, nameof(Adagrad));
        DeviceSlice<float> w = memory.InOut("parameters", parameters);
        DeviceSlice<float> s = memory.InOut("sum", sum);
        backend.Adagrad(w, memory.InOut("gradients", gradients), memory.In("factor", [factor]), s, step);
        memory.CheckUntouched();
        return (memory.Read(w), memory.Read(s));
    }

    public static (float[] Parameters, float[] Average) Asgd(
        this IBackend backend,
        float[] parameters,
        float[] gradients,
        float factor,
        float[] average,
        AsgdStep step)
    {
        using GuardedMemory memory = new(backend, nameof(Asgd));
        DeviceSlice<float> w = memory.InOut("parameters", parameters);
        DeviceSlice<float> a = memory.InOut("average", average);
        backend.Asgd(w, memory.InOut("gradients", gradients), memory.In("factor", [factor]), a, step);
        memory.CheckUntouched();
        return (memory.Read(w), memory.Read(a));
    }
}
