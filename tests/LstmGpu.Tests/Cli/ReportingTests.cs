using System.Text.Json.Nodes;
using LstmGpu.Cli.Commands;
using LstmGpu.Cli.Reporting;
using LstmGpu.Devices;
using LstmGpu.Reporting;
using LstmGpu.Tasks;
using LstmGpu.Tests.Training;
using Microsoft.Extensions.Logging;
using Spectre.Console;
using Xunit;

namespace LstmGpu.Tests.Cli;

public sealed class ReportingTests
{
    private static readonly DeviceDescription Cpu = new("cpu", "Xeon", "2 threads, Vector512", 8L << 30, 2);

    private static readonly TrainingProgress Training = new(100, 2000, 0, "train", 2.3456, [new("perplexity", 10.4396), new("bits_per_character", 3.38398)], 0.002, 0.8123, 45123.4, TimeSpan.FromSeconds(12));

    private static readonly TrainingProgress Validation = new(500, 2000, 0, "validation", 2.1, [new("perplexity", 8.16617), new("bits_per_character", 3.02966)], 0.002, double.NaN, 0, TimeSpan.FromSeconds(70));

    [Fact]
    public void PlainProgress_WritesOneLineOfKeysAndValuesForEachReport()
    {
        using StringWriter error = new() { NewLine = "\n" };
        PlainProgress progress = new(error, firstStep: 0);
        progress.Report(Training);
        progress.Report(Validation);

        Assert.Equal(
            """
            step 100/2000 epoch 0 loss 2.3456 ppl 10.44 bpc 3.3840 lr 0.002 grad 0.8123 tok/s 45123 elapsed 0:12 left 3:48
            validation step 500/2000 epoch 0 loss 2.1000 ppl 8.17 bpc 3.0297 elapsed 1:10

            """.ReplaceLineEndings("\n"),
            error.ToString());
    }

    [Fact]
    public void TimeLeft_OfAResumedRun_CountsOnlyTheStepsOfThisProcess()
    {
        Assert.Equal(TimeSpan.FromSeconds(190), new TimeLeft(firstStep: 0).Of(Training with { Elapsed = TimeSpan.FromSeconds(10) }));
        Assert.Equal(TimeSpan.FromSeconds(1900), new TimeLeft(firstStep: 90).Of(Training with { Elapsed = TimeSpan.FromSeconds(10) }));
        Assert.Null(new TimeLeft(firstStep: 100).Of(Training));
    }

    [Fact]
    public void LiveProgress_ShowsEveryFigure()
    {
        using StringWriter text = new();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(text) });
        console.Write(LiveProgress.Draw(Validation, Training, Validation, TimeSpan.FromSeconds(228)));

        string[] expected = ["25.0 %", "500 of 2,000", "2.3456", "10.44", "0.002", "0.8123", "45123", "2.1000", "1:10", "3:48"];
        Assert.All(expected, figure => Assert.Contains(figure, text.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public void LiveProgress_RunsTheWorkOnTheCallersThreadAndLetsItsErrorsThrough()
    {
        int caller = Environment.CurrentManagedThreadId;
        int worker = LiveProgress.Show(TextWriter.Null, firstStep: 0, progress =>
        {
            progress.Report(Training);
            return Environment.CurrentManagedThreadId;
        });

        Assert.Equal(caller, worker);
        Assert.Throws<DivergedException>(() => LiveProgress.Show<int>(TextWriter.Null, firstStep: 0, _ => throw new DivergedException("NaN")));
    }

    [Fact]
    public void DryRun_PrintsBothCountsOfEachLayerAndTheArenas()
    {
        // H = 8, I = 6: 4·8·(8+6+1) = 480 and 4·8·(8+6+2) = 512.
        RunPlan plan = new(
            [new ParameterRow("embedding.weight", [5, 6], 30), new ParameterRow("lstm.weight_ih_l0", [32, 6], 192)],
            [new RecurrentLayerRow(0, 6, 8, 480, 512)],
            [new ArenaRow("parameters", 1048576), new ArenaRow("gradients", 1048576)],
            Cpu, 4096, [new DataRow("windows per epoch", 12)], "text", 12, 120);
        using StringWriter output = new() { NewLine = "\n" };
        PlanReport.Write(plan, output);

        string text = output.ToString();
        Assert.Matches(@"\nembedding\.weight +\[5, 6\] +30\n", text);
        Assert.Matches(@"\ntotal +222\n", text);
        Assert.Matches(@"\n0 +6 +8 +480 +512\n", text);
        Assert.Matches(@"\ntotal +2,097,152 +2\.00\n", text);
        Assert.Contains("largest batch that fits 4,096", text, StringComparison.Ordinal);
        Assert.Matches(@"\nwindows per epoch +12\n", text);
    }

    [Theory]
    [InlineData("", 4 * 6 * (6 + 4 + 1), 4 * 6 * (6 + 4 + 2))]
    [InlineData("--cell gru", 3 * 6 * (6 + 4 + 1), 3 * 6 * (6 + 4 + 2))]
    [InlineData("--cell rnn", 6 * (6 + 4 + 1), 6 * (6 + 4 + 2))]
    [InlineData("--projection 3", 4 * 6 * (3 + 4 + 1) + 3 * 6, 4 * 6 * (3 + 4 + 2) + 3 * 6)]
    public void DryRun_CountsTheParametersOfItsOwnCell(string flags, int textbook, int pyTorch)
    {
        using SmallRuns runs = new();
        string[] sizes = ["--hidden", "6", "--embedding", "4", "--batch", "3", "--bptt", "5"];
        string[] arguments = ["train", "--data", runs.Corpus, "--dry-run", "--device", "cpu", .. sizes, .. flags.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        (int code, string output, string error) = Shell.Run(arguments);
        Assert.True(code == 0, error);
        Assert.Matches($@"\n0 +4 +6 +{textbook} +{pyTorch}\n", output);
    }

    [Fact]
    public void DeviceChoice_SaysWhyBetterDevicesWerePassedOver()
    {
        DeviceReport[] reports = [new("cuda", null, "no NVIDIA driver"), new("opencl", Cpu, null) { NotAutomatic = "no GPU" }, new("cpu", Cpu, null), new("emulator", null, "never asked")];

        const string cpu = "cpu: Xeon (2 threads, Vector512)";
        Assert.Equal(cpu + ", the first that works (cuda: no NVIDIA driver; opencl: no GPU)", DeviceChoice.Explain("auto", Cpu, () => reports));
        Assert.Equal(cpu + ", asked for by name", DeviceChoice.Explain("cpu", Cpu, () => reports));
        Assert.Equal(cpu + ", as the run had it", DeviceChoice.Explain(null, Cpu, () => reports));
    }

    [Fact]
    public void Devices_AreListedWithTheReasonOfThoseThatCannotRun()
    {
        using StringWriter output = new() { NewLine = "\n" };
        DeviceDescription gpu = new("opencl", "GPU 1", "vendor, driver 5.6", 1L << 30, 20) { Platform = "vendor", Driver = "5.6", LargestBufferBytes = 1 << 28 };
        (DeviceReport, SelfTest?)[] devices =
        [
            (new("cuda", null, "no NVIDIA driver"), null),
            (new("opencl", gpu, null), new(new("self-test", 2, 1.5, "T=3", null), TimeSpan.Zero)),
            (new("opencl:1", gpu, null), new(new("self-test", 0, double.PositiveInfinity, "", "lost"), TimeSpan.Zero)),
            (new("cpu", Cpu, null), new(new("self-test", 2, 0.125, "T=3", null), TimeSpan.Zero)),
        ];
        DevicesCommand.Write(devices, output);

        string text = output.ToString();
        Assert.Matches(@"\ncuda +not available\n", text);
        Assert.EndsWith("\ncuda: no NVIDIA driver\n", text, StringComparison.Ordinal);
        Assert.Matches(@"\nopencl +GPU 1 +vendor +5\.6 +20 +1\.0 GiB  failed, worst error 1\.500 times its tolerance\n", text);
        Assert.Matches(@"\nopencl:1 .* failed: lost\n", text);
        Assert.Matches(@"\ncpu +Xeon +host +2 +8\.0 GiB  passed, worst error 0\.125 of its tolerance\n", text);
        JsonArray json = DevicesCommand.Json(devices);
        Assert.Equal("no NVIDIA driver", (string?)json[0]!["reason"]);
        Assert.Equal((true, 0.125), ((bool)json[3]!["self_test"]!["passed"]!, (double)json[3]!["self_test"]!["worst_error"]!));
        Assert.Equal(1 << 28, (long)json[1]!["largest_buffer_bytes"]!);
    }

    [Fact]
    public void Doctor_NamesTheWorstShapeOfEachOperation_AndWhatFailed()
    {
        using StringWriter output = new() { NewLine = "\n" };
        DeviceHealth health = new(Cpu, [new("gemm NN", 2000, 0.25, "M=7 N=1 K=257", null), new("sum", 11, 3, "N=65", null), new("norm", 0, double.PositiveInfinity, "", "lost")]);
        HealthReport.Write(health, output);

        Assert.Matches(@"\ngemm NN +2,000 +0\.250  M=7 N=1 K=257  passed\n", output.ToString());
        Assert.Matches(@"\nsum +11 +3\.000  N=65 +failed\n", output.ToString());
        Assert.Matches(@"\nnorm +0 +- +failed: lost\n", output.ToString());
        Assert.Contains("\n2 of 3 operations failed", output.ToString(), StringComparison.Ordinal);
        Assert.Equal(
            """{"operation":"norm","passed":false,"cases":0,"worst_error":null,"worst_shape":"","failure":"lost"}""",
            HealthReport.Json(health)["operations"]![2]!.ToJsonString());
    }

    [Fact]
    public void BenchmarkJson_HasTheDocumentedKeys()
    {
        LstmBenchmarkRow row = new(new LstmBenchmarkShape(64, 32, 128, 128, 1), "cpu", 2, 1.5, 4.5, 50, 200);

        Assert.Equal(
            """{"shape":[64,32,128,128,1,1],"device":"cpu","threads":2,"forward_ms":1.5,"forward_backward_ms":4.5,"gflops":50,"peak_gflops":200,"share_of_peak":0.25}""",
            BenchmarkReport.Json(row).ToJsonString());
    }

    [Fact]
    public void BenchmarkShapes_MayBeRepeatedOrJoined() =>
        Assert.Equal([new(1, 2, 3, 4, 5, 2), new(6, 7, 8, 9, 1), new(2, 2, 2, 2, 2)], BenchmarkShapes.Read(["1,2,3,4,5,2;6,7,8,9,1", "2,2,2,2,2"]));

    [Fact]
    public void EvaluationJson_WritesNoNumberThatJsonLacks()
    {
        EvaluationResult result = new("数据.txt", 10, Math.Log(2), [new AgreementRow(1, 5, 0, 0)]) { BitsPerCharacter = 1 };
        string json = EvaluationReport.Json(result, 7, Cpu).ToJsonString(EvaluationReport.OneLine);

        Assert.Contains("\"bits_per_character\":1,", json, StringComparison.Ordinal);
        Assert.Contains("\"accuracy\":null", json, StringComparison.Ordinal);
        Assert.Contains("数据.txt", json, StringComparison.Ordinal);
    }

    [Fact]
    public void RunLog_LeavesNothingBehind_UntilTheRunHasBegunAndWrittenItsConfiguration()
    {
        using TemporaryDirectory directory = new();
        string file = Path.Combine(directory.Path, "log.txt");
        using (RunLog log = new(directory.Path, verbose: null))
        {
            ILogger logger = log.Loggers.CreateLogger("test");
            logger.LogInformation("planned {Bytes} bytes", 1234.5);
            log.Begin();
            logger.LogInformation("begun");
            Assert.False(File.Exists(file));

            directory.Write("config.json", "{}");
            logger.LogInformation("written");
            Assert.True(File.Exists(file));
        }

        string[] lines = File.ReadAllLines(file);
        Assert.Equal(["planned 1234.5 bytes", "begun", "written"], lines.Select(line => line[(line.IndexOf("INF ", StringComparison.Ordinal) + 4)..]));
    }

    [Fact]
    public void RunLog_OfARunThatNeverBegan_WritesNothing()
    {
        using TemporaryDirectory directory = new();
        using StringWriter error = new();
        using (RunLog log = new(directory.Path, error))
        {
            log.Loggers.CreateLogger("test").LogInformation("planned");
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(directory.Path));
        Assert.Contains("INF planned", error.ToString(), StringComparison.Ordinal);
    }
}
