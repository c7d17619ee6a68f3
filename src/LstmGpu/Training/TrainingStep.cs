using LstmGpu.Devices;
using LstmGpu.Layers;

namespace LstmGpu.Training;

/// <summary>The arithmetic of one step, from a batch on the device to new parameters, with nothing around it.</summary>
internal sealed class TrainingStep : IDisposable
{
    private readonly IBackend backend;
    private readonly GradientAccumulator? accumulator;
    private readonly float[] scalar = new float[1];

    /// <summary>Plans; <see cref="Allocate"/> takes the memory.</summary>
    /// <param name="network">Disposed with the step.</param>
    public TrainingStep(IBackend backend, TrainingOptions training, ITrainable network)
    {
        (this.backend, Network) = (backend, network);
        Optimizer = new Optimizer(backend, training, network.Memory.ParameterLayout);
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
    public (float Loss, float Norm) Gradients(DropoutKey mask)
    {
        DeviceSlice<float> loss = Network.Gradients(mask);
        DeviceSlice<float> norm = Optimizer.Norm(Network.Memory.Gradients);
        return (Read(loss), Read(norm));
    }

    /// <summary>One of the batches of an update: its gradients are added up and, but for the last, the state is carried to the next; returns its mean loss.</summary>
    public float AddGradients(DropoutKey mask, bool first, bool last)
    {
        if (first)
        {
            accumulator!.Begin();
        }
        float loss = Read(Network.Gradients(mask));
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
        Optimizer.Update(Network.Memory.Parameters, Network.Memory.Gradients, rate, update);
        Network.ParametersChanged();
        Network.Carry();
    }

    public void Dispose()
    {
        Network.Dispose();
        Optimizer.Dispose();
        accumulator?.Dispose();
    }

    private float Read(DeviceSlice<float> value)
    {
        backend.Download(value, scalar);
        return scalar[0];
    }
}
