using LstmGpu.Devices;
using LstmGpu.Devices.Reference;

namespace LstmGpu.Tests.Devices;

/// <summary>The operations of layers beside the recurrence as functions from arrays to arrays, in guarded memory.</summary>
internal static class GuardedLayers
{
    public static float[] Add(this IBackend backend, float[] source, float[] destination)
    {
        using GuardedMemory memory = new(backend, nameof(Add));
        DeviceSlice<float> sum = memory.InOut("destination", destination);
        backend.Add(memory.In("source", source), sum);
        memory.CheckUntouched();
        return memory.Read(sum);
    }

    public static float[] MultiplyByMask(this IBackend backend, float[] x, float[] mask, bool inPlace)
    {
        using GuardedMemory memory = new(backend, nameof(MultiplyByMask));
        DeviceSlice<float> source = inPlace ? memory.InOut("x", x) : memory.In("x", x);
        DeviceSlice<float> y = inPlace ? source : memory.Out("y", x.Length);
        backend.MultiplyByMask(source, memory.In("mask", mask), y);
        memory.CheckUntouched();
        return memory.Read(y);
    }

    public static float[] PeriodicDropout(this IBackend backend, float[] x, float probability, DropoutKey key, long period, bool inPlace)
    {
        using GuardedMemory memory = new(backend, "Dropout with a period");
        DeviceSlice<float> source = inPlace ? memory.InOut("x", x) : memory.In("x", x);
        DeviceSlice<float> y = inPlace ? source : memory.Out("y", x.Length);
        backend.Dropout(source, y, probability, key, period);
        memory.CheckUntouched();
        return memory.Read(y);
    }

    public static float[] EmbeddingForward(this IBackend backend, int rows, int width, int[] tokens, float[] weight, float[] rowMask)
    {
        using GuardedMemory memory = new(backend, nameof(EmbeddingForward));
        DeviceSlice<float> x = memory.Out("x", (long)rows * width);
        backend.EmbeddingForward(rows, width, memory.In("tokens", tokens), memory.In("weight", weight), memory.In("rowMask", rowMask), x);
        memory.CheckUntouched();
        return memory.Read(x);
    }

    public static float[] EmbeddingBackward(
        this IBackend backend, int rows, int width, int[] tokens, float[] dx, float[] dWeight, float[] rowMask, int paddingToken)
    {
        using GuardedMemory memory = new(backend, nameof(EmbeddingBackward));
        DeviceSlice<float> result = memory.InOut("dWeight", dWeight);
        backend.EmbeddingBackward(rows, width, memory.In("tokens", tokens), memory.In("dx", dx), result, memory.OrEmpty("rowMask", rowMask), paddingToken);
        memory.CheckUntouched();
        return memory.Read(result);
    }

    public static (float[] Y, float[] Mean, float[] Inverse) LayerNormForward(this IBackend backend, int rows, int width, float[] x, float[] gamma, float[] beta)
    {
        using GuardedMemory memory = new(backend, nameof(LayerNormForward));
        DeviceSlice<float> y = memory.Out("y", x.Length), mean = memory.Out("mean", rows), inverse = memory.Out("inverse", rows);
        backend.LayerNormForward(rows, width, memory.In("x", x), memory.OrEmpty("gamma", gamma), memory.OrEmpty("beta", beta), y, mean, inverse);
        memory.CheckUntouched();
        return (memory.Read(y), memory.Read(mean), memory.Read(inverse));
    }

    public static (float[] DX, float[] DGamma, float[] DBeta) LayerNormBackward(
        this IBackend backend,
        int rows,
        int width,
        float[] dy,
        float[] x,
        float[] gamma,
        float[] mean,
        float[] inverse,
        float[] dGamma,
        float[] dBeta,
        bool inPlace)
    {
        using GuardedMemory memory = new(backend, nameof(LayerNormBackward));
        DeviceSlice<float> upstream = inPlace ? memory.InOut("dy", dy) : memory.In("dy", dy);
        DeviceSlice<float> dx = inPlace ? upstream : memory.Out("dx", x.Length);
        DeviceSlice<float> ofGamma = memory.InOut("dGamma", dGamma), ofBeta = memory.InOut("dBeta", dBeta);
        backend.LayerNormBackward(
            rows,
            width,
            upstream,
            memory.In("x", x),
            memory.OrEmpty("gamma", gamma),
            memory.In("mean", mean),
            memory.In("inverse", inverse),
            dx,
            ofGamma,
            ofBeta,
            memory.Out("workspace", backend.LayerNormWorkspaceBytes(rows, width) / sizeof(float)));
        memory.CheckUntouched();
        return (memory.Read(dx), memory.Read(ofGamma), memory.Read(ofBeta));
    }

    public static (float[] Y, int[] Places) PoolForward(this IBackend backend, Pooling pooling, ReferenceSequences shape, float[] x)
    {
        using GuardedMemory memory = new(backend, nameof(PoolForward));
        DeviceSlice<float> y = memory.Out("y", shape.B * shape.H);
        DeviceSlice<int> places = pooling == Pooling.Max ? memory.OutIntegers("places", shape.B * shape.H) : default;
        backend.PoolForward(pooling, shape.T, shape.B, shape.H, memory.OrEmpty("lengths", shape.Lengths), memory.In("x", x), y, places);
        memory.CheckUntouched();
        return (memory.Read(y), places.IsEmpty ? [] : memory.Read(places));
    }

    public static float[] PoolBackward(this IBackend backend, Pooling pooling, ReferenceSequences shape, float[] dy, int[] places, float[] dx)
    {
        using GuardedMemory memory = new(backend, nameof(PoolBackward));
        DeviceSlice<float> result = memory.InOut("dx", dx);
        DeviceSlice<int> at = pooling == Pooling.Max ? memory.In("places", places) : default;
        backend.PoolBackward(pooling, shape.T, shape.B, shape.H, memory.OrEmpty("lengths", shape.Lengths), memory.In("dy", dy), at, result);
        memory.CheckUntouched();
        return memory.Read(result);
    }

    public static (float[] Losses, float[] Logits) SoftmaxCrossEntropy(
        this IBackend backend, float[] logits, int[] targets, float gradientScale, int? ignoreIndex, float smoothing, float[] weights, float[] scale)
    {
        using GuardedMemory memory = new(backend, nameof(SoftmaxCrossEntropy));
        DeviceSlice<float> gradient = memory.InOut("logits", logits), losses = memory.Out("losses", targets.Length);
        CrossEntropyOptions options = new(ignoreIndex, smoothing, memory.OrEmpty("weights", weights), memory.OrEmpty("scale", scale));
        backend.SoftmaxCrossEntropy(targets.Length, logits.Length / targets.Length, gradient, memory.In("targets", targets), losses, gradientScale, options);
        memory.CheckUntouched();
        return (memory.Read(losses), memory.Read(gradient));
    }

    public static float[] TargetWeight(this IBackend backend, int[] targets, int? ignoreIndex, float[] weights)
    {
        using GuardedMemory memory = new(backend, nameof(TargetWeight));
        DeviceSlice<float> total = memory.Out("total", 2);
        CrossEntropyOptions options = new(ignoreIndex, ClassWeights: memory.OrEmpty("weights", weights));
        backend.TargetWeight(targets.Length, memory.In("targets", targets), options, total);
        memory.CheckUntouched();
        return memory.Read(total);
    }

    public static (float[] Losses, float[] Predictions) ElementLoss(
        this IBackend backend, LossFunction function, ReferenceSequences shape, float[] x, float[] y, float scale, float delta)
    {
        using GuardedMemory memory = new(backend, nameof(ElementLoss));
        DeviceSlice<float> predictions = memory.InOut("predictions", x), losses = memory.Out("losses", x.Length);
        DeviceSlice<int> lengths = memory.OrEmpty("lengths", shape.Lengths);
        backend.ElementLoss(function, shape.T, shape.B, shape.H, lengths, predictions, memory.In("targets", y), losses, scale, delta);
        memory.CheckUntouched();
        return (memory.Read(losses), memory.Read(predictions));
    }

    public static (float[] Losses, float[] Predictions) QuantileLoss(
        this IBackend backend, ReferenceForecastLoss shape, float[] levels, float[] x, float[] y, float scale)
    {
        using GuardedMemory memory = new(backend, nameof(QuantileLoss));
        DeviceSlice<float> predictions = memory.InOut("predictions", x), losses = memory.Out("losses", x.Length);
        DeviceSlice<int> lengths = memory.OrEmpty("lengths", shape.Lengths);
        backend.QuantileLoss(shape.B, shape.H, lengths, memory.In("levels", levels), predictions, memory.In("targets", y), losses, scale);
        memory.CheckUntouched();
        return (memory.Read(losses), memory.Read(predictions));
    }

    public static (float[] Losses, float[] Predictions) GaussianLoss(this IBackend backend, ReferenceForecastLoss shape, float[] x, float[] y, float scale)
    {
        using GuardedMemory memory = new(backend, nameof(GaussianLoss));
        DeviceSlice<float> predictions = memory.InOut("predictions", x), losses = memory.Out("losses", y.Length);
        backend.GaussianLoss(shape.B, shape.H, memory.OrEmpty("lengths", shape.Lengths), predictions, memory.In("targets", y), losses, scale);
        memory.CheckUntouched();
        return (memory.Read(losses), memory.Read(predictions));
    }

    /// <param name="dH">Empty: the loss alone.</param>
    public static (float Loss, float[] DH) ActivationPenalty(this IBackend backend, ReferenceSequences shape, float[] h, float alpha, float beta, float[] dH)
    {
        using GuardedMemory memory = new(backend, nameof(ActivationPenalty));
        DeviceSlice<float> gradient = dH.Length == 0 ? default : memory.InOut("dH", dH);
        DeviceSlice<float> loss = memory.Out("loss", 1);
        backend.ActivationPenalty(shape.T, shape.B, shape.H, memory.OrEmpty("lengths", shape.Lengths), memory.In("h", h), alpha, beta, gradient, loss);
        memory.CheckUntouched();
        return (memory.Read(loss)[0], dH.Length == 0 ? [] : memory.Read(gradient));
    }

    private static DeviceSlice<float> OrEmpty(this GuardedMemory memory, string name, float[] values) => values.Length == 0 ? default : memory.In(name, values);

    private static DeviceSlice<int> OrEmpty(this GuardedMemory memory, string name, int[] values) => values.Length == 0 ? default : memory.In(name, values);
}
