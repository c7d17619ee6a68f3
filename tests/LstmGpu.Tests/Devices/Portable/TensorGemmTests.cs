using LstmGpu.Devices;
using LstmGpu.Devices.Emulator;
using LstmGpu.Devices.Portable;
using LstmGpu.Devices.Reference;
using LstmGpu.Kernels;
using Xunit;

namespace LstmGpu.Tests.Devices.Portable;

/// <summary>The tensor cores' product on the emulator: every layout and precision, every edge of a tile, k whole and in parts.</summary>
public sealed class TensorGemmTests
{
    public static TheoryData<string, string> Cases
    {
        get
        {
            TheoryData<string, string> cases = [];
            foreach (GemmLayout layout in Enum.GetValues<GemmLayout>())
            {
                foreach (string precision in (string[])["tf32", "bf16", "fp16"])
                {
                    cases.Add(layout.ToString(), precision);
                }
            }
            return cases;
        }
    }

    // 1, a tile, one less and one more of each side; multiples of 4, whose rows are copied by fours, and others.
    [Theory]
    [MemberData(nameof(Cases))]
    public void Gemm_MatchesReference(string layoutName, string word)
    {
        ProductPrecision precision = PrecisionWord.Parse(word)!.Value;
        GemmLayout layout = Enum.Parse<GemmLayout>(layoutName);
        using KernelBackend backend = new(new EmulatorQueue(tensorCores: true), precision);
        foreach ((int m, int n, int k) in ((int, int, int)[])[(1, 1, 1), (17, 65, 33), (127, 63, 15), (128, 64, 16), (129, 64, 17), (36, 68, 52), (4, 4, 68)])
        {
            BackendContract.CheckRoundedGemm(backend, precision, layout, m, n, k, accumulate: (m + k) % 2 == 0);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Gemm_FromAlignedMemory_IsTheSame(string layoutName, string word)
    {
        GemmLayout layout = Enum.Parse<GemmLayout>(layoutName);
        using KernelBackend backend = new(new EmulatorQueue(tensorCores: true), PrecisionWord.Parse(word)!.Value);
        (int m, int n, int k) = (36, 68, 52);
        UniformInputs uniform = new(5);
        float[] a = uniform.Floats(m * k), b = uniform.Floats(k * n);
        float[][] found = [.. ((int[])[0, 1]).Select(offset => Product(backend, layout, m, n, k, 1, a, b, null, offset))];

        // By fours and one by one: the same copies, so the same bits.
        Near.SameBits("aligned or not", found[0], found[1]);
    }

    [Theory]
    [InlineData("NN", 2, 40, false)]
    [InlineData("NT", 3, 97, true)]
    [InlineData("TN", 3, 96, false)]
    [InlineData("TN", 5, 33, true)]
    public void Gemm_WithKInParts_AddsThemInOrder(string layoutName, int parts, int k, bool accumulate)
    {
        GemmLayout layout = Enum.Parse<GemmLayout>(layoutName);
        using KernelBackend backend = new(new EmulatorQueue(tensorCores: true), ProductPrecision.Bf16);
        (int m, int n) = (33, 65);
        UniformInputs uniform = new(6);
        float[] a = uniform.Floats(m * k), b = uniform.Floats(k * n);
        float[]? c = accumulate ? uniform.Floats(m * n) : null;
        double[] Rounded(float[] x) => ReferenceRounding.Operands(ProductPrecision.Bf16, x.ToDoubles());
        double[] expected = ReferenceDense.Gemm(layout, m, n, k, Rounded(a), Rounded(b), c?.ToDoubles());

        float[] found = Product(backend, layout, m, n, k, parts, a, b, c, offset: 1);

        Near.Equal($"{layout} K={k} in {parts}", expected, found, Tolerances.Gemm(layout, m, n, k, a, b, c));
    }

    [Theory]
    [InlineData("NN", "bf16", 17, 65, 33, 1)]
    [InlineData("NT", "bf16", 17, 65, 33, 1)]
    [InlineData("NN", "fp16", 4, 7, 1, 1)]
    [InlineData("NT", "fp16", 4, 70, 40, 2)]
    public void Gemm_ByAKeptOperand_HasTheSameBits_AndNoRaces(string layoutName, string word, int m, int n, int k, int parts)
    {
        GemmLayout layout = Enum.Parse<GemmLayout>(layoutName);
        using KernelBackend backend = new(new EmulatorQueue(findRaces: true, tensorCores: true, units: parts), PrecisionWord.Parse(word)!.Value);
        using GuardedMemory memory = new(backend, "kept operand");
        UniformInputs uniform = new(9);
        (int rows, int columns) = layout == GemmLayout.NT ? (n, k) : (k, n);
        DeviceSlice<float> a = memory.In("a", uniform.Floats(m * k)), b = memory.In("b", uniform.Floats(k * n));
        DeviceSlice<float> kept = memory.Out("kept", backend.OperandBytes(rows, columns) / sizeof(float));
        float[] before = uniform.Floats(m * n);
        DeviceSlice<float> plain = memory.InOut("plain", before), stored = memory.InOut("stored", before);

        backend.KeepOperand(rows, columns, b, kept);
        backend.TensorProduct((int)layout, m, n, k, parts, a, b, plain, accumulate: true, lengths: default, batch: 0);
        backend.TensorProduct((int)layout, m, n, k, parts, a, b, stored, accumulate: true, lengths: default, batch: 0, kept.Slice(PackedLstm.ToAligned(kept.Offset), kept.Length - 3));

        Near.SameBits($"{layout} M={m} N={n} K={k}", memory.Read(plain), memory.Read(stored));
        memory.CheckUntouched();
        backend.Gemm(layout, m, n, k, a, b, kept, plain, accumulate: false);
        backend.Gemm(layout, m, n, k, a, b, stored, accumulate: false);
        Near.SameBits($"{layout} M={m} N={n} K={k}, not added", memory.Read(plain), memory.Read(stored));
    }

    [Fact]
    public void Gemm_HasNoRaces()
    {
        using KernelBackend backend = new(new EmulatorQueue(findRaces: true, tensorCores: true), ProductPrecision.Fp16);
        foreach (GemmLayout layout in Enum.GetValues<GemmLayout>())
        {
            BackendContract.CheckRoundedGemm(backend, ProductPrecision.Fp16, layout, 20, 12, 70, accumulate: false);
        }
    }

    [Theory]
    [InlineData("tf32")]
    [InlineData("bf16")]
    public void WeightGradient_TakesNoNoticeOfWhatStandsBeyondALength(string word)
    {
        ProductPrecision precision = PrecisionWord.Parse(word)!.Value;
        (int steps, int batch, int gates, int input) = (7, 3, 20, 9);
        int[] lengths = [7, 2, 0];
        UniformInputs uniform = new(8);
        float[] dGates = uniform.Floats(steps * batch * gates), x = uniform.Floats(steps * batch * input), dWeight = uniform.Floats(gates * input);
        float[] zeroed = [.. x.Select((value, at) => at / input / batch < lengths[at / input % batch] ? value : 0)];
        float[] poisoned = [.. x.Select((value, at) => at / input / batch < lengths[at / input % batch] ? value : float.NaN)];
        double[] Rounded(float[] values) => ReferenceRounding.Operands(precision, values.ToDoubles());
        double[] expected = ReferenceDense.Gemm(GemmLayout.TN, gates, input, steps * batch, Rounded(dGates), Rounded(zeroed), dWeight.ToDoubles());
        using KernelBackend backend = new(new EmulatorQueue(tensorCores: true), precision);
        using GuardedMemory memory = new(backend, "weight gradient");
        DeviceSlice<float> result = memory.InOut("dWeight", dWeight);

        backend.InputWeightGradient(steps, batch, gates, input, memory.In("dGates", dGates), memory.In("x", poisoned), result, memory.In("lengths", lengths));

        Near.Equal("dWeight", expected, memory.Read(result), Tolerances.Gemm(GemmLayout.TN, gates, input, steps * batch, dGates, zeroed, dWeight));
    }

    private static float[] Product(KernelBackend backend, GemmLayout layout, int m, int n, int k, int parts, float[] a, float[] b, float[]? c, int offset)
    {
        using DeviceBuffer memory = backend.Allocate("product", sizeof(float) * (long)(a.Length + b.Length + (m * n) + 12));
        DeviceSlice<float> Slice(int at, float[] values)
        {
            DeviceSlice<float> slice = new(memory, at, values.Length);
            backend.Upload<float>(values, slice);
            return slice;
        }
        float[] result = c ?? new float[m * n];
        int aAt = offset, bAt = ((aAt + a.Length + 3) / 4 * 4) + offset, cAt = ((bAt + b.Length + 3) / 4 * 4) + offset;
        DeviceSlice<float> product = Slice(cAt, result);
        backend.TensorProduct((int)layout, m, n, k, parts, Slice(aAt, a), Slice(bAt, b), product, c is not null, lengths: default, batch: 0);
        float[] found = new float[m * n];
        backend.Download(product, found);
        return found;
    }
}
