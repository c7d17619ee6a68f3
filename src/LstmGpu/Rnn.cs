using LstmGpu.Devices;
using LstmGpu.Layers;

namespace LstmGpu;

/// <summary>Plain recurrent layers (Elman 1990; PyTorch's nn.RNN): h = tanh(W·x + b + W_h·h' + b_h), or max(0, ·) of the same.</summary>
public sealed class Rnn : Recurrent
{
    /// <exception cref="ConfigurationException">An option is out of its range, or does not go with another.</exception>
    /// <exception cref="DeviceException">The device has not enough memory for the parameters.</exception>
    public Rnn(Device device, RnnOptions options)
        : base(device, options, StackOptions.Of(options, options.Relu ? CellKind.RnnRelu : CellKind.RnnTanh))
    {
    }
}
