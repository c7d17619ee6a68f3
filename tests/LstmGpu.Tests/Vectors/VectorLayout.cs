using LstmGpu.Devices;
using LstmGpu.Devices.Reference;
using LstmGpu.Kernels;
using LstmGpu.Tasks.Verification;

namespace LstmGpu.Tests.Vectors;

/// <summary>Brings the tensors of a vector case into LstmGpu's order (gates i f g o, time-major, forward in time) and results back into the case's.</summary>
internal sealed class VectorLayout(VectorCase source)
{
    private const string GateLetters = "ifco";   // the order of Gate, in the letters of gate_order, where c is the cell candidate

    private readonly VectorTensor x = source.Input("X")!;

    private readonly VectorTensor weightHh = source.Weight("R")!;

    public int Directions => weightHh.Shape[0];

    public LstmShape Shape => new(x.Shape[source.BatchFirst ? 1 : 0], x.Shape[source.BatchFirst ? 0 : 1], x.Shape[2], weightHh.Shape[2]);

    public bool Reversed(int direction) => direction == 1 || source.Direction == "reverse";

    public LstmInputs Inputs(int direction)
    {
        LstmShape shape = Shape;
        double[] bias = source.Weight("B")?.Part(direction) ?? new double[2 * shape.GateWidth];
        return new(
            shape,
            InTime(source.BatchFirst ? SwapFirstAxes(x.Data, shape.B, shape.T, shape.I) : x.Data, direction),
            GateRows(source.Weight("W")!.Part(direction), shape.I),
            GateRows(weightHh.Part(direction), shape.H),
            GateRows(bias[..shape.GateWidth], 1),
            GateRows(bias[shape.GateWidth..], 1),
            State(source.Input("initial_h"), direction),
            State(source.Input("initial_c"), direction));
    }

    /// <summary>A block-ordered [4H,columns] matrix of the case, in the order of <see cref="Gate"/>.</summary>
    public double[] GateRows(double[] matrix, int columns)
    {
        int block = Shape.H * columns;
        double[] result = new double[matrix.Length];
        for (int gate = 0; gate < Gate.Count; gate++)
        {
            Array.Copy(matrix, source.GateOrder.IndexOf(GateLetters[gate]) * block, result, gate * block, block);
        }
        return result;
    }

    /// <summary>[D,B,H], or batch-first [B,D,H] → [B,H] of one direction; zero where the case has none.</summary>
    public double[] State(VectorTensor? states, int direction)
    {
        LstmShape shape = Shape;
        if (states is null)
        {
            return new double[shape.B * shape.H];
        }
        double[] data = source.BatchFirst ? SwapFirstAxes(states.Data, shape.B, Directions, shape.H) : states.Data;
        return data[(direction * shape.B * shape.H)..((direction + 1) * shape.B * shape.H)];
    }

    /// <summary>Y [T,D,B,width], or batch-first [B,T,D,width] → [T,B,width] of one direction, in the order in which it was computed.</summary>
    public double[] Sequence(VectorTensor sequence, int direction, int width)
    {
        LstmShape shape = Shape;
        double[] result = new double[shape.Rows * width];
        for (int t = 0; t < shape.T; t++)
        {
            for (int b = 0; b < shape.B; b++)
            {
                int from = source.BatchFirst ? (b * shape.T + t) * Directions + direction : (t * Directions + direction) * shape.B + b;
                Array.Copy(sequence.Data, from * width, result, (t * shape.B + b) * width, width);
            }
        }
        return InTime(result, direction);
    }

    /// <summary>Reverses [T,B,·] in time for a direction that runs backwards; its own inverse.</summary>
    public double[] InTime(double[] sequence, int direction)
    {
        if (!Reversed(direction))
        {
            return sequence;
        }
        int step = sequence.Length / Shape.T;
        return [.. sequence.Chunk(step).Reverse().SelectMany(values => values)];
    }

    private static double[] SwapFirstAxes(double[] data, int first, int second, int width)
    {
        double[] result = new double[data.Length];
        for (int a = 0; a < first; a++)
        {
            for (int b = 0; b < second; b++)
            {
                Array.Copy(data, (a * second + b) * width, result, (b * first + a) * width, width);
            }
        }
        return result;
    }
}
