using LstmGpu.Devices;
using LstmGpu.Layers;

namespace LstmGpu.Training;

/// <summary>The arithmetic of one step, from token ids to new parameters, with nothing around it.</summary>
internal sealed class TrainingStep : IDisposable
{
    private readonly IBackend backend;
    private readonly float[] scalar = new float[1];

    /// <summary>Plans; <see cref="Allocate"/> takes the memory.</summary>
    public TrainingStep(IBackend backend, ModelOptions model, TrainingOptions training, int vocabulary)
    {
        this.backend = backend;
        Model = new LanguageModel(backend, model, vocabulary, training.Bptt, training.Batch, training: true);
        Optimizer = new Optimizer(backend, training, Model.Memory.ParameterLayout);
    }

    public LanguageModel Model { get; }

    public Optimizer Optimizer { get; }

    public IEnumerable<(string Name, long Bytes)> MemoryPlan() => Model.MemoryPlan().Concat(Optimizer.MemoryPlan());

    /// <exception cref="DeviceException">The device has not that much memory.</exception>
    public void Allocate()
    {
        Model.Allocate();
        Optimizer.Allocate();
    }

    /// <summary>Forward, loss and backward of a window; returns the mean loss and the norm of the gradients.</summary>
    /// <param name="inputs">[T,B] ids.</param>
    /// <param name="targets">[T,B] the ids that follow.</param>
    /// <param name="scale">A power of two that goes through the whole of backward and out of the gradients again: <see cref="LossScale"/>.</param>
    public (float Loss, float Norm) Gradients(ReadOnlySpan<int> inputs, ReadOnlySpan<int> targets, DropoutKey mask, float scale = 1)
    {
        Model.GradientScale = scale;
        int steps = inputs.Length / Model.Batch;
        Model.SetWindow(inputs, targets);
        Model.Forward(steps, mask);
        DeviceSlice<float> loss = Model.Loss(steps, 1f / inputs.Length, gradient: true);
        Model.Backward(steps, mask);
        if (scale != 1)
        {
            Optimizer.Unscale(Model.Memory.Gradients, scale);
        }
        DeviceSlice<float> norm = Optimizer.Norm(Model.Memory.Gradients);
        return (Read(loss), Read(norm));
    }

    /// <summary>Clips, updates, and carries the state to the next window.</summary>
    /// <param name="step">Number of this update, from 1.</param>
    public void Apply(double rate, long step)
    {
        Optimizer.Update(Model.Memory.Parameters, Model.Memory.Gradients, rate, step);
        Model.ParametersChanged();
        Skip();
    }

    /// <summary>Carries the state to the next window and leaves the parameters as they are.</summary>
    public void Skip() => Model.Stack.Carry(Model.LongestWindow);

    public void Dispose()
    {
        Model.Dispose();
        Optimizer.Dispose();
    }

    private float Read(DeviceSlice<float> value)
    {
        backend.Download(value, scalar);
        return scalar[0];
    }
}
