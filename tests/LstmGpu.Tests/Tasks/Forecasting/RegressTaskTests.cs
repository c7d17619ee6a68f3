using LstmGpu.Data;
using LstmGpu.Tasks;
using LstmGpu.Tests.Cli;
using LstmGpu.Tests.Devices;
using LstmGpu.Tests.Training;
using Xunit;

namespace LstmGpu.Tests.Tasks.Forecasting;

public sealed class RegressTaskTests
{
    [SkippableTheory]
    [InlineData("cpu")]
    [InlineData("opencl")]
    public void Regression_LearnsToAddTwoMarkedValues(string device)
    {
        DeviceUnderTest.SkipWhereAbsent(device);
        using SmallRuns runs = new();
        string table = Table(runs, [.. AddingProblem.Lines(seed: 1, sequences: 1100, length: 10)]);
        runs.Train("run", Options(table, steps: 300, device) with { Model = new() { Cell = "gru", Hidden = 16 } });
        using TrainedRegressor model = TrainedRegressor.Load(runs.At("run"), "last", new() { Name = device, Threads = 1 });
        Evaluation found = model.Evaluate().Found;

        Assert.True(found["mse"] < 0.01, $"{found["mse"]}");
        Assert.Equal(Math.Sqrt(1 / 6.0), found["mean_rmse"], 0.05);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void Resume_WithSequencesOfUnequalLength_FollowsTheUninterruptedRun(int stop)
    {
        using SmallRuns runs = new();
        string table = Table(runs, Unequal());
        RunOptions options = Options(table, steps: 9);
        runs.Train("whole", options);
        runs.Train("parts", options, interruptAt: stop);
        runs.Resume("parts");

        Assert.Equal(runs.Results("whole"), runs.Results("parts"));
    }

    [Fact]
    public void Evaluation_DoesNotDependOnTheBatch()
    {
        using SmallRuns runs = new();
        string table = Table(runs, Unequal());
        runs.Train("run", Options(table, steps: 3));
        using TrainedRegressor model = TrainedRegressor.Load(runs.At("run"), "last", new() { Name = "cpu" });
        Evaluation all = model.Evaluate(table).Found; // 14 sequences in batches of 4: the last has two rows of padding
        string config = Path.Combine(runs.At("run"), "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"batch\": 4", "\"batch\": 1", StringComparison.Ordinal));
        using TrainedRegressor alone = TrainedRegressor.Load(runs.At("run"), "last", new() { Name = "cpu" });

        Evaluation single = alone.Evaluate(table).Found;

        Assert.Equal(single["rmse"], all["rmse"], 1e-5);
        Assert.Equal(single["loss"], all["loss"], 1e-5);
    }

    [Theory]
    [InlineData("id,x,y\n1,1,1\n2,1,1\n1,1,1\n", "line 4: column 'id': found '1' again")]
    [InlineData("id,x,y\n1,1,1\n1,1,2\n", "line 3: column 'y': found 2 after 1 in one sequence")]
    [InlineData("id,x,y\n1,1,1\n", "has 1 sequences, of which 1 are held out")]
    public void BadTable_IsRefusedWithItsLine(string text, string message)
    {
        using TemporaryDirectory directory = new();
        (int code, _, string error) = Shell.Run(
            "train", "--task", "regress", "--data", directory.Write("bad.csv", text), "--group", "id", "--covariates", "x", "--target", "y", "--test-last", "1",
            "--device", "cpu", "--out", Path.Combine(directory.Path, "run"));

        Assert.Equal(3, code);
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.Single(Directory.EnumerateFileSystemEntries(directory.Path));
    }

    [Fact]
    public void MakeAdding_MarksOneValueInEachHalf_AndGivesTheirSum()
    {
        (int code, string output, _) = Shell.Run("data", "make", "adding", "--sequences", "50", "--length", "9", "--seed", "4");
        string[] lines = output.Trim().Split('\n');

        Assert.Equal((0, "sequence,value,marker,sum", 451), (code, lines[0], lines.Length));
        foreach (double[][] rows in lines.Skip(1).Select(line => Array.ConvertAll(line.Split(','), text => double.Parse(text, System.Globalization.CultureInfo.InvariantCulture))).Chunk(9))
        {
            int[] marked = [.. Enumerable.Range(0, 9).Where(t => rows[t][2] == 1)];
            Assert.True(marked.Length == 2 && marked[0] < 4 && marked[1] >= 4);
            Assert.Equal(rows[0][3], marked.Sum(t => rows[t][1]), 1e-9);
        }
    }

    private static string Table(SmallRuns runs, string[] lines)
    {
        File.WriteAllLines(runs.At("table.csv"), lines);
        return runs.At("table.csv");
    }

    // 14 sequences of 1 to 5 rows; the target is the sum of x.
    private static string[] Unequal() =>
        ["sequence,value,marker,sum", .. Enumerable.Range(0, 14).SelectMany(n => Enumerable.Range(0, 1 + n % 5).Select(t => $"{n},{t + n},{t},{(1 + n % 5) * n}"))];

    private static RunOptions Options(string table, int steps, string device = "cpu") => new()
    {
        Task = new() { Name = "regress" },
        Model = new() { Hidden = 6 },
        Data = new() { Path = table },
        Forecast = new() { Group = "sequence", Target = "sum", Covariates = "value,marker", TestLast = steps > 100 ? 100 : 3 },
        Training = new() { Batch = steps > 100 ? 50 : 4, Steps = steps, LearningRate = 0.01, ClipNorm = 1, LogEvery = 1, EvalEvery = 2, SaveEvery = 0 },
        Device = new() { Name = device, Threads = 1 },
    };
}
