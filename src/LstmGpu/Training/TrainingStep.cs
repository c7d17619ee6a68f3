using LstmGpu.Devices;
using LstmGpu.Layers;

namespace LstmGpu.Training;

/// <summary>The arithmetic of one step, from token ids to new parameters, with nothing around it.</summary>
internal sealed class TrainingStep : IDisposable
{
    private readonly IBackend backend;
    private readonly float[] scalar = new float[1];
    private readonly StepReplay differentiate, update;

    // Of the step that is under way.
    private DropoutKey mask;
    private double rate;
    private long number;
    private DeviceSlice<float> loss, norm;

    /// <summary>Plans; <see cref="Allocate"/> takes the memory.</summary>
    /// <param name="graph">Whether a device that can replay operations captures those of the longest window.</param>
    public TrainingStep(IBackend backend, ModelOptions model, TrainingOptions training, int vocabulary, bool graph = true)
    {
        this.backend = backend;
        Model = new LanguageModel(backend, model, vocabulary, training.Bptt, training.Batch, training: true);
        Optimizer = new Optimizer(backend, training, Model.Memory.ParameterLayout);
        differentiate = new StepReplay(backend, () => Differentiate(Model.LongestWindow), graph);
        update = new StepReplay(backend, Update, graph);
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
    public (float Loss, float Norm) Gradients(ReadOnlySpan<int> inputs, ReadOnlySpan<int> targets, DropoutKey mask)
    {
        int steps = inputs.Length / Model.Batch;
        this.mask = mask;
        Model.SetWindow(inputs, targets);
        backend.SetDropoutStep(mask.Step);
        if (steps == Model.LongestWindow)
        {
            differentiate.Run();
        }
        else
        {
            Differentiate(steps);
        }
        return (Read(loss), Read(norm));
    }

    /// <summary>Clips, updates, and carries the state to the next window.</summary>
    /// <param name="step">Number of this update, from 1.</param>
    public void Apply(double rate, long step)
    {
        (this.rate, number) = (rate, step);
        backend.SetUpdate(Optimizer.Values(rate, step));
        update.Run();
    }

    public void Dispose()
    {
        differentiate.Dispose();
        update.Dispose();
        Model.Dispose();
        Optimizer.Dispose();
    }

    // The two halves of a step: between them the host looks at loss and norm, so that a bad gradient reaches no parameter.

    private void Differentiate(int steps)
    {
        Model.Forward(steps, mask);
        loss = Model.Loss(steps, 1f / (steps * Model.Batch), gradient: true);
        Model.Backward(steps, mask);
        norm = Optimizer.Norm(Model.Memory.Gradients);
    }

    private void Update()
    {
        Optimizer.Update(Model.Memory.Parameters, Model.Memory.Gradients, rate, number);
        Model.ParametersChanged();
        Model.Stack.Carry(Model.LongestWindow);
    }

    private float Read(DeviceSlice<float> value)
    {
        backend.Download(value, scalar);
        return scalar[0];
    }
}
