using System.Globalization;
using System.Text.Json.Nodes;
using LstmGpu.Reporting;
using LstmGpu.Tasks;

namespace LstmGpu.Cli.Reporting;

/// <summary>Gradients by distance as text, as JSON and as a chart.</summary>
internal static class GradientText
{
    public static void Write(GradientFlowReport report, TextWriter output)
    {
        TextTable table = new([">distance", .. report.Curves.Select(curve => ">" + curve.Cell)]);
        foreach (int distance in Distances(report.Options.Distance))
        {
            table.Add([Figures.Plain(distance), .. report.Curves.Select(curve => Norm(curve.Norms[distance]))]);
        }
        table.Write(output);
        output.WriteLine($"norm of the gradient at an input so many steps before the loss; {Settings(report.Options)}; {PlanReport.Describe(report.Device)}");
    }

    public static JsonObject Json(GradientFlowReport report)
    {
        JsonObject json = new()
        {
            ["device"] = report.Device.Name,
            ["hidden"] = report.Options.Hidden,
            ["distance"] = report.Options.Distance,
            ["seed"] = report.Options.Seed,
            ["forget_bias"] = report.Options.ForgetBias,
            ["recurrent_scale"] = report.Options.RecurrentScale,
        };
        foreach (GradientCurve curve in report.Curves)
        {
            json[curve.Cell.ToLowerInvariant()] = new JsonArray([.. curve.Norms.Select(Figures.Json)]);
        }
        return json;
    }

    public static LogChart Chart(GradientFlowReport report) => new(
        "How far gradients reach back",
        Settings(report.Options),
        "steps between the input and the loss",
        "norm of the gradient",
        [.. report.Curves.Select(curve => new LogChartLine(curve.Cell, curve.Norms))]);

    private static string Settings(GradientFlowOptions options)
    {
        string scale = options.RecurrentScale == 1 ? "" : $", recurrent weights × {Figures.Short(options.RecurrentScale)}";
        return $"{Figures.Plain(options.Hidden)} units, forget-gate bias {Figures.Short(options.ForgetBias)}, seed {Figures.Plain(options.Seed)}{scale}";
    }

    // 0, 1, 2, 5, 10, 20, 50, … and the last
    private static IEnumerable<int> Distances(int last)
    {
        yield return 0;
        for (int power = 1; power < last; power *= 10)
        {
            foreach (int distance in new[] { power, 2 * power, 5 * power }.Where(distance => distance < last))
            {
                yield return distance;
            }
        }
        yield return last;
    }

    private static string Norm(double norm) => norm == 0 ? "0" : norm.ToString("0.00e+00", CultureInfo.InvariantCulture);
}
