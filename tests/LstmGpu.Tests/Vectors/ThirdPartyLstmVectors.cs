using LstmGpu.Devices;
using LstmGpu.Devices.Reference;
using LstmGpu.Tasks.Verification;
using LstmGpu.Tests.Devices;
using Xunit;
using Xunit.Abstractions;

namespace LstmGpu.Tests.Vectors;

/// <summary>Published LSTM values of other projects (ONNX Runtime, Keras, Burn, candle, PyTorch C++, a course) that need no further option.</summary>
public sealed class ThirdPartyLstmVectors(ITestOutputHelper output)
{
    private const string Reference = "reference";

    /// <summary>Cases of the files that a plain LSTM can run: fewer means that the reader has begun to skip some.</summary>
    private const int Eligible = 27;

    [SkippableTheory]
    [InlineData(Reference)]
    [MemberData(nameof(BackendContract.Devices), MemberType = typeof(BackendContract))]
    public void Lstm_GivesThePublishedValues(string subject)
    {
        Skip.IfNot(Directory.Exists(Repository.SharedVectors), "shared/vectors is absent");
        using IBackend? backend = subject == Reference ? null : DeviceUnderTest.Open(subject);
        int ran = 0;
        foreach (VectorCase vector in VectorFolder.Read(Repository.SharedVectors).Where(vector => vector.Cell == "LSTM"))
        {
            if (Obstacle(vector) is { } obstacle)
            {
                output.WriteLine($"left out {vector.File} {vector.Id}: {obstacle}");
                continue;
            }
            int compared = Check(vector, backend);
            Assert.True(compared > 0, $"{vector.Id} has no expected value that is compared");
            output.WriteLine($"ran {vector.File} {vector.Id} ({vector.Kind}, {vector.Direction}): {compared} tensors within {vector.Tolerance}");
            ran++;
        }
        output.WriteLine($"{ran} cases ran on {subject}");
        Assert.True(ran >= Eligible, $"{ran} cases ran, expected at least {Eligible}");
    }

    /// <summary>Why the plain LSTM of the engine cannot run a case, or null where it can: unlike a layer it can start backward from given activations.</summary>
    private static string? Obstacle(VectorCase vector)
    {
        VectorSizes sizes = VectorSizes.Of(vector);
        if (vector.Kind != "backward_from_cache" && VectorObstacle.Of(vector, sizes) is { } obstacle)
        {
            return obstacle;
        }
        bool HasAny(string weight) => vector.Weight(weight) is { } tensor && tensor.Data.Any(value => value != 0);
        bool padded = vector.Input("sequence_lens") is { } lengths && lengths.Data.Any(length => length != sizes.T);
        return HasAny("P") ? "peepholes" : vector.Coupled ? "input_forget" : padded || vector.Input("mask") is not null ? "lengths" : null;
    }

    /// <summary>Runs every direction of a case and compares what it expects; returns the number of tensors compared.</summary>
    private static int Check(VectorCase vector, IBackend? backend)
    {
        VectorLayout layout = new(vector);
        LstmShape shape = layout.Shape;
        int state = shape.B * shape.H;
        int compared = 0;
        for (int direction = 0; direction < layout.Directions; direction++)
        {
            LstmInputs inputs = layout.Inputs(direction);
            LstmTrace? cache = Cache(vector, layout, inputs);
            double[] dHidden = vector.Upstream("dY") is { } dy ? layout.Sequence(dy, direction, shape.H) : new double[shape.T * state];
            double[] dStateH = layout.State(vector.Upstream("dY_h"), direction);
            double[] dStateC = layout.State(vector.Upstream("dY_c"), direction);
            (LstmTrace trace, LstmGradientValues gradients) = Run(inputs, dHidden, dStateH, dStateC, cache, backend);

            void Compare(string name, double[]? expected, double[] actual)
            {
                if (expected is not null)
                {
                    double Tolerance(int n) => Math.Max(vector.Tolerance, vector.RelativeTolerance * Math.Abs(expected[n]));
                    Near.Equal($"{vector.Id} {name}, direction {direction}", expected, actual, Tolerance);
                    compared++;
                }
            }

            Compare("Y", vector.Expected("Y") is { } y ? layout.Sequence(y, direction, shape.H) : null, trace.Hidden[state..]);
            Compare("Y_h", vector.Expected("Y_h") is { } yh ? layout.State(yh, direction) : null, trace.Hidden[^state..]);
            Compare("Y_c", vector.Expected("Y_c") is { } yc ? layout.State(yc, direction) : null, trace.Cell[^state..]);
            Compare("dX", vector.Expected("dX")?.Data, layout.InTime(gradients.DX, direction));
            Compare("dW", vector.Expected("dW") is { } dw ? layout.GateRows(dw.Part(direction), shape.I) : null, gradients.DWeightIh);
            Compare("dR", vector.Expected("dR") is { } dr ? layout.GateRows(dr.Part(direction), shape.H) : null, gradients.DWeightHh);
            // [D,8H], or [D,4H] from a source with one bias.
            double[]? dBias = vector.Expected("dB")?.Part(direction);
            Compare("dB input half", dBias is null ? null : layout.GateRows(dBias[..shape.GateWidth], 1), gradients.DBiasIh);
            Compare("dB recurrent half", dBias is null ? null : layout.GateRows(dBias[^shape.GateWidth..], 1), gradients.DBiasHh);
            Compare("dh0", vector.Expected("dh0") is { } dh0 ? layout.State(dh0, direction) : null, gradients.DH0);
            Compare("dc0", vector.Expected("dc0") is { } dc0 ? layout.State(dc0, direction) : null, gradients.DC0);
        }
        return compared;
    }

    /// <summary>The reserve that a backward-from-cache case gives: its activated gates and states need not follow from its weights.</summary>
    private static LstmTrace? Cache(VectorCase vector, VectorLayout layout, LstmInputs inputs)
    {
        if (vector.Kind != "backward_from_cache")
        {
            return null;
        }
        LstmShape shape = layout.Shape;
        double[] gates = layout.Sequence(vector.Cache("gates")!, 0, shape.GateWidth);
        return new(
            [.. inputs.H0, .. layout.Sequence(vector.Cache("HAll")!, 0, shape.H)],
            [.. inputs.C0, .. layout.Sequence(vector.Cache("CAll")!, 0, shape.H)],
            [.. gates.Chunk(shape.GateWidth).SelectMany(row => layout.GateRows(row, 1))]);
    }

    private static (LstmTrace Trace, LstmGradientValues Gradients) Run(
        LstmInputs inputs,
        double[] dHidden,
        double[] dStateH,
        double[] dStateC,
        LstmTrace? cache,
        IBackend? backend)
    {
        if (backend is null)
        {
            LstmTrace trace = ReferenceLstm.Forward(inputs);
            return (trace, ReferenceLstm.Backward(inputs, cache ?? trace, dHidden, dStateH, dStateC));
        }
        LstmOutputs outputs = backend.Lstm(inputs, LstmUpstream.Zeroed(inputs.Shape, dHidden, dStateH, dStateC), trace: cache);
        return (
            new(outputs.Hidden.ToDoubles(), outputs.Cell.ToDoubles(), outputs.Gates.ToDoubles()),
            new(
                outputs.DGates.ToDoubles(),
                outputs.DX.ToDoubles(),
                outputs.DWeightIh.ToDoubles(),
                outputs.DWeightHh.ToDoubles(),
                outputs.DBiasIh.ToDoubles(),
                outputs.DBiasHh.ToDoubles(),
                outputs.DStateH.ToDoubles(),
                outputs.DStateC.ToDoubles()));
    }
}
