using LstmGpu.Data;
using Xunit;

namespace LstmGpu.Tests.Data;

public sealed class CsvTableTests
{
    [Theory]
    [InlineData("a,b\n1,2\n3,4\n")]
    [InlineData("a,b\r\n1,2\r\n3,4")]
    [InlineData("\uFEFFa,b\n1,2\n3,4")]
    [InlineData("\"a\",\"b\"\n\"1\", 2 \n3,4e0\n\n\r\n")]
    public void Read_TakesEveryLegalForm(string text)
    {
        using TemporaryFile file = new(text);

        CsvTable table = CsvTable.Read(file.Path, ["a", "b"], []);

        Assert.Equal([1, 3], table.Numbers("a"));
        Assert.Equal([2f, 4f], table.Floats("b"));
    }

    [Fact]
    public void Read_KeepsWhatStandsInQuotes()
    {
        using TemporaryFile file = new("t,n\n\"x, \"\"y\"\"\r\n\r\nz\",-.5\nw,1e5\n");

        CsvTable table = CsvTable.Read(file.Path, ["n"], ["t"]);

        Assert.Equal(["x, \"y\"\r\n\r\nz", "w"], table.Texts("t"));
        Assert.Equal([-0.5, 1e5], table.Numbers("n"));
    }

    [Theory]
    [InlineData("", "line 1: found an empty file")]
    [InlineData("a,b\n", "line 1: found a header of 2 columns and no row (0 rows)")]
    [InlineData("aa,bb\n1,2\n", "no column 'a', expected one of 'aa', 'bb'; did you mean 'aa'")]
    [InlineData("a;b\n1;2\n", "separated by ';'")]
    [InlineData("a,b,a\n1,2,3\n", "'a' twice, as columns 1 and 3")]
    [InlineData("a,b\n1,2\nNaN,4\n", "line 3: column 'a': found 'NaN', expected a finite number")]
    [InlineData("a,b\n-inf,2\n", "line 2: column 'a': found '-inf', expected a finite number")]
    [InlineData("a,b\n1e999,2\n", "expected a finite number")]
    [InlineData("a,b\n,2\n", "line 2: column 'a': found an empty field")]
    [InlineData("a,b\nx,2\n", "line 2: column 'a': found 'x', expected a number such as")]
    [InlineData("a,b\n\"1,5\",2\n", "a comma is no part of a number, write 1.5")]
    [InlineData("a,b\n1,5,2\n", "line 2: found 3 fields, expected 2 as in the header; put text")]
    [InlineData("a,b\n\"1\n\",2\n1\n", "line 4: found 1 fields, expected 2")]
    [InlineData("a,b\n\n1,2\n", "line 2: found 1 fields, expected 2 as in the header; remove the blank line")]
    [InlineData("a,b\n1,2\n\"3,4\n", "line 3: found a quoted field that is never closed")]
    [InlineData("a,b\n1\"2,3\n", "line 2: found a quote inside")]
    public void Read_SaysWhatIsWrongAndWhere(string text, string found)
    {
        using TemporaryFile file = new(text);

        DataException refused = Assert.Throws<DataException>(() => CsvTable.Read(file.Path, ["a", "b"], []));

        Assert.Contains(found, refused.Message);
        Assert.Contains(file.Path, refused.Message);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [Fact]
    public void Readers_OfRandomBytes_ThrowNothingButDataExceptions()
    {
        Random random = new(1);
        string[] pieces = ["a,b\n", "\"", ",", "\n", "\r", "1", "é", "?", ":", "@data\n", "@classLabel true x y\n", "x", "\t", " ", "#"];
        for (int n = 0; n < 3000; n++)
        {
            byte[] bytes = System.Text.Encoding.UTF8.GetBytes("a,b\n" + string.Concat(Enumerable.Range(0, 12).Select(_ => pieces[random.Next(pieces.Length)])));
            bytes[random.Next(bytes.Length)] = n % 3 == 0 ? (byte)random.Next(256) : bytes[0];
            foreach (Action<TextLines> read in (Action<TextLines>[])[l => CsvTable.Read(l, ["a"], ["b"]), l => TaggedFile.Read(l), l => TimeSeriesFile.Read(l)])
            {
                using TextLines lines = new(new MemoryStream(bytes[random.Next(5)..]), "fuzz");
                Assert.True(Record.Exception(() => read(lines)) is null or DataException);
            }
        }
    }
}
