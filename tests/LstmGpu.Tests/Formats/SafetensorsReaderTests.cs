using System.Runtime.InteropServices;
using LstmGpu.Formats;
using Xunit;
using static LstmGpu.Tests.Formats.SafetensorsBytes;

namespace LstmGpu.Tests.Formats;

public sealed class SafetensorsReaderTests : IDisposable
{
    private readonly ScratchDirectory scratch = new();

    public void Dispose() => scratch.Dispose();

    [Fact]
    public void SafetensorsReader_AcceptsAFileWithoutTensors()
    {
        using var reader = Open("{}   \n");
        Assert.Empty(reader.Tensors);
        Assert.Empty(reader.Metadata);
    }

    [Fact]
    public void SafetensorsReader_KeepsTheOrderOfTheHeader_WhateverTheOrderOfTheData()
    {
        using var reader = Open($"{{{Tensor("z", "U8", "[1]", 1, 2)},{Tensor("a", "U8", "[1]", 0, 1)},{Tensor("m", "F32", "[0,3]", 2, 2)}}}", 1, 2);
        Assert.Equal(["z", "a", "m"], reader.Entries.Select(entry => entry.Name));
        Assert.Equal([0L, 3L], reader.Tensors["m"].Shape);
        Assert.Equal(0, reader.Tensors["m"].Count);
    }

    [Theory]
    [InlineData("小丽")]
    [InlineData("🧠 a\\\\b\\\"c")]
    [InlineData("")]
    public void SafetensorsReader_TakesAnyUnicodeName(string name)
    {
        using var reader = Open("{" + Tensor(name, "F32", "[]", 0, 4) + "}", 0, 0, 0x80, 0x3f);
        Assert.Equal(name.Replace("\\\\", "\\").Replace("\\\"", "\""), reader.Entries[0].Name);
        Assert.Equal([1f], Floats(reader, reader.Entries[0].Name));
    }

    [Fact]
    public void SafetensorsReader_ConvertsHalf()
    {
        Half[] values = [Half.Zero, Half.NegativeZero, (Half)1.5f, Half.Epsilon, (Half)(-6.1e-5f), Half.MaxValue, Half.PositiveInfinity, Half.NegativeInfinity, Half.NaN];
        AssertBits([0f, -0f, 1.5f, 5.9604645E-08f, (float)(Half)(-6.1e-5f), 65504f, float.PositiveInfinity, float.NegativeInfinity, float.NaN], "F16", MemoryMarshal.AsBytes<Half>(values));
    }

    [Fact]
    public void SafetensorsReader_ConvertsBFloat16()
    {
        ushort[] values = [0x0000, 0x8000, 0x3fc0, 0x0001, 0x7f7f, 0x7f80, 0xff80, 0x7fc0];
        AssertBits([0f, -0f, 1.5f, 9.183549615799121E-41f, 3.3895314E38f, float.PositiveInfinity, float.NegativeInfinity, float.NaN], "BF16", MemoryMarshal.AsBytes<ushort>(values));
    }

    [Fact]
    public void SafetensorsReader_ConvertsDouble()
    {
        double[] values = [0, -0.0, 0.1, 1e-45, 1e-60, 1e39, double.PositiveInfinity, double.NegativeInfinity, double.NaN];
        AssertBits([0f, -0f, 0.1f, float.Epsilon, 0f, float.PositiveInfinity, float.PositiveInfinity, float.NegativeInfinity, float.NaN], "F64", MemoryMarshal.AsBytes<double>(values));
    }

    [Fact]
    public void SafetensorsReader_ConvertsBeyondOneChunk()
    {
        var values = Enumerable.Range(0, 200_001).Select(i => (double)i).ToArray();
        using var reader = Open("{" + Tensor("a", "F64", "[200001]", 0, 8 * 200_001) + "}", MemoryMarshal.AsBytes<double>(values).ToArray());
        Assert.Equal(values.Select(value => (float)value), Floats(reader, "a"));
    }

    [Fact]
    public void SafetensorsReader_ReadsIntegers()
    {
        long[] longs = [long.MinValue, -1, long.MaxValue];
        int[] ints = [int.MinValue, 7];
        using var reader = Open(
            $"{{{Tensor("l", "I64", "[3]", 0, 24)},{Tensor("i", "I32", "[2]", 24, 32)}}}",
            [.. MemoryMarshal.AsBytes<long>(longs), .. MemoryMarshal.AsBytes<int>(ints)]);
        var (l, i) = (new long[3], new long[2]);
        reader.ReadInt64("l", l);
        reader.ReadInt64("i", i);
        Assert.Equal(longs, l);
        Assert.Equal([int.MinValue, 7L], i);
    }

    [Fact]
    public void SafetensorsReader_RefusesToReadAnotherTypeOrLength()
    {
        using var reader = Open($"{{{Tensor("i", "I32", "[1]", 0, 4)},{Tensor("f", "F32", "[1]", 4, 8)}}}", new byte[8]);
        Assert.Contains("dtype I32, expected one of F32, F64, F16, BF16", Assert.Throws<DataException>(() => reader.Read("i", new float[1])).Message);
        Assert.Contains("dtype F32, expected one of I64, I32", Assert.Throws<DataException>(() => reader.ReadInt64("f", new long[1])).Message);
        Assert.Contains("has 1 elements, expected 2", Assert.Throws<DataException>(() => reader.Read("f", new float[2])).Message);
    }

    [Fact]
    public void SafetensorsReader_SuggestsTheClosestName()
    {
        using var reader = Open($"{{{Tensor("lstm.weight_ih_l0", "F32", "[0]", 0, 0)},{Tensor("lstm.weight_hh_l0", "F32", "[0]", 0, 0)}}}");
        Assert.EndsWith("has no tensor 'lstm.weigth_hh_l0'; did you mean 'lstm.weight_hh_l0'?", Missing(reader, "lstm.weigth_hh_l0"));
        Assert.EndsWith("it holds 'lstm.weight_ih_l0', 'lstm.weight_hh_l0'", Missing(reader, "q"));
    }

    [Fact]
    public void SafetensorsReader_NamesTheTensor_WhenTheFileShrinksWhileOpen()
    {
        var path = scratch["shrinks"];
        File.WriteAllBytes(path, From("{" + Tensor("a", "F32", "[2]", 0, 8) + "}", new byte[8]));
        using var reader = SafetensorsReader.Open(path);
        using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.SetLength(file.Length - 4);
        }
        Assert.Contains("cannot read tensor 'a'", Assert.Throws<DataException>(() => reader.Read("a", new float[2])).Message);
    }

    private static string Missing(SafetensorsReader reader, string name) => Assert.Throws<DataException>(() => reader.Read(name, [])).Message;

    private void AssertBits(float[] expected, string type, ReadOnlySpan<byte> data)
    {
        using var reader = Open("{" + Tensor("a", type, $"[{expected.Length}]", 0, data.Length) + "}", data.ToArray());
        var found = Floats(reader, "a");
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.True(
                BitConverter.SingleToInt32Bits(expected[i]) == BitConverter.SingleToInt32Bits(found[i]) || (float.IsNaN(expected[i]) && float.IsNaN(found[i])),
                $"element {i}: expected {expected[i]:R}, found {found[i]:R}");
        }
    }

    private static float[] Floats(SafetensorsReader reader, string name)
    {
        var values = new float[reader.Tensors[name].Count];
        reader.Read(name, values);
        return values;
    }

    private SafetensorsReader Open(string header, params byte[] data)
    {
        File.WriteAllBytes(scratch["tensors"], From(header, data));
        return SafetensorsReader.Open(scratch["tensors"]);
    }
}
