using LstmGpu.Devices;
using LstmGpu.Layers;

namespace LstmGpu.Training;

/// <summary>The arithmetic of one step, from a batch on the device to new parameters, with nothing around it.</summary>
internal sealed class TrainingStep : IDisposable
{
    private readonly IBackend backend;
    private readonly GradientAccumulator? accumulator;
    private readonly float[] scalar = new float[1];
    private readonly StepReplay differentiate, update;

    // Of the step that is under way.
    private DropoutKey mask;
    private double rate;
    private long number;
    private DeviceSlice<float> loss, norm;

    /// <summary>Plans; <see cref="Allocate"/> takes the memory.</summary>
    /// <param name="network">Disposed with the step.</param>
    /// <param name="graph">Whether a device that can replay operations captures those of the usual batch.</param>
    public TrainingStep(IBackend backend, TrainingOptions training, ITrainable network, bool graph = true)
    {
        (this.backend, Network) = (backend, network);
        Optimizer = new Optimizer(backend, training, network.Memory.ParameterLayout);
        differentiate = new StepReplay(backend, Differentiate, graph);
        update = new StepReplay(backend, Update, graph);
        accumulator = training.Accumulate > 1 ? new GradientAccumulator(backend, network.Memory.ParameterLayout, training.Accumulate) : null;
    }

    public ITrainable Network { get; }

    public Optimizer Optimizer { get; }

    public IEnumerable<(string Name, long Bytes)> MemoryPlan() => Network.MemoryPlan().Concat(Optimizer.MemoryPlan()).Concat(accumulator?.MemoryPlan() ?? []);

    /// <exception cref="DeviceException">The device has not that much memory.</exception>
    public void Allocate()
    {
        Network.Allocate();
        Optimizer.Allocate();
        accumulator?.Allocate();
    }

    /// <summary>Forward, loss and backward of the batch on the device; returns the mean loss and the norm of the gradients.</summary>
    /// <param name="scale">A power of two that goes through the whole of backward and out of the gradients again: <see cref="LossScale"/>.</param>
    public (float Loss, float Norm) Gradients(DropoutKey mask, float scale = 1)
    {
        (this.mask, Network.GradientScale) = (mask, scale);
        backend.SetDropoutStep(mask.Step);
        if (Network.IsReplayable && scale == 1)
        {
            differentiate.Run();
        }
        else
        {
            Differentiate();
        }
        return (Read(loss), Read(norm));
    }

    /// <summary>One of the batches of an update: its gradients are added up and, but for the last, the state is carried to the next; returns its mean loss.</summary>
    public float AddGradients(DropoutKey mask, float scale, bool first, bool last)
    {
        if (first)
        {
            accumulator!.Begin();
        }
        Network.GradientScale = scale;
        backend.SetDropoutStep(mask.Step);
        float loss = Read(Unscaled(mask));
        accumulator!.Add(Network.Memory.Gradients);
        if (!last)
        {
            Network.Carry(); // before the next batch is loaded, which may begin an epoch with a state of zero
        }
        return loss;
    }

    /// <summary>After the last batch of an update: the gradients are the mean of all; returns their norm.</summary>
    public float EndGradients()
    {
        accumulator!.End(Network.Memory.Gradients);
        return Read(Optimizer.Norm(Network.Memory.Gradients));
    }

    /// <summary>No update: the state is carried on, and begins again from zero where it is not finite.</summary>
    public void Skip()
    {
        Network.Carry();
        foreach ((_, DeviceSlice<float> state, _) in Network.Carried)
        {
            if (!TensorFile.IsFinite(backend, state))
            {
                backend.Fill(state, 0);
            }
        }
    }

    /// <summary>Clips, updates, and carries the state to the next batch.</summary>
    /// <param name="update">Number of this update, from 1.</param>
    public void Apply(double rate, long update)
    {
        (this.rate, number) = (rate, update);
        if (Network.IsReplayable && Optimizer.IsReplayable)
        {
            backend.SetUpdate(Optimizer.Values(rate, update));
            this.update.Run();
        }
        else
        {
            Update();
        }
    }

    public void Dispose()
    {
        differentiate.Dispose();
        update.Dispose();
        Network.Dispose();
        Optimizer.Dispose();
        accumulator?.Dispose();
    }

    // The two halves of a step: between them the host looks at loss and norm, so that a bad gradient reaches no parameter.

    private void Differentiate()
    {
        loss = Unscaled(mask);
        norm = Optimizer.Norm(Network.Memory.Gradients);
    }

    private DeviceSlice<float> Unscaled(DropoutKey mask)
    {
        DeviceSlice<float> mean = Network.Gradients(mask);
        if (Network.GradientScale != 1)
        {
            Optimizer.Unscale(Network.Memory.Gradients, Network.GradientScale);
        }
        return mean;
    }

    private void Update()
    {
        Optimizer.Update(Network.Memory.Parameters, Network.Memory.Gradients, rate, number);
        Network.ParametersChanged();
        Network.Carry();
    }

    private float Read(DeviceSlice<float> value)
    {
        backend.Download(value, scalar);
        return scalar[0];
    }
}
