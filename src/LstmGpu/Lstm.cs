using LstmGpu.Devices;
using LstmGpu.Layers;

namespace LstmGpu;

/// <summary>
/// LSTM layers (Hochreiter and Schmidhuber 1997 with forget gates; PyTorch's nn.LSTM): i,f,o = σ(W·x + b + W_h·h' + b_h), g = tanh(same),
/// c = f∘c' + i∘g, h = o∘tanh(c). Gate blocks of the parameters stand in the order i, f, g, o.
/// </summary>
public sealed class Lstm : Recurrent
{
    /// <exception cref="ConfigurationException">An option is out of its range, or does not go with another.</exception>
    /// <exception cref="DeviceException">The device has not enough memory for the parameters.</exception>
    public Lstm(Device device, LstmOptions options)
        : base(device, options, Stack(options), options.ForgetBias)
    {
    }

    internal static StackOptions Stack(LstmOptions options)
    {
        StackOptions common = StackOptions.Of(options, CellKind.Lstm);
        return common with
        {
            Projection = options.ProjectionSize,
            CellOptions = common.CellOptions with
            {
                Peephole = options.Peepholes,
                Coupled = options.CoupledInputForget,
                LayerNorm = options.LayerNorm,
                CellClip = (float)options.CellClip,
                ZoneoutCell = (float)options.ZoneoutCell,
            },
        };
    }
}
