using LstmGpu.Devices;
using LstmGpu.Layers;

namespace LstmGpu.Training;

/// <summary>The arithmetic of one step, from a batch on the device to new parameters, with nothing around it.</summary>
internal sealed class TrainingStep : IDisposable
{
    private readonly IBackend backend;
    private readonly float[] scalar = new float[1];

    /// <summary>Plans; <see cref="Allocate"/> takes the memory.</summary>
    /// <param name="network">Disposed with the step.</param>
    public TrainingStep(IBackend backend, TrainingOptions training, ITrainable network)
    {
        (this.backend, Network) = (backend, network);
        Optimizer = new Optimizer(backend, training, network.Memory.ParameterLayout);
    }

    public ITrainable Network { get; }

    public Optimizer Optimizer { get; }

    public IEnumerable<(string Name, long Bytes)> MemoryPlan() => Network.MemoryPlan().Concat(Optimizer.MemoryPlan());

    /// <exception cref="DeviceException">The device has not that much memory.</exception>
    public void Allocate()
    {
        Network.Allocate();
        Optimizer.Allocate();
    }

    /// <summary>Forward, loss and backward of the batch on the device; returns the mean loss and the norm of the gradients.</summary>
    public (float Loss, float Norm) Gradients(DropoutKey mask)
    {
        DeviceSlice<float> loss = Network.Gradients(mask);
        DeviceSlice<float> norm = Optimizer.Norm(Network.Memory.Gradients);
        return (Read(loss), Read(norm));
    }

    /// <summary>Clips, updates, and carries the state to the next batch.</summary>
    /// <param name="step">Number of this update, from 1.</param>
    public void Apply(double rate, long step)
    {
        Optimizer.Update(Network.Memory.Parameters, Network.Memory.Gradients, rate, step);
        Network.ParametersChanged();
        Network.Carry();
    }

    public void Dispose()
    {
        Network.Dispose();
        Optimizer.Dispose();
    }

    private float Read(DeviceSlice<float> value)
    {
        backend.Download(value, scalar);
        return scalar[0];
    }
}
