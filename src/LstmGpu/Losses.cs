using LstmGpu.Devices;
using LstmGpu.Layers;
using LstmGpu.Memory;

namespace LstmGpu;

/// <summary>What a loss gives.</summary>
/// <param name="Mean">The mean loss.</param>
/// <param name="Gradient">Of that mean by the predictions, in their shape.</param>
public sealed record LossValue(float Mean, float[] Gradient);

/// <summary>Losses with their gradients, under PyTorch's definitions with <c>reduction='mean'</c>. R rows, V classes.</summary>
public sealed partial class Losses(Device device) : IDisposable
{
    private const int Predictions = 0, Targets = 1, Each = 2, ClassWeights = 3, Total = 4, Mean = 5;

    private readonly IBackend backend = device.Backend;
    private readonly LayerMemory memory = new(device.Backend, new ArenaLayout("losses"));

    /// <summary>
    /// PyTorch's cross_entropy of unnormalised scores: with p = softmax(logits[r,:]), y = targets[r], w the class weights and ε the label smoothing, a row's
    /// loss is (1−ε)·w[y]·(−log p[y]) + ε/V·Σ_v w[v]·(−log p[v]); the mean is Σ loss/Σ w[y] over the rows that are not ignored, and 0 (PyTorch: NaN)
    /// where there is none.
    /// </summary>
    /// <param name="logits">[R,V].</param>
    /// <param name="targets">[R], each 0…V−1 or <paramref name="ignoreIndex"/>.</param>
    /// <param name="classes">V.</param>
    /// <param name="ignoreIndex">Rows with this target have no part in loss and gradient.</param>
    /// <param name="labelSmoothing">ε, 0…1: so much of the target goes to all classes alike.</param>
    /// <param name="classWeights">w, [V], 0 or more; empty: ones.</param>
    /// <exception cref="ArgumentException">A size, target, weight or smoothing does not fit; the message has both shapes.</exception>
    /// <exception cref="DeviceException">The device has not enough memory.</exception>
    public LossValue CrossEntropy(
        ReadOnlySpan<float> logits,
        ReadOnlySpan<int> targets,
        int classes,
        int ignoreIndex = -100,
        double labelSmoothing = 0,
        ReadOnlySpan<float> classWeights = default)
    {
        int rows = RequireRows(logits.Length, targets.Length, classes);
        Border.RequireIndices("targets", targets, classes, ignoreIndex);
        RequireWeights(labelSmoothing, classWeights, classes);
        Fit(logits.Length, rows, rows, classes);
        DeviceSlice<float> scores = memory.Floats(Predictions, logits.Length), mean = memory.Floats(Mean, 1);
        DeviceSlice<int> wanted = memory.Ints(Targets, rows);
        backend.Upload(logits, scores);
        backend.Upload(targets, wanted);
        CrossEntropyOptions options = new(ignoreIndex, (float)labelSmoothing);
        if (!classWeights.IsEmpty)
        {
            options = options with { ClassWeights = memory.Floats(ClassWeights, classes) };
            backend.Upload(classWeights, options.ClassWeights);
        }
        CrossEntropy(rows, classes, scores, wanted, options, mean);
        return Result(mean, scores);
    }

    /// <summary>PyTorch's binary_cross_entropy_with_logits: −y·log σ(x) − (1−y)·log(1−σ(x)); gradient σ(x) − y.</summary>
    /// <param name="logits">Scores x, of any shape.</param>
    /// <param name="targets">Probabilities y, as many.</param>
    /// <exception cref="ArgumentException">Not as many targets as scores, or none; the message has both counts.</exception>
    /// <exception cref="DeviceException">The device has not enough memory.</exception>
    public LossValue BinaryCrossEntropyWithLogits(ReadOnlySpan<float> logits, ReadOnlySpan<float> targets) =>
        OfElements(LossFunction.BinaryCrossEntropyWithLogits, logits, targets);

    /// <summary>PyTorch's mse_loss: d² with d = x − y; gradient 2d.</summary>
    /// <param name="predictions">x, of any shape.</param>
    /// <param name="targets">y, as many.</param>
    /// <inheritdoc cref="BinaryCrossEntropyWithLogits(ReadOnlySpan{float}, ReadOnlySpan{float})" path="/exception"/>
    public LossValue MeanSquaredError(ReadOnlySpan<float> predictions, ReadOnlySpan<float> targets) =>
        OfElements(LossFunction.MeanSquaredError, predictions, targets);

    /// <summary>PyTorch's l1_loss: |d| with d = x − y; gradient the sign of d, 0 at 0.</summary>
    /// <param name="predictions">x, of any shape.</param>
    /// <param name="targets">y, as many.</param>
    /// <inheritdoc cref="BinaryCrossEntropyWithLogits(ReadOnlySpan{float}, ReadOnlySpan{float})" path="/exception"/>
    public LossValue MeanAbsoluteError(ReadOnlySpan<float> predictions, ReadOnlySpan<float> targets) =>
        OfElements(LossFunction.MeanAbsoluteError, predictions, targets);

    /// <summary>PyTorch's huber_loss: d²/2 where |d| &lt; δ, else δ·(|d| − δ/2), with d = x − y; gradient d, held within ±δ.</summary>
    /// <param name="predictions">x, of any shape.</param>
    /// <param name="targets">y, as many.</param>
    /// <param name="delta">δ, greater than 0.</param>
    /// <inheritdoc cref="BinaryCrossEntropyWithLogits(ReadOnlySpan{float}, ReadOnlySpan{float})" path="/exception"/>
    public LossValue Huber(ReadOnlySpan<float> predictions, ReadOnlySpan<float> targets, double delta = 1)
    {
        Border.RequireNumber("delta", delta, new NumberRange(Minimum: 0, ExclusiveMinimum: true));
        return OfElements(LossFunction.Huber, predictions, targets, (float)delta);
    }

    /// <summary>Frees the memory on the device.</summary>
    public void Dispose() => memory.Dispose();

    private LossValue OfElements(LossFunction function, ReadOnlySpan<float> predictions, ReadOnlySpan<float> targets, float delta = 0)
    {
        int count = Border.RequireRows("predictions", "[N,1]", 1, predictions.Length);
        Border.Require("targets", "[N], as many as predictions,", [count], targets.Length);
        Fit(count, count, count, classes: 0);
        DeviceSlice<float> x = memory.Floats(Predictions, count), y = memory.Floats(Targets, count), mean = memory.Floats(Mean, 1);
        backend.Upload(predictions, x);
        backend.Upload(targets, y);
        OfElements(function, count, x, y, delta, mean);
        return Result(mean, x);
    }

    // Predictions become their gradient.
    private void OfElements(LossFunction function, int count, DeviceSlice<float> x, DeviceSlice<float> y, float delta, DeviceSlice<float> mean)
    {
        DeviceSlice<float> each = memory.Floats(Each, count);
        backend.ElementLoss(function, steps: 1, batch: count, width: 1, lengths: default, x, y, each, gradientScale: 1f / count, delta);
        backend.Sum(each, 1f / count, mean);
    }

    // Scores become their gradient.
    private void CrossEntropy(int rows, int classes, DeviceSlice<float> scores, DeviceSlice<int> wanted, CrossEntropyOptions options, DeviceSlice<float> mean)
    {
        DeviceSlice<float> each = memory.Floats(Each, rows), total = memory.Floats(Total, 2);
        backend.TargetWeight(rows, wanted, options, total);
        backend.SoftmaxCrossEntropy(rows, classes, scores, wanted, each, gradientScale: 1, options with { Scale = total.Slice(1, 1) });
        backend.Sum(each, scale: 1, mean);
    }

    private void Fit(int predictions, int targets, int each, int classes) =>
        memory.Fit(("predictions", predictions), ("targets", targets), ("losses", each), ("class weights", Math.Max(classes, 1)), ("total", 2), ("mean", 1));

    private LossValue Result(DeviceSlice<float> mean, DeviceSlice<float> gradient)
    {
        float[] value = new float[1], values = new float[gradient.Length];
        backend.Download(mean, value);
        backend.Download(gradient, values);
        return new(value[0], values);
    }

    private static int RequireRows(long logits, long targets, int classes)
    {
        if (classes < 1)
        {
            throw new ArgumentException($"classes is {classes}, expected at least 1");
        }
        int rows = Border.RequireRows("logits", "[R,V]", classes, logits);
        Border.Require("targets", "[R]", [rows], targets);
        return rows;
    }

    private static void RequireWeights(double labelSmoothing, ReadOnlySpan<float> classWeights, int classes)
    {
        Border.RequireNumber("label smoothing", labelSmoothing, new NumberRange(0, 1));
        if (!classWeights.IsEmpty)
        {
            Border.Require("class weights", "[V]", [classes], classWeights.Length);
            for (int v = 0; v < classes; v++)
            {
                Border.RequireNumber($"class weights[{v}]", classWeights[v], new NumberRange(Minimum: 0));
            }
        }
    }
}
