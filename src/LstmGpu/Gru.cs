using LstmGpu.Devices;
using LstmGpu.Layers;

namespace LstmGpu;

/// <summary>
/// Gated recurrent units (PyTorch's nn.GRU): r,z = σ(W·x + b + W_h·h' + b_h), n = tanh(W_in·x + b_in + r∘(W_hn·h' + b_hn)), h = (1−z)∘n + z∘h'.
/// Gate blocks of the parameters stand in the order r, z, n.
/// </summary>
public sealed class Gru : Recurrent
{
    /// <exception cref="ConfigurationException">An option is out of its range, or does not go with another.</exception>
    /// <exception cref="DeviceException">The device has not enough memory for the parameters.</exception>
    public Gru(Device device, GruOptions options)
        : base(device, options, StackOptions.Of(options, options.ResetAfter ? CellKind.Gru : CellKind.GruResetBefore))
    {
    }
}
