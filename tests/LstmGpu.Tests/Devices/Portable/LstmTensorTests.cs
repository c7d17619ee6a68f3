using ILGPU;
using ILGPU.Runtime;
using LstmGpu.Devices;
using LstmGpu.Devices.Emulator;
using LstmGpu.Devices.Portable;
using LstmGpu.Devices.Reference;
using LstmGpu.Kernels;
using Xunit;

namespace LstmGpu.Tests.Devices.Portable;

/// <summary>The step of an LSTM on tensor cores: every tile and precision, edges, lengths, and what chooses the tile.</summary>
public sealed class LstmTensorTests
{
    public static TheoryData<string, int> Tiles
    {
        get
        {
            TheoryData<string, int> cases = [];
            foreach (string precision in (string[])["tf32", "bf16"])
            {
                foreach (int columns in (int[])[LstmTensorTile.Narrow, LstmTensorTile.Middle, LstmTensorTile.Wide])
                {
                    cases.Add(precision, columns);
                }
            }
            cases.Add("fp16", LstmTensorTile.Narrow); // in all else as bf16
            return cases;
        }
    }

    // Forward and backward take the tiles wide and wide (1 unit), middle and narrow (6), narrow and narrow (9).
    [Theory]
    [InlineData("tf32", 1)]
    [InlineData("tf32", 6)]
    [InlineData("bf16", 1)]
    [InlineData("bf16", 9)]
    [InlineData("fp16", 6)]
    public void Layer_WithLengths_MatchesReference_AndHasNoRaces(string word, int units)
    {
        ProductPrecision precision = PrecisionWord.Parse(word)!.Value;
        LstmShape shape = new(T: 2, B: 17, I: 2, H: 17);
        using KernelBackend backend = new(new EmulatorQueue(findRaces: true, tensorCores: true, units), precision);
        UniformInputs uniform = new(72);
        LstmInputs inputs = LstmExamples.Inputs(shape, uniform);
        LstmUpstream upstream = LstmUpstream.Uniform(shape, uniform);

        BackendContract.CheckRoundedLstm(backend, precision, inputs, upstream, lengths: [.. Enumerable.Range(0, shape.B).Select(row => (row + 2) % 3)]);
    }

    /// <summary>The first group of a layer so wide that every warp has more of k than there are stages.</summary>
    [Theory]
    [MemberData(nameof(Tiles))]
    public void ForwardStep_OverManyStages_MatchesReference(string word, int columns)
    {
        bool isWide = columns == LstmTensorTile.Wide;
        (int hidden, int batch, int units) = ((isWide ? 136 : 264) * (word == "tf32" ? 1 : 2), columns - 1, isWide ? 16 : 8);
        ProductPrecision precision = PrecisionWord.Parse(word)!.Value;
        LstmShape shape = new(T: 1, batch, I: 1, hidden);
        UniformInputs uniform = new(73);
        LstmInputs inputs = LstmExamples.Inputs(shape, uniform);
        using EmulatorQueue queue = new(findRaces: columns == LstmTensorTile.Narrow);
        using GroupMemory memory = new(queue);
        PackedLstm packed = Packed(queue, memory, shape, precision, inputs);
        DeviceSlice<float> gates = memory.Of(GuardedLstm.Floats(uniform.Floats((long)batch * shape.GateWidth).ToDoubles()));
        float[] fromInput = memory.Read(gates);
        DeviceSlice<float> operand = memory.Of(Operand(precision, GuardedLstm.Floats(inputs.H0), hidden)), next = memory.Of(new float[operand.Length]);
        DeviceSlice<float> bias = memory.Of(GuardedLstm.Floats(inputs.BiasIh)), h = memory.Unset(batch * hidden), c = memory.Unset(batch * hidden);

        LstmTensorLauncher.ForwardStep(
            queue, (1, 1, 1), columns, (int)precision, packed.Forward, bias, operand, memory.Of(GuardedLstm.Floats(inputs.C0)),
            gates, h, c, next, lengths: default, t: 0, batch, hidden, byFours: true);

        double[] products = ReferenceDense.Gemm(
            GemmLayout.NT, batch, shape.GateWidth, hidden, Rounded(precision, inputs.H0), Rounded(precision, inputs.WeightHh), null);
        float[] found = memory.Read(gates), hiddenFound = memory.Read(h);
        for (int n = 0; n < found.Length; n++)
        {
            if (n % hidden < units)
            {
                double sum = fromInput[n] + inputs.BiasIh[n % shape.GateWidth] + products[n];
                double expected = n / hidden % Gate.Count == Gate.Cell ? Math.Tanh(sum) : 1 / (1 + Math.Exp(-sum));
                Assert.True(Math.Abs(expected - found[n]) < 1e-5, $"gate {n % shape.GateWidth} of row {n / shape.GateWidth}: expected {expected:G9}, found {found[n]:G9}");
            }
            else
            {
                Assert.Equal(fromInput[n], found[n]);
            }
        }
        Assert.All(Enumerable.Range(0, batch * hidden), n => Assert.Equal(n % hidden < units, !float.IsNaN(hiddenFound[n])));
    }

    /// <summary>With c so large that tanh(c) = 1, and o = ½, the gradient of o is dh/4.</summary>
    [Theory]
    [MemberData(nameof(Tiles))]
    public void BackwardStep_OverManyStages_MatchesReference(string word, int columns)
    {
        bool isWide = columns == LstmTensorTile.Wide;
        (int hidden, int batch, int units) = ((isWide ? 56 : 132) * (word == "tf32" ? 1 : 2), columns - 1, isWide ? 32 : 16);
        ProductPrecision precision = PrecisionWord.Parse(word)!.Value;
        LstmShape shape = new(T: 1, batch, I: 1, hidden);
        UniformInputs uniform = new(74);
        LstmInputs inputs = LstmExamples.Inputs(shape, uniform);
        float[] next = uniform.Floats((long)batch * shape.GateWidth), dHidden = uniform.Floats((long)batch * hidden);
        using EmulatorQueue queue = new(findRaces: columns == LstmTensorTile.Narrow);
        using GroupMemory memory = new(queue);
        PackedLstm packed = Packed(queue, memory, shape, precision, inputs);
        DeviceSlice<float> gates = memory.Of(Filled(batch * shape.GateWidth, 0.5f)), state = memory.Of(Filled(batch * hidden, 30));

        LstmTensorLauncher.BackwardStep(
            queue, (1, 1, 1), columns, (int)precision, packed.Backward, memory.Of(Operand(precision, next, shape.GateWidth)), memory.Of(dHidden), memory.Unset(batch * hidden), state, state, gates,
            memory.Of(Filled(batch * hidden, 0)), memory.Of(new float[next.Length]), lengths: default, t: 0, batch, hidden, byFours: true);

        double[] carried = ReferenceDense.Gemm(
            GemmLayout.NN, batch, hidden, shape.GateWidth, Rounded(precision, next.ToDoubles()), Rounded(precision, inputs.WeightHh), null);
        float[] found = memory.Read(gates);
        for (int n = 0; n < batch * hidden; n++)
        {
            int at = (n / hidden * shape.GateWidth) + (Gate.Output * hidden) + (n % hidden);
            double expected = n % hidden < units ? (dHidden[n] + carried[n]) / 4 : 0.5;
            Assert.True(Math.Abs(expected - found[at]) < 1e-5, $"unit {n % hidden} of row {n / hidden}: expected {expected:G9}, found {found[at]:G9}");
        }
    }

    // On 132 multiprocessors, in bf16: the batch of a group forward and backward, and the groups.
    [Theory]
    [InlineData(768, 16, 16, 96, 8, 96)]      // G1
    [InlineData(512, 64, 16, 256, 16, 128)]   // G4
    [InlineData(256, 32, 8, 128, 8, 64)]      // G6
    [InlineData(2048, 64, 32, 256, 32, 128)]  // G12
    [InlineData(1, 1, 8, 1, 8, 1)]
    public void Tile_IsThatOfWhichTheBusiestMultiprocessorReadsLeast(int hidden, int batch, int forward, int forwardGroups, int backward, int backwardGroups)
    {
        using KernelBackend backend = new(new GridQueue { HasTensorCores = true }, ProductPrecision.Bf16);
        LstmShape shape = new(T: 1, batch, I: 1, hidden);

        var found = ((bool[])[false, true]).Select(way => backend.TensorStepGrid(shape, way)).Select(step => (step.Columns, step.Grid.Size)).ToArray();

        Assert.Equal([(forward, forwardGroups), (backward, backwardGroups)], found);
    }

    [Theory]
    [InlineData("tf32")]
    [InlineData("bf16")]
    public void Layer_FromAlignedMemory_IsTheSame(string word)
    {
        ProductPrecision precision = PrecisionWord.Parse(word)!.Value;
        LstmShape shape = new(T: 2, B: 3, I: 2, H: 20);
        using KernelBackend backend = new(new EmulatorQueue(tensorCores: true, units: 9), precision);
        float[][] found = [.. ((int[])[0, 1, 2]).Select(offset => Forward(backend, shape, offset))];

        // By fours and one by one: the same copies, so the same bits.
        Near.SameBits("offset 1", found[0], found[1]);
        Near.SameBits("offset 2", found[0], found[2]);
    }

    private static float[] Forward(KernelBackend backend, LstmShape shape, int offset)
    {
        LstmInputs inputs = LstmExamples.Inputs(shape, new(75));
        using GroupMemory memory = new(backend, offset);
        LstmWeights weights = new(
            memory.Of(GuardedLstm.Floats(inputs.WeightIh)), memory.Of(GuardedLstm.Floats(inputs.WeightHh)), memory.Of(GuardedLstm.Floats(inputs.BiasIh)), memory.Of(GuardedLstm.Floats(inputs.BiasHh)));
        DeviceSlice<float> packed = memory.Unset((int)(backend.LstmPackedBytes(shape) / sizeof(float)));
        float[] history = new float[shape.HistoryLength];
        GuardedLstm.Floats(inputs.H0).CopyTo(history, 0);
        LstmReserve reserve = new(memory.Of(history), memory.Of(history), memory.Unset((int)shape.GatesLength));
        backend.LstmPack(shape, weights, packed);
        backend.LstmForward(shape, memory.Of(GuardedLstm.Floats(inputs.X)), weights, packed, reserve, lengths: default);
        return memory.Read(reserve.Hidden);
    }

    private static PackedLstm Packed(EmulatorQueue queue, GroupMemory memory, LstmShape shape, ProductPrecision precision, LstmInputs inputs)
    {
        PackedLstm packed = new(shape, precision, tensorCores: true, storesInput: false, memory.Unset((int)new PackedLstm(shape, precision, tensorCores: true, storesInput: false, default).Length));
        DeviceSlice<float> weights = memory.Of(GuardedLstm.Floats(inputs.WeightHh));
        foreach (bool backward in (bool[])[false, true])
        {
            DeviceSlice<float> part = backward ? packed.Backward : packed.Forward;
            LstmTensorLauncher.Pack(queue, ((int)((part.Length + 255) / 256), 1, 1), backward, (int)precision, weights, part, shape.H);
        }
        return packed;
    }

    /// <summary>Rows as a step reads them: as they are, or two to a word.</summary>
    private static float[] Operand(ProductPrecision precision, float[] x, int width) => precision == ProductPrecision.Tf32 ? x :
    [
        .. x.Chunk(width).SelectMany(row => row.Append(0).Append(0).Take((width + 1) / 2 * 2).Chunk(2)
            .Select(pair => Interop.IntAsFloat(TensorCore.Pair(SpecializedValue.New((int)precision), pair[0], pair[1])))),
    ];

    private static double[] Rounded(ProductPrecision precision, double[] x) => ReferenceRounding.Operands(precision, x);

    private static float[] Filled(int length, float value)
    {
        float[] values = new float[length];
        Array.Fill(values, value);
        return values;
    }

    /// <summary>Memory of one test, each slice at the same offset of its buffer.</summary>
    private sealed class GroupMemory(Func<string, long, DeviceBuffer> allocate, Action<float[], DeviceSlice<float>> upload, Action<DeviceSlice<float>, float[]> download, int offset)
        : IDisposable
    {
        private readonly List<DeviceBuffer> buffers = [];

        public GroupMemory(EmulatorQueue queue)
            : this(queue.Allocate, (values, slice) => queue.Upload<float>(values, slice), (slice, values) => queue.Download(slice, values.AsSpan()), offset: 0)
        {
        }

        public GroupMemory(KernelBackend backend, int offset)
            : this(backend.Allocate, (values, slice) => backend.Upload<float>(values, slice), (slice, values) => backend.Download(slice, values.AsSpan()), offset)
        {
        }

        public DeviceSlice<float> Of(float[] values)
        {
            DeviceBuffer buffer = allocate("test", (values.Length + offset) * (long)sizeof(float));
            buffers.Add(buffer);
            DeviceSlice<float> slice = new(buffer, offset, values.Length);
            upload(values, slice);
            return slice;
        }

        public DeviceSlice<float> Unset(int length) => Of(Filled(length, float.NaN));

        public float[] Read(DeviceSlice<float> slice)
        {
            float[] values = new float[slice.Length];
            download(slice, values);
            return values;
        }

        public void Dispose() => buffers.ForEach(buffer => buffer.Dispose());
    }
}
