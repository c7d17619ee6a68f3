using LstmGpu.Reporting;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace LstmGpu.Cli.Reporting;

/// <summary>A display that is redrawn in place on a terminal: a bar of steps over the figures of the last report.</summary>
internal sealed class LiveProgress(LiveDisplayContext display, long firstStep) : IProgress<TrainingProgress>
{
    private const int BarWidth = 40;
    private readonly TimeLeft left = new(firstStep);
    private TrainingProgress? validation;
    private TrainingProgress? training;

    /// <summary>Runs <paramref name="work"/> under a live display on the terminal behind <paramref name="error"/>.</summary>
    public static T Show<T>(TextWriter error, long firstStep, Func<IProgress<TrainingProgress>, T> work)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(error) });
        return console.Live(new Text("training")).AutoClear(false).Start(display => work(new LiveProgress(display, firstStep)));
    }

    public void Report(TrainingProgress value)
    {
        if (value.Split == "train")
        {
            training = value;
        }
        else
        {
            validation = value;
        }

        display.UpdateTarget(Draw(value, training, validation, left.Of(value)));
        display.Refresh();
    }

    internal static IRenderable Draw(TrainingProgress now, TrainingProgress? training, TrainingProgress? validation, TimeSpan? left)
    {
        double share = now.Steps > 0 ? Math.Clamp((double)now.Step / now.Steps, 0, 1) : 0;
        int full = (int)(share * BarWidth);
        Markup bar = new($"[green]{new string('━', full)}[/][grey]{new string('━', BarWidth - full)}[/] {Figures.Percent(share)}");

        Grid figures = new Grid().AddColumn().AddColumn().AddColumn().AddColumn();
        figures.AddRow("step", $"{Figures.Count(now.Step)} of {Figures.Count(now.Steps)}", "epoch", Figures.Plain(now.Epoch));
        if (training is { } t)
        {
            AddLoss(figures, "loss", t);
            figures.AddRow("learning rate", Figures.Short(t.LearningRate), "gradient norm", Figures.Fixed(t.GradNorm, 4));
            figures.AddRow("tokens/s", Figures.Fixed(t.TokensPerSecond, 0), "", "");
        }

        if (validation is { } v)
        {
            AddLoss(figures, "validation loss", v);
        }

        figures.AddRow("elapsed", Figures.Duration(now.Elapsed), "remaining", left is { } time ? Figures.Duration(time) : "-");
        return new Rows(bar, figures);
    }

    // With the first of the task's figures.
    private static void AddLoss(Grid figures, string name, TrainingProgress report)
    {
        string loss = Figures.Fixed(report.Loss, 4);
        Metric? first = report.Metrics.Count > 0 ? report.Metrics[0] : null;
        figures.AddRow(name, loss, first is { } metric ? MetricText.Words(metric.Name) : "", first is { } shown ? MetricText.Value(shown) : "");
    }
}
