using System.Globalization;
using System.Xml.Linq;
using static LstmGpu.Reporting.PageMarkup;

namespace LstmGpu.Reporting;

/// <summary>A run as one page of HTML that needs no other file and no script.</summary>
internal static class RunPage
{
    private const int MostRows = 40, MostSamples = 6;

    public static string Of(RunHistory run) => ReportStyle.Html(
        run.Name,
        [
            Html("h1", "", run.Name),
            ReportStyle.Facts(run.Facts),
            Html("div", "charts", [.. Charts(run).Select(chart => Html("section", "", Html("h2", "", chart.Title), chart.ToSvg()))]),
            .. run.Confusion?.ToHtml() ?? [],
            .. Values(run),
            .. run.Gates is { } gates ? gates.ToElements().Prepend(Html("h2", "", gates.Title)) : [],
            .. Samples(run),
            .. run.Embedding?.ToHtml() ?? [],
            .. Settings(run),
        ]);

    private static IEnumerable<CurveChart> Charts(RunHistory run)
    {
        Curve Training(string name, Func<MetricsRow, double> value) => new(name, [.. run.Training.Select(row => new CurvePoint(row.Step, value(row)))]);
        Curve loss = Training("training loss", row => row.Loss);
        yield return new("Loss", run.LossUnit, run.Validation.Count > 0 ? [loss, new("validation loss", run.Validation)] : [loss]);
        if (run.Scores is { } scores)
        {
            yield return scores;
        }
        if (run.Forecasts.Count > 0)
        {
            yield return new("Held-out rows", "target", run.Forecasts, XLabel: "row");
        }
        yield return new("Learning rate", "learning rate", [Training("learning rate", row => row.LearningRate)]);
        yield return new("Gradient norm", "norm before clipping", [Training("gradient norm", row => row.GradNorm)], MayBeLogarithmic: true);
        yield return new("Speed", "tokens per second", [new("tokens per second", run.Speed)]);
    }

    private static IEnumerable<XElement> Values(RunHistory run)
    {
        Dictionary<long, MetricsRow> training = Last(run.Training, row => row.Step);
        Dictionary<long, CurvePoint> validation = Last(run.Validation, point => point.Step), speed = Last(run.Speed, point => point.Step);
        CurvePoint[] logged = [.. training.Keys.Select(step => new CurvePoint(step, 0)).OrderBy(point => point.Step)];
        long[] steps = [.. new Curve("", logged).Spread(MostRows).Select(point => point.Step).Concat(validation.Keys).Distinct().Order()];
        if (steps.Length > 0)
        {
            string Of(Dictionary<long, CurvePoint> points, long step) => Shown(points.TryGetValue(step, out CurvePoint point) ? point.Value : double.NaN);
            string Trained(long step, Func<MetricsRow, double> value) => Shown(training.TryGetValue(step, out MetricsRow row) ? value(row) : double.NaN);
            yield return Html(
                "details",
                "",
                Html("summary", "", "Values"),
                ReportStyle.Table(
                    "values",
                    ["step", "training loss", "validation loss", "learning rate", "gradient norm", "tokens/s"],
                    steps.Select(step => new[]
                    {
                        step.ToString("#,0", CultureInfo.InvariantCulture),
                        Trained(step, row => row.Loss),
                        Of(validation, step),
                        Trained(step, row => row.LearningRate),
                        Trained(step, row => row.GradNorm),
                        Of(speed, step),
                    })));
        }
    }

    private static IEnumerable<XElement> Samples(RunHistory run)
    {
        foreach ((long step, string text) in run.Samples.Reverse().Take(MostSamples))
        {
            yield return Html("h2", "", string.Create(CultureInfo.InvariantCulture, $"Text written by the model of step {step:#,0}"));
            yield return Html("pre", "", "\n" + text); // HTML drops the first line break
        }
    }

    private static IEnumerable<XElement> Settings(RunHistory run)
    {
        yield return Html("h2", "", "Settings that are not the defaults");
        yield return run.Settings.Count == 0
            ? Html("p", "quietly", "none")
            : ReportStyle.Table("settings", ["setting", "value", "default"], run.Settings.Select(setting => new[] { setting.Path, setting.Value, setting.Default }));
    }

    private static Dictionary<long, T> Last<T>(IEnumerable<T> rows, Func<T, long> step) => rows.GroupBy(step).ToDictionary(group => group.Key, group => group.Last());

    private static string Shown(double value) => double.IsFinite(value) ? Figure(value) : "";
}
