using LstmGpu.Devices;
using LstmGpu.Memory;

namespace LstmGpu.Layers;

/// <summary>A network with its loss, as a trainer sees it: constructing plans the memory, <see cref="Allocate"/> takes it, once.</summary>
internal interface ITrainable : IDisposable
{
    ModelMemory Memory { get; }

    /// <summary>As <c>model.cell</c> spells it.</summary>
    string Cell { get; }

    /// <summary>Names and bytes of everything that <see cref="Allocate"/> takes.</summary>
    IEnumerable<(string Name, long Bytes)> MemoryPlan();

    /// <exception cref="DeviceException">The device has not that much memory.</exception>
    void Allocate();

    void Initialise(long seed);

    /// <summary>What the gradient of the loss is multiplied by, and with it every gradient; 1 unless set.</summary>
    float GradientScale { get; set; }

    /// <summary>Must follow every change of the parameters.</summary>
    void ParametersChanged();

    /// <summary>Whether the batch on the device takes the very launches of every other such batch, so that they may be captured once and replayed.</summary>
    bool IsReplayable { get; }

    /// <summary>Forward, loss and backward of the batch on the device, with nothing from the host; returns the mean loss. Gradients start from zero.</summary>
    DeviceSlice<float> Gradients(DropoutKey mask);

    /// <summary>After an update: hands the state on to the next batch, where the network carries one.</summary>
    void Carry();

    /// <summary>What is carried from batch to batch, by name and shape; empty where every batch starts from zero.</summary>
    IEnumerable<(string Name, DeviceSlice<float> Slice, long[] Shape)> Carried { get; }
}
