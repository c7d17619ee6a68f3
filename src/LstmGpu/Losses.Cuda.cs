using LstmGpu.Devices;
using LstmGpu.Layers;

namespace LstmGpu;

/// <summary>
/// On memory of a CUDA device; order, streams and lifetimes as of <see cref="Recurrent"/>'s passes over such memory. Mean and gradient stay on the device, so no call
/// waits; a gradient may take the place of its predictions, else these are copied there first, on the device.
/// </summary>
public sealed partial class Losses
{
    /// <summary>As over arrays.</summary>
    /// <param name="logits">[R,V].</param>
    /// <param name="targets">[R], each 0…V−1 or <paramref name="ignoreIndex"/>, which nobody checks.</param>
    /// <param name="mean">[1], written.</param>
    /// <param name="gradient">[R,V], written; the logits themselves, or other memory.</param>
    /// <param name="classes">V.</param>
    /// <param name="ignoreIndex">Rows with this target have no part in loss and gradient.</param>
    /// <param name="labelSmoothing">ε, 0…1.</param>
    /// <param name="classWeights">w, [V], 0 or more, which nobody checks; the default: ones.</param>
    /// <exception cref="ArgumentException">A size or the smoothing does not fit; the message has both shapes.</exception>
    /// <exception cref="DeviceException">The device is another, or has not enough memory for a loss per row.</exception>
    public void CrossEntropy(
        CudaTensor logits,
        CudaIndices targets,
        CudaTensor mean,
        CudaTensor gradient,
        int classes,
        int ignoreIndex = -100,
        double labelSmoothing = 0,
        CudaTensor classWeights = default)
    {
        int rows = RequireRows(logits.Count, targets.Count, classes);
        Border.RequireNumber("label smoothing", labelSmoothing, new NumberRange(0, 1));
        Border.Require("mean", "[1]", [1], mean.Count);
        Border.Require("gradient", "[R,V]", [rows, classes], gradient.Count);
        if (classWeights.Count > 0)
        {
            Border.Require("class weights", "[V]", [classes], classWeights.Count);
        }
        DeviceSlice<int> wanted = backend.Borrow(targets);
        DeviceSlice<float> total = backend.Borrow(mean), weights = backend.Borrow(classWeights), scores = InPlace(logits, gradient);
        Fit(predictions: 0, targets: 0, each: rows, classes: 0);
        CrossEntropy(rows, classes, scores, wanted, new(ignoreIndex, (float)labelSmoothing, weights), total);
    }

    /// <summary>As over arrays.</summary>
    /// <param name="logits">Scores x, of any shape.</param>
    /// <param name="targets">Probabilities y, as many.</param>
    /// <param name="mean">[1], written.</param>
    /// <param name="gradient">As many, written; the logits themselves, or other memory.</param>
    /// <exception cref="ArgumentException">Not as many of one as of the other, or none; the message has both counts.</exception>
    /// <exception cref="DeviceException">The device is another, or has not enough memory for a loss per element.</exception>
    public void BinaryCrossEntropyWithLogits(CudaTensor logits, CudaTensor targets, CudaTensor mean, CudaTensor gradient) =>
        OfElements(LossFunction.BinaryCrossEntropyWithLogits, logits, targets, mean, gradient);

    /// <summary>As over arrays.</summary>
    /// <param name="predictions">x, of any shape.</param>
    /// <param name="targets">y, as many.</param>
    /// <param name="mean">[1], written.</param>
    /// <param name="gradient">As many, written; the predictions themselves, or other memory.</param>
    /// <inheritdoc cref="BinaryCrossEntropyWithLogits(CudaTensor, CudaTensor, CudaTensor, CudaTensor)" path="/exception"/>
    public void MeanSquaredError(CudaTensor predictions, CudaTensor targets, CudaTensor mean, CudaTensor gradient) =>
        OfElements(LossFunction.MeanSquaredError, predictions, targets, mean, gradient);

    /// <inheritdoc cref="MeanSquaredError(CudaTensor, CudaTensor, CudaTensor, CudaTensor)"/>
    public void MeanAbsoluteError(CudaTensor predictions, CudaTensor targets, CudaTensor mean, CudaTensor gradient) =>
        OfElements(LossFunction.MeanAbsoluteError, predictions, targets, mean, gradient);

    /// <inheritdoc cref="MeanSquaredError(CudaTensor, CudaTensor, CudaTensor, CudaTensor)"/>
    /// <param name="delta">δ, greater than 0.</param>
    public void Huber(CudaTensor predictions, CudaTensor targets, CudaTensor mean, CudaTensor gradient, double delta = 1)
    {
        Border.RequireNumber("delta", delta, new NumberRange(Minimum: 0, ExclusiveMinimum: true));
        OfElements(LossFunction.Huber, predictions, targets, mean, gradient, (float)delta);
    }

    private void OfElements(LossFunction function, CudaTensor predictions, CudaTensor targets, CudaTensor mean, CudaTensor gradient, float delta = 0)
    {
        int count = Border.RequireRows("predictions", "[N,1]", 1, predictions.Count);
        Border.Require("targets", "[N], as many as predictions,", [count], targets.Count);
        Border.Require("mean", "[1]", [1], mean.Count);
        Border.Require("gradient", "[N], as many as predictions,", [count], gradient.Count);
        DeviceSlice<float> y = backend.Borrow(targets), total = backend.Borrow(mean), x = InPlace(predictions, gradient);
        Fit(predictions: 0, targets: 0, each: count, classes: 0);
        OfElements(function, count, x, y, delta, total);
    }

    // The predictions where their gradient shall be.
    private DeviceSlice<float> InPlace(CudaTensor predictions, CudaTensor gradient)
    {
        DeviceSlice<float> from = backend.Borrow(predictions), to = backend.Borrow(gradient);
        if (predictions.Pointer != gradient.Pointer)
        {
            backend.Copy(from, to);
        }
        return to;
    }
}
