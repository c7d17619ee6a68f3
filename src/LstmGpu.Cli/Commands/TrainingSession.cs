using System.Text;
using LstmGpu.Cli.Reporting;
using LstmGpu.Devices;
using LstmGpu.Reporting;
using LstmGpu.Tasks;

namespace LstmGpu.Cli.Commands;

/// <summary>What <c>train</c> and <c>resume</c> share: the plan before, progress during, results and a sample after the training.</summary>
internal static class TrainingSession
{
    private const int SampleLength = 300, MostEarlierSamples = 3;

    /// <summary>Trains to the end or to the first Ctrl-C.</summary>
    /// <param name="open">Creates or resumes the run.</param>
    /// <param name="asked">The device as the user named it, or null where a resumed run keeps its own.</param>
    /// <param name="log">The log of the run; its file may be written once training begins.</param>
    /// <param name="verbose">Log lines go to stderr, so no live display is drawn over them.</param>
    public static int Run(Func<TrainingRun> open, string? asked, RunLog log, bool verbose, CommandContext context)
    {
        string directory;
        DeviceOptions device;
        string task;
        bool isEvaluated;
        using (TrainingRun run = open())
        {
            directory = run.Directory;
            device = run.Options.Device with { Name = run.Plan.Device.Name };
            task = run.Options.Task.Name;
            context.Error.WriteLine("device " + DeviceChoice.Explain(asked, run.Plan.Device, DeviceCatalog.List));
            PlanReport.WriteSummary(run.Plan, context.Error);
            if (run.Options.Training.OverfitBatch)
            {
                context.Error.WriteLine("overfit batch: every step trains on the first batch, nothing is evaluated");
            }

            TrainingResult result = Train(run, log, verbose, context);
            WriteReport(directory, context);
            if (result.Interrupted)
            {
                string step = Figures.Plain(result.Step);
                context.Error.WriteLine($"lstmgpu: interrupted after step {step}, the checkpoint is saved; continue with: lstmgpu resume {Quoted(directory)}");
                return ExitCode.Interrupted;
            }

            isEvaluated = result.Validation is not null;
            ResultReport.Write(result, directory, context.Output);
        }

        // The run is closed first: its arenas and the model's do not have to fit side by side.
        switch (task)
        {
            case "classify" or "tag":
                if (isEvaluated)
                {
                    KeepEvaluation(directory, device, context);
                }

                break;
            case "forecast":
                Attempt("the forecasts were not kept", () => WriteForecasts(directory, device, context), context);
                break;
            case "regress":
                break;
            default:
                WriteSample(directory, device, context);
                break;
        }

        WriteReport(directory, context);
        return ExitCode.Done;
    }

    private static void KeepEvaluation(string directory, DeviceOptions device, CommandContext context)
    {
        using TrainedLabeller model = TrainedLabeller.Load(directory, "best", device);
        LabelEvaluation found = model.Evaluate(cancel: context.Cancel);
        Attempt("evaluation.json was not written", () => RunReport.KeepEvaluation(directory, model.Step, found), context);
        if (model.ReadsText)
        {
            Attempt("the frequent tokens were not kept", () => RunReport.KeepInspection(directory, model.Inspect()), context);
        }
    }

    private static TrainingResult Train(TrainingRun run, RunLog log, bool verbose, CommandContext context)
    {
        log.Begin();
        try
        {
            return context.ErrorIsTerminal && !verbose
                ? LiveProgress.Show(context.Error, run.Step, progress => run.Run(progress, context.Cancel))
                : run.Run(new PlainProgress(context.Error, run.Step), context.Cancel);
        }
        catch (Exception e)
        {
            log.Failed(e);
            if (e is DivergedException or DeviceException)
            {
                WriteReport(run.Directory, context);
            }

            throw;
        }
    }

    private static void WriteSample(string directory, DeviceOptions device, CommandContext context)
    {
        using TrainedModel model = TrainedModel.Load(directory, "best", device);
        context.Output.WriteLine($"sample of {Figures.Plain(SampleLength)} {model.Unit}, step {Figures.Plain(model.Step)}:");
        StringBuilder text = new();
        List<int> tokens = [];
        foreach ((int token, string part) in model.Sample(SampleLength, cancel: context.Cancel))
        {
            context.Output.Write(part);
            text.Append(part);
            tokens.AddRange(token >= 0 ? [token] : []);
        }

        context.Output.WriteLine();
        Attempt("the sample was not kept", () => RunReport.AddSample(directory, model.Step, text.ToString()), context);
        Attempt("the gates were not kept", () => RunReport.KeepInspection(directory, model.Inspect(tokens)), context);
        Attempt("samples of earlier steps were not kept", () => KeepEarlierSamples(directory, model, context), context);
    }

    // How the text became better is to be seen, too.
    private static void KeepEarlierSamples(string directory, TrainedModel model, CommandContext context)
    {
        IReadOnlyList<(long Step, string Path)> waiting = RunReport.CheckpointsWithoutSample(directory);
        int count = Math.Min(MostEarlierSamples, waiting.Count);
        foreach (int n in Enumerable.Range(0, count))
        {
            (long step, string checkpoint) = waiting[(int)((long)n * waiting.Count / count)]; // from the first on, evenly
            RunReport.AddSample(directory, step, string.Concat(model.Sample(SampleLength, checkpoint, context.Cancel).Select(part => part.Text)));
        }
    }

    private static void WriteForecasts(string directory, DeviceOptions device, CommandContext context)
    {
        using TrainedForecaster model = TrainedForecaster.Load(directory, "best", device);
        model.WriteHeldOut(context.Cancel);
    }

    private static void WriteReport(string directory, CommandContext context) =>
        Attempt("report.html was not written", () => RunReport.Write(directory), context);

    // What has been trained stays good without a report on it.
    private static void Attempt(string failure, Action write, CommandContext context)
    {
        try
        {
            write();
        }
        catch (LstmGpuException error)
        {
            context.Error.WriteLine($"lstmgpu: warning: {failure}: {error.Message}");
        }
    }

    private static string Quoted(string path) => path.Contains(' ') ? $"\"{path}\"" : path;
}
