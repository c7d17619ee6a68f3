using LstmGpu.Kernels;

namespace LstmGpu.Devices.Reference;

/// <summary>One layer's inputs in double precision. Shapes as <see cref="LstmWeights"/> and <see cref="LstmReserve"/>.</summary>
internal sealed record LstmInputs(
    LstmShape Shape,
    double[] X,          // [T,B,I]
    double[] WeightIh,   // [4H,I]
    double[] WeightHh,   // [4H,H]
    double[] BiasIh,     // [4H]
    double[] BiasHh,     // [4H]
    double[] H0,         // [B,H]
    double[] C0);        // [B,H]

/// <summary>What the forward pass saves; slot 0 of the histories is the initial state.</summary>
internal sealed record LstmTrace(
    double[] Hidden,     // [T+1,B,H]
    double[] Cell,       // [T+1,B,H]
    double[] Gates);     // [T,B,4H] i f g o after activation

/// <summary>Gradients of one layer over one window.</summary>
internal sealed record LstmGradientValues(
    double[] DGates,     // [T,B,4H] before activation
    double[] DX,         // [T,B,I]
    double[] DWeightIh,  // [4H,I]
    double[] DWeightHh,  // [4H,H]
    double[] DBiasIh,    // [4H]
    double[] DBiasHh,    // [4H]
    double[] DH0,        // [B,H]
    double[] DC0);       // [B,H]

/// <summary>
/// The LSTM of PyTorch's nn.LSTM, one layer, one direction, in double precision: loops in the order of the equations, nothing shared with any backend.
/// </summary>
internal static class ReferenceLstm
{
    public static LstmTrace Forward(LstmInputs inputs)
    {
        (int t, int b, int i, int h) = inputs.Shape;
        int state = b * h;
        int width = Gate.Count * h;
        double[] hidden = new double[(t + 1) * state];
        double[] cell = new double[(t + 1) * state];
        double[] gates = new double[t * b * width];
        inputs.H0.CopyTo(hidden, 0);
        inputs.C0.CopyTo(cell, 0);
        for (int step = 0; step < t; step++)
        {
            for (int row = 0; row < b; row++)
            {
                int x = (step * b + row) * i;
                int previous = step * state + row * h;
                int next = previous + state;
                int gate = (step * b + row) * width;
                for (int j = 0; j < width; j++)
                {
                    // z = x·W_ihᵀ + b_ih + h'·W_hhᵀ + b_hh
                    double z = inputs.BiasIh[j] + inputs.BiasHh[j]
                        + Dot(inputs.X, x, inputs.WeightIh, j * i, i)
                        + Dot(hidden, previous, inputs.WeightHh, j * h, h);
                    gates[gate + j] = j / h == Gate.Cell ? Math.Tanh(z) : Sigmoid(z);
                }
                for (int unit = 0; unit < h; unit++)
                {
                    double inputGate = gates[gate + Gate.Input * h + unit];
                    double forget = gates[gate + Gate.Forget * h + unit];
                    double candidate = gates[gate + Gate.Cell * h + unit];
                    double output = gates[gate + Gate.Output * h + unit];
                    // c = f∘c' + i∘g, h = o∘tanh(c)
                    double c = forget * cell[previous + unit] + inputGate * candidate;
                    cell[next + unit] = c;
                    hidden[next + unit] = output * Math.Tanh(c);
                }
            }
        }
        return new(hidden, cell, gates);
    }

    /// <summary>Gradients of a loss whose derivative by each step's h is dHidden, by h_T additionally dStateH and by c_T dStateC.</summary>
    public static LstmGradientValues Backward(LstmInputs inputs, LstmTrace trace, double[] dHidden, double[] dStateH, double[] dStateC)
    {
        (int t, int b, int i, int h) = inputs.Shape;
        int state = b * h;
        int width = Gate.Count * h;
        double[] dGates = new double[t * b * width];
        double[] dX = new double[t * b * i];
        double[] dWeightIh = new double[width * i];
        double[] dWeightHh = new double[width * h];
        double[] dBias = new double[width];
        double[] dH = (double[])dStateH.Clone();
        double[] dC = (double[])dStateC.Clone();
        for (int step = t - 1; step >= 0; step--)
        {
            for (int row = 0; row < b; row++)
            {
                int previous = step * state + row * h;
                int next = previous + state;
                int gate = (step * b + row) * width;
                for (int unit = 0; unit < h; unit++)
                {
                    double inputGate = trace.Gates[gate + Gate.Input * h + unit];
                    double forget = trace.Gates[gate + Gate.Forget * h + unit];
                    double candidate = trace.Gates[gate + Gate.Cell * h + unit];
                    double output = trace.Gates[gate + Gate.Output * h + unit];
                    double tanhC = Math.Tanh(trace.Cell[next + unit]);
                    double dh = dHidden[step * state + row * h + unit] + dH[row * h + unit];
                    double dc = dC[row * h + unit] + dh * output * (1 - tanhC * tanhC);
                    // σ' = σ(1−σ), tanh' = 1−tanh²
                    dGates[gate + Gate.Input * h + unit] = dc * candidate * inputGate * (1 - inputGate);
                    dGates[gate + Gate.Forget * h + unit] = dc * trace.Cell[previous + unit] * forget * (1 - forget);
                    dGates[gate + Gate.Cell * h + unit] = dc * inputGate * (1 - candidate * candidate);
                    dGates[gate + Gate.Output * h + unit] = dh * tanhC * output * (1 - output);
                    dC[row * h + unit] = dc * forget;
                    dH[row * h + unit] = 0;
                }
                int x = (step * b + row) * i;
                for (int j = 0; j < width; j++)
                {
                    double dz = dGates[gate + j];
                    dBias[j] += dz;
                    for (int c = 0; c < i; c++)
                    {
                        dX[x + c] += dz * inputs.WeightIh[j * i + c];
                        dWeightIh[j * i + c] += dz * inputs.X[x + c];
                    }
                    for (int c = 0; c < h; c++)
                    {
                        dH[row * h + c] += dz * inputs.WeightHh[j * h + c];
                        dWeightHh[j * h + c] += dz * trace.Hidden[previous + c];
                    }
                }
            }
        }
        return new(dGates, dX, dWeightIh, dWeightHh, dBias, (double[])dBias.Clone(), dH, dC);
    }

    /// <summary>Σ h·u + Σ h_T·v + Σ c_T·w: a loss whose gradients by the outputs are u, v and w themselves.</summary>
    public static double Loss(LstmInputs inputs, double[] u, double[] v, double[] w)
    {
        LstmTrace trace = Forward(inputs);
        int state = inputs.Shape.B * inputs.Shape.H;
        int last = inputs.Shape.T * state;
        return Dot(trace.Hidden, state, u, 0, u.Length) + Dot(trace.Hidden, last, v, 0, state) + Dot(trace.Cell, last, w, 0, state);
    }

    public static double Sigmoid(double z) => 1 / (1 + Math.Exp(-z));

    private static double Dot(double[] a, int aFrom, double[] b, int bFrom, int length)
    {
        double sum = 0;
        for (int n = 0; n < length; n++)
        {
            sum += a[aFrom + n] * b[bFrom + n];
        }
        return sum;
    }
}
