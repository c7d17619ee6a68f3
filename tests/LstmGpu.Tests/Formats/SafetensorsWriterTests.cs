using System.Runtime.InteropServices;
using LstmGpu.Formats;
using Xunit;

namespace LstmGpu.Tests.Formats;

public sealed class SafetensorsWriterTests : IDisposable
{
    private static readonly Dictionary<string, string> NoMetadata = [];

    private readonly ScratchDirectory scratch = new();

    public void Dispose() => scratch.Dispose();

    [Fact]
    public void SafetensorsWriter_WritesTheseBytes()
    {
        SafetensorsWriter.Write(scratch["a"], [new("w", [2], new float[] { 1, -2 })], new Dictionary<string, string> { ["b"] = "2", ["a"] = "1" });
        byte[] expected =
        [
            0x58, 0, 0, 0, 0, 0, 0, 0,
            .. """{"__metadata__":{"a":"1","b":"2"},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"""u8,
            .. " "u8,
            0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0,
        ];
        Assert.Equal(expected, File.ReadAllBytes(scratch["a"]));
    }

    [Fact]
    public void SafetensorsWriter_RoundTripsThroughTheReader_BitForBit()
    {
        var arena = Enumerable.Range(0, 3_000_000).Select(i => BitConverter.Int32BitsToSingle(i * 1431)).ToArray();
        TensorToWrite[] tensors =
        [
            new("lstm.weight_ih_l0", [1500, 1000], arena.AsMemory(7, 1_500_000)),
            new("小丽/🧠\"\\", [], arena.AsMemory(0, 1)),
            new("empty", [4, 0], ReadOnlyMemory<float>.Empty),
            new("linear.bias", [3], arena.AsMemory(2_999_997)),
        ];
        SafetensorsWriter.Write(scratch["a"], tensors, new Dictionary<string, string> { ["clé"] = "值\n" });
        using var reader = SafetensorsReader.Open(scratch["a"]);
        Assert.Equal("值\n", reader.Metadata["clé"]);
        Assert.Equal(tensors.Select(tensor => tensor.Name), reader.Entries.Select(entry => entry.Name));
        foreach (var tensor in tensors)
        {
            var expected = new float[tensor.Count];
            tensor.Source(0, expected);
            var found = new float[tensor.Count];
            reader.Read(tensor.Name, found);
            Assert.Equal(tensor.Shape, reader.Tensors[tensor.Name].Shape);
            Assert.True(MemoryMarshal.AsBytes<float>(expected).SequenceEqual(MemoryMarshal.AsBytes<float>(found)), tensor.Name);
        }
    }

    [Fact]
    public void SafetensorsWriter_AlignsTheDataToEightBytes_WhateverTheHeader()
    {
        for (var length = 0; length < 9; length++)
        {
            SafetensorsWriter.Write(scratch["a"], [new(new string('n', length), [1], new float[1])], NoMetadata);
            Assert.Equal(0, (new FileInfo(scratch["a"]).Length - 4) % 8);
            SafetensorsReader.Open(scratch["a"]).Dispose();
        }
    }

    [Fact]
    public void SafetensorsWriter_RefusesWhatTheReaderWouldRefuse()
    {
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(scratch["a"], [new("w", [2], new float[3])], NoMetadata));
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(scratch["a"], [new("w", [-1, -1], new float[1])], NoMetadata));
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(scratch["a"], [new("w", [0], default), new("w", [0], default)], NoMetadata));
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(scratch["a"], [new("__metadata__", [0], default)], NoMetadata));
        Assert.Empty(Directory.GetFileSystemEntries(scratch.Path));
    }

    [SkippableFact]
    public void SafetensorsWriter_SaysThatTheDiskIsFull_AndKeepsTheOldFile()
    {
        Skip.IfNot(File.Exists("/dev/full"), "no /dev/full");
        SafetensorsWriter.Write(scratch["a"], [new("w", [1], new float[1])], NoMetadata);
        var before = File.ReadAllBytes(scratch["a"]);
        File.CreateSymbolicLink(scratch[".a.tmp"], "/dev/full"); // the temporary file now lies on a full disk
        var error = Assert.Throws<DataException>(() => SafetensorsWriter.Write(scratch["a"], [new("w", [100_000], new float[100_000])], NoMetadata));
        Assert.Equal($"cannot write '{scratch["a"]}': no space left on device; free space and run the command again", error.Message);
        Assert.Equal(before, File.ReadAllBytes(scratch["a"]));
        Assert.Equal([scratch["a"]], Directory.GetFiles(scratch.Path));
    }

    [Fact]
    public void SafetensorsWriter_NamesTheFile_WhenItsDirectoryDoesNotExist()
    {
        var error = Assert.Throws<DataException>(() => SafetensorsWriter.Write(scratch["absent/a"], [], NoMetadata));
        Assert.Contains($"cannot write '{scratch["absent/a"]}': its directory does not exist", error.Message);
    }
}
