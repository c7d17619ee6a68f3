using LstmGpu.Tests.Training;
using Xunit;

namespace LstmGpu.Tests.Cli;

/// <summary>Tables as they come, through <c>train</c> of every task that reads one.</summary>
public sealed class MalformedTableTests
{
    // Header, the rows of twelve sequences of two (the second of them is line 3), flags. The column c is a number in all.
    private static readonly Dictionary<string, (string Header, Func<int, string> Row, string Flags)> Tasks = new()
    {
        ["forecast"] = ("t,c,y", n => $"2024-01-{n + 1:00},{n % 5},{n % 7}", "--target y --covariates c --time-column t --calendar weekday --test-last 5 --window 4"),
        ["regress"] = ("id,c,y", n => $"{n / 2},{n % 5},{n / 2}", "--target y --covariates c --group id"),
        ["classify"] = ("id,c,label", n => $"{n / 2},{n % 5},{(n / 2 % 2 == 0 ? "x" : "z")}", "--feature-columns c --group-column id"),
    };

    public static TheoryData<string, string, string> Faults
    {
        get
        {
            TheoryData<string, string, string> faults = [];
            foreach (string task in Tasks.Keys)
            {
                faults.Add(task, "NaN", "line 3: column 'c': found 'NaN', expected a finite number; replace it");
                faults.Add(task, "-inf", "line 3: column 'c': found '-inf', expected a finite number; replace it");
                faults.Add(task, "", "line 3: column 'c': found an empty field, expected a number; fill it in");
                faults.Add(task, "abc", "line 3: column 'c': found 'abc', expected a number such as 12.5 or 1e-3; correct the field");
                faults.Add(task, "\"1,5\"", "line 3: column 'c': found '1,5', expected a number with a decimal point; a comma is no part of a number, write 1.5");
                faults.Add(task, "1,5", "line 3: found 4 fields, expected 3 as in the header; put text that holds a separator in quotes, and write decimals with a point");
                faults.Add(task, "1\n\n", "line 3: found 2 fields, expected 3 as in the header; fill in what is missing");
            }
            return faults;
        }
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public void Field_ThatIsNoNumber_IsNamedWithItsLine(string task, string field, string message)
    {
        string[] rows = Rows(task);
        string[] fields = rows[1].Split(',');
        Refused(task, string.Join('\n', [Tasks[task].Header, rows[0], $"{fields[0]},{field},{fields[2]}", .. rows[2..]]), message);
    }

    [Theory]
    [InlineData("forecast")]
    [InlineData("regress")]
    [InlineData("classify")]
    public void Table_ThatCannotBeRead_IsRefused(string task)
    {
        string header = Tasks[task].Header, rows = string.Join('\n', Rows(task));
        Refused(task, "", "line 1: found an empty file, expected a header line");
        Refused(task, header + "\n", "line 1: found a header of 3 columns and no row (0 rows)");
        Refused(task, header.Replace(",c,", ",d,", StringComparison.Ordinal) + "\n" + rows, "line 1: found no column 'c', expected one of ");
        Refused(task, header.Replace(",c,", ",,", StringComparison.Ordinal) + "\n" + rows, "line 1: found no name for column 2 of the header");
        Refused(task, (header + "\n" + rows).Replace(',', ';'), "the columns seem to be separated by ';', not by ','");
    }

    [Theory]
    [InlineData("forecast")]
    [InlineData("regress")]
    [InlineData("classify")]
    public void LegalForms_AreReadAlike(string task)
    {
        using SmallRuns runs = new();
        string[] lines = [Tasks[task].Header, .. Rows(task)];
        string quoted = string.Join("\r\n", lines.Select(line => string.Join(',', line.Split(',').Select(field => $"\"{field}\""))));
        byte[] Model(string name, string text)
        {
            (int code, string error) = Train(runs, name, task, text);
            Assert.True(code == 0, error);
            return File.ReadAllBytes(runs.LastFile(name, "model.safetensors"));
        }

        Assert.Equal(Model("plain", string.Join('\n', lines) + "\n"), Model("other", "\uFEFF" + quoted));
    }

    [Fact]
    public void Sequence_WithoutAName_IsRefused() =>
        Refused("regress", "id,c,y\n1,1,1\n ,1,1\n", "line 3: column 'id': found an empty field, expected the name of a sequence; fill it in");

    private static void Refused(string task, string text, string message)
    {
        using SmallRuns runs = new();
        (int code, string error) = Train(runs, "run", task, text);

        Assert.Equal(3, code);
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.False(Path.Exists(runs.At("run")));
    }

    private static (int Code, string Error) Train(SmallRuns runs, string name, string task, string text)
    {
        File.WriteAllText(runs.At("table.csv"), text);
        (int code, _, string error) = Shell.Run(
            ["train", "--task", task, "--data", runs.At("table.csv"), "--out", runs.At(name), "--steps", "2", "--hidden", "3", "--batch", "4", "--device", "cpu", "--threads", "1", .. Tasks[task].Flags.Split(' ')]);
        return (code, error);
    }

    private static string[] Rows(string task) => [.. Enumerable.Range(0, 24).Select(Tasks[task].Row)];
}
