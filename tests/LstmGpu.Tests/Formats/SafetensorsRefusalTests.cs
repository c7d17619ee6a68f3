using LstmGpu.Formats;
using Xunit;
using static LstmGpu.Tests.Formats.SafetensorsBytes;

namespace LstmGpu.Tests.Formats;

public sealed class SafetensorsRefusalTests : IDisposable
{
    private readonly ScratchDirectory scratch = new();

    public void Dispose() => scratch.Dispose();

    [Fact]
    public void SafetensorsReader_RefusesAMissingFile() => Assert.Contains("there is no such file", Refusal(scratch["absent"]));

    [Fact]
    public void SafetensorsReader_RefusesADirectory() => Assert.Contains("directory", Refusal(scratch.Path));

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void SafetensorsReader_RefusesAFileTooShortForItsLength(int bytes) => AssertRefused(new byte[bytes], $"it has {bytes} bytes, expected at least 8");

    [Fact]
    public void SafetensorsReader_RefusesAnEmptyHeader() => AssertRefused([0, 0, 0, 0, 0, 0, 0, 0, 1], "header length is 0");

    [Fact]
    public void SafetensorsReader_RefusesAHeaderBeyondTheFile() => AssertRefused([3, 0, 0, 0, 0, 0, 0, 0, (byte)'{', (byte)'}'], "header length is 3, expected 1 to 2");

    [Fact]
    public void SafetensorsReader_RefusesAHeaderLengthWithTheHighestBit() =>
        AssertRefused([2, 0, 0, 0, 0, 0, 0, 0x80, (byte)'{', (byte)'}'], "header length is 9223372036854775810");

    [Fact]
    public void SafetensorsReader_RefusesAHeaderBeyondTheLimitOfTheFormat()
    {
        using (var file = File.Create(scratch["huge"]))
        {
            file.Write(BitConverter.GetBytes(100_000_001L));
            file.SetLength(200_000_000); // sparse: takes no room
        }
        Assert.Contains("header length is 100000001, expected 1 to 100000000", Refusal(scratch["huge"]));
    }

    [Theory]
    [InlineData(" {}")]
    [InlineData("[]")]
    [InlineData("null")]
    public void SafetensorsReader_RefusesAHeaderThatDoesNotStartWithABrace(string header) => AssertRefused(From(header), "expected '{'");

    [Fact]
    public void SafetensorsReader_RefusesBadUtf8() => AssertRefused(From([(byte)'{', (byte)'"', 0xff, (byte)'"', (byte)':', (byte)'1', (byte)'}']), "not valid UTF-8");

    [Fact]
    public void SafetensorsReader_RefusesHalfASurrogatePair() =>
        AssertRefused(From("{" + Tensor("\\ud800", "F32", "[0]", 0, 0) + "}"), "not valid Unicode");

    [Theory]
    [InlineData("{")]
    [InlineData("{}}")]
    [InlineData("{} {}")]
    [InlineData("{,}")]
    [InlineData("{'a':1}")]
    [InlineData("{/**/}")]
    [InlineData("{\"a\":{\"dtype\":\"F32\"")]
    public void SafetensorsReader_RefusesInvalidJson(string header) => AssertRefused(From(header), "not valid JSON");

    [Theory]
    [InlineData("a", "a")]
    [InlineData("a", "\\u0061")]
    public void SafetensorsReader_RefusesDuplicateTensorNames(string first, string second) =>
        AssertRefused(From($"{{{Tensor(first, "F32", "[0]", 0, 0)},{Tensor(second, "F32", "[0]", 0, 0)}}}"), "names 'a' twice");

    [Theory]
    [InlineData("""{"a":1}""", "expected an object")]
    [InlineData("""{"a":{"shape":[0],"data_offsets":[0,0]}}""", "has no dtype")]
    [InlineData("""{"a":{"dtype":"F32","data_offsets":[0,0]}}""", "has no shape")]
    [InlineData("""{"a":{"dtype":"F32","shape":[0]}}""", "has no data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0],"stride":1}}""", "unknown or repeated field 'stride'")]
    [InlineData("""{"a":{"dtype":"F32","dtype":"F32","shape":[0],"data_offsets":[0,0]}}""", "unknown or repeated field 'dtype'")]
    public void SafetensorsReader_RefusesUnknownAndMissingFields(string header, string expected) => AssertRefused(From(header), expected);

    [Theory]
    [InlineData("F31")]
    [InlineData("f32")]
    [InlineData("")]
    [InlineData("12")]
    public void SafetensorsReader_RefusesAnUnknownType(string type) => AssertRefused(From("{" + Tensor("a", type, "[0]", 0, 0) + "}"), $"dtype '{type}', expected one of BOOL");

    [Theory]
    [InlineData("[-1]", "holds '-1'")]
    [InlineData("[1.5]", "holds '1.5'")]
    [InlineData("[1e0]", "holds '1e0'")]
    [InlineData("[\"1\"]", "holds '1'")]
    [InlineData("[[1]]", "holds '['")]
    [InlineData("[9223372036854775808]", "holds '9223372036854775808'")]
    [InlineData("1", "expected an array of integers")]
    [InlineData("[4611686018427387904,2]", "overflows 64 bits")]
    [InlineData("[2305843009213693952]", "overflows 64 bits")]
    [InlineData("[4294967296,4294967296,0]", "overflows 64 bits")]
    [InlineData("[2]", "has 4 bytes of data, expected 8")]
    [InlineData("[0]", "has 4 bytes of data, expected 0")]
    public void SafetensorsReader_RefusesShapesThatAreNotSizes(string shape, string expected) =>
        AssertRefused(From("{" + Tensor("a", "F32", shape, 0, 4) + "}", new byte[4]), expected);

    [Theory]
    [InlineData("[4,0]")]
    [InlineData("[0]")]
    [InlineData("[0,4,8]")]
    [InlineData("[]")]
    public void SafetensorsReader_RefusesOffsetsThatAreNoRange(string offsets) =>
        AssertRefused(From($$$"""{"a":{"dtype":"F32","shape":[1],"data_offsets":{{{offsets}}}}}""", new byte[4]), "expected [begin,end]");

    [Fact]
    public void SafetensorsReader_RefusesOffsetsBeyondTheData() =>
        AssertRefused(From("{" + Tensor("a", "F32", "[2]", 0, 8) + "}", new byte[7]), "ends at byte 8 of the data, expected at most 7");

    [Theory]
    [InlineData(0, 4)]
    [InlineData(2, 6)]
    public void SafetensorsReader_RefusesTensorsThatOverlap(long begin, long end) =>
        AssertRefused(From($"{{{Tensor("a", "F32", "[1]", 0, 4)},{Tensor("b", "F32", "[1]", begin, end)}}}", new byte[8]), "overlaps 'a'");

    [Fact]
    public void SafetensorsReader_RefusesAnEmptyTensorInsideAnother() =>
        AssertRefused(From($"{{{Tensor("a", "F32", "[1]", 0, 4)},{Tensor("b", "F32", "[0]", 2, 2)}}}", new byte[4]), "overlaps 'a'");

    [Theory]
    [InlineData(0, 8)]
    [InlineData(4, 4)]
    public void SafetensorsReader_RefusesGaps(long begin, long second) =>
        AssertRefused(From($"{{{Tensor("a", "F32", "[1]", begin, begin + 4)},{Tensor("b", "F32", "[1]", second + begin, second + begin + 4)}}}", new byte[16]), "belong to no tensor");

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}""")]
    public void SafetensorsReader_RefusesTrailingBytes(string header) => AssertRefused(From(header, new byte[4]), "follow the last tensor, expected none");

    [Theory]
    [InlineData("""{"__metadata__":1}""")]
    [InlineData("""{"__metadata__":{"a":1}}""")]
    [InlineData("""{"__metadata__":{"a":null}}""")]
    [InlineData("""{"__metadata__":{"a":"1","a":"1"}}""")]
    [InlineData("""{"__metadata__":{},"__metadata__":{}}""")]
    public void SafetensorsReader_RefusesMetadataThatIsNotTextToText(string header) => AssertRefused(From(header), "__metadata__");

    [Fact]
    public void SafetensorsReader_KeepsAHostileTensorOnOneShortLine()
    {
        var shape = $"[2{string.Concat(Enumerable.Repeat(",1", 100_000))}]";
        var message = Refusal(Write(From("{" + Tensor("\\n" + new string('x', 100_000), "F32", shape, 0, 4) + "}", new byte[4])));
        Assert.DoesNotContain('\n', message);
        Assert.InRange(message.Length, 1, 600);
    }

    [Fact]
    public void SafetensorsReader_ThrowsNothingButDataException_OnMutatedFiles()
    {
        var random = new Random(20240229);
        byte[] valid = From(
            $$"""{"__metadata__":{"k":"é"},{{Tensor("a", "F32", "[50,1]", 0, 200)}},{{Tensor("b", "BF16", "[3]", 200, 206)}},{{Tensor("c", "I64", "[1]", 206, 214)}}}""",
            new byte[214]);
        Assert.Equal(3, ReadAll(Write(valid)));
        var (fine, refused) = (0, 0);
        for (var round = 0; round < 5000; round++)
        {
            var path = Write(Mutate(valid, random));
            try
            {
                ReadAll(path);
                fine++;
            }
            catch (DataException)
            {
                refused++;
            }
        }
        Assert.True(fine > 100 && refused > 1000, $"{fine} read, {refused} refused: the mutations do not reach both sides");
    }

    private static byte[] Mutate(byte[] valid, Random random)
    {
        var bytes = valid.ToList();
        for (var edits = random.Next(1, 4); edits > 0 && bytes.Count > 0; edits--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(6))
            {
                case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: bytes[at] = (byte)random.Next(256); break;
                case 2: bytes.RemoveAt(at); break;
                case 3: bytes.Insert(at, "0123456789-[]{},:\"\\."u8[random.Next(20)]); break;
                case 4: bytes.RemoveRange(at, bytes.Count - at); break;
                default: bytes[at] = "0123456789"u8[random.Next(10)]; break;
            }
        }
        return [.. bytes];
    }

    private static int ReadAll(string path)
    {
        using var reader = SafetensorsReader.Open(path);
        foreach (var entry in reader.Entries)
        {
            if (entry.Type is TensorType.I64 or TensorType.I32)
            {
                reader.ReadInt64(entry.Name, new long[entry.Count]);
            }
            else
            {
                reader.Read(entry.Name, new float[entry.Count]);
            }
        }
        return reader.Entries.Count;
    }

    private void AssertRefused(byte[] file, string expected) => Assert.Contains(expected, Refusal(Write(file)));

    private static string Refusal(string path)
    {
        var message = Assert.Throws<DataException>(() => SafetensorsReader.Open(path)).Message;
        Assert.Contains(path, message);
        Assert.Contains("; ", message); // the next step
        return message;
    }

    private string Write(byte[] bytes)
    {
        var path = scratch["tensors"];
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
