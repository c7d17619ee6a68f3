using System.CommandLine;
using LstmGpu.Cli.Configuration;
using LstmGpu.Cli.Reporting;
using LstmGpu.Tasks;

namespace LstmGpu.Cli.Commands;

/// <summary><c>lstmgpu bench</c>: <c>lstm</c> times layers, <c>step</c> a whole training step, <c>gemm</c> the matrix product, all beside what the device can do; <c>device</c> its memory and launches; <c>micro</c> what a recurrence over many groups is made of; <c>options</c> every cell and option beside the plain LSTM.</summary>
internal static class BenchCommand
{
    private const string DefaultShapes = "64,32,128,128,1;64,32,256,256,1;64,32,512,512,2;128,64,512,512,1;35,20,650,650,2;784,128,1,128,1;50,50,128,128,2";

    private const string DefaultGemm = "1024,1024,1024";

    private const string DefaultVariants = "64,32,256,256,1";

    private const string DefaultStep = "35,20,512,512,2,10000";

    public static Command Create(CommandContext context)
    {
        Option<string[]> shapes = new("--shape")
        {
            Description = $"time steps, batch, input, hidden, layers and directions; repeatable, or several joined by ';' [default {DefaultShapes}]",
            HelpName = "T,B,I,H,L[,D]",
            Arity = ArgumentArity.OneOrMore,
            AllowMultipleArgumentsPerToken = false,
        };
        Option<long?> repeat = NumberFlag.Whole("--repeat", "timed repetitions of which the median is taken", new NumberRange(1, 1_000_000), 7);
        Option<bool> json = new("--json") { Description = "print one JSON object per shape, a line each", Arity = ArgumentArity.Zero };
        Option<string> cell = new("--cell") { Description = "lstm, gru, gru-reset-before, rnn or rnn-relu [default lstm]", HelpName = "WORD" };
        Option<bool> lengths = new("--lengths") { Description = "rows of different lengths, T at most", Arity = ArgumentArity.Zero };
        DeviceFlags device = new();
        Command lstm = new("lstm", "Time LSTM stacks, or stacks of another cell: medians of forward, and of forward and backward with every gradient.")
        {
            shapes, cell, lengths, repeat, json,
        };
        device.AddTo(lstm);
        lstm.SetAction(parse =>
        {
            DeviceOptions options = device.Options(parse);
            int count = (int)(parse.GetValue(repeat) ?? 7);
            IReadOnlyList<LstmBenchmarkShape> timed = BenchmarkShapes.Read(parse.GetValue(shapes) is { Length: > 0 } given ? given : [DefaultShapes]);
            IEnumerable<LstmBenchmarkRow> rows = timed.Select(shape => LstmBenchmark.Run(shape, options, count, cell: parse.GetValue(cell) ?? "lstm", lengths: parse.GetValue(lengths), cancel: context.Cancel));
            BenchmarkReport.Print(rows, parse.GetValue(json), BenchmarkReport.Json, BenchmarkReport.Write, context.Output);
            return ExitCode.Done;
        });
        return new Command("bench", "Measure the speed of a device.") { lstm, Step(context), Gemm(context), Variants(context), BenchDeviceCommand.Create(context), BenchMicroCommand.Create(context) };
    }

    private static Command Step(CommandContext context)
    {
        Option<string> shape = new("--shape")
        {
            Description = $"time steps, batch, embedding, hidden, layers and vocabulary [default {DefaultStep}]",
            HelpName = "T,B,E,H,L,V",
        };
        Option<long?> repeat = NumberFlag.Whole("--repeat", "timed repetitions of which the median is taken", new NumberRange(1, 1_000_000), 7);
        Option<bool> json = new("--json") { Description = "print one JSON object", Arity = ArgumentArity.Zero };
        DeviceFlags device = new();
        Command step = new("step", "Time a whole training step with Adam, and each of its operations.") { shape, repeat, json };
        device.AddTo(step);
        step.SetAction(parse =>
        {
            StepBenchmarkShape timed = BenchmarkShapes.ReadStep(parse.GetValue(shape) ?? DefaultStep);
            StepBenchmarkRow row = StepBenchmark.Run(timed, device.Options(parse), (int)(parse.GetValue(repeat) ?? 7), cancel: context.Cancel);
            if (parse.GetValue(json))
            {
                context.Output.WriteLine(BenchmarkReport.Json(row).ToJsonString());
            }
            else
            {
                BenchmarkReport.Write(row, context.Output);
            }

            return ExitCode.Done;
        });
        return step;
    }

    private static Command Gemm(CommandContext context)
    {
        Option<string> shape = new("--shape") { Description = $"rows, columns and inner size [default {DefaultGemm}]", HelpName = "M,N,K" };
        Option<long?> repeat = NumberFlag.Whole("--repeat", "timed repetitions of which the median is taken", new NumberRange(1, 1_000_000), 7);
        Option<bool> json = new("--json") { Description = "print one JSON object per layout, a line each", Arity = ArgumentArity.Zero };
        DeviceFlags device = new();
        Command gemm = new("gemm", "Time the matrix product in its three layouts.") { shape, repeat, json };
        device.AddTo(gemm);
        gemm.SetAction(parse =>
        {
            GemmBenchmarkShape timed = BenchmarkShapes.ReadGemm(parse.GetValue(shape) ?? DefaultGemm);
            IReadOnlyList<GemmBenchmarkRow> rows = GemmBenchmark.Run(timed, device.Options(parse), (int)(parse.GetValue(repeat) ?? 7), cancel: context.Cancel);
            BenchmarkReport.Print(rows, parse.GetValue(json), BenchmarkReport.Json, BenchmarkReport.Write, context.Output);
            return ExitCode.Done;
        });
        return gemm;
    }

    private static Command Variants(CommandContext context)
    {
        Option<string> shape = new("--shape") { Description = $"time steps, batch, input, hidden and layers [default {DefaultVariants}]", HelpName = "T,B,I,H,L" };
        Option<long?> repeat = NumberFlag.Whole("--repeat", "rounds in which each variant runs once", new NumberRange(1, 1_000_000), 9);
        Option<bool> json = new("--json") { Description = "print one JSON object per variant, a line each", Arity = ArgumentArity.Zero };
        DeviceFlags device = new();
        Command options = new("options", "Time every cell and option beside the plain LSTM: forward and backward.") { shape, repeat, json };
        device.AddTo(options);
        options.SetAction(parse =>
        {
            LstmBenchmarkShape timed = BenchmarkShapes.Read([parse.GetValue(shape) ?? DefaultVariants])[0];
            IReadOnlyList<OptionsBenchmarkRow> rows = OptionsBenchmark.Run(timed, device.Options(parse), (int)(parse.GetValue(repeat) ?? 9), context.Cancel);
            BenchmarkReport.Print(rows, parse.GetValue(json), BenchmarkReport.Json, BenchmarkReport.Write, context.Output);
            return ExitCode.Done;
        });
        return options;
    }
}
