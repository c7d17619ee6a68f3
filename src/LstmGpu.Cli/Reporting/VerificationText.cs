using System.Globalization;
using System.Text.Json.Nodes;
using LstmGpu.Tasks;

namespace LstmGpu.Cli.Reporting;

/// <summary>What came of verification, as text and as JSON.</summary>
internal static class VerificationText
{
    /// <summary>One line; the tensors of a case that failed below it.</summary>
    public static void WriteCase(CaseVerdict verdict, TextWriter output)
    {
        if (verdict.LeftOut is { } reason)
        {
            output.WriteLine($"left out  {verdict.Name}: {reason}");
            return;
        }
        TensorVerdict worst = verdict.Tensors.OrderBy(t => t.Passed).ThenByDescending(t => t.AbsoluteError).First();
        output.WriteLine($"{(verdict.Passed ? "passed    " : "FAILED    ")}{verdict.Name}: {verdict.Shape}; worst {Error(worst.AbsoluteError)} at {worst.Tensor}{Index(worst.AbsoluteAt)}");
        if (!verdict.Passed)
        {
            WriteTensors(verdict, output);
        }
    }

    /// <summary>The tensors of a report with one case, and the totals.</summary>
    public static void WriteTotals(VerificationReport report, TextWriter output)
    {
        if (report.Cases is [{ Passed: true, LeftOut: null } only])
        {
            WriteTensors(only, output);
        }
        string leftOut = report.LeftOutCases > 0 ? $", {Figures.Count(report.LeftOutCases)} left out" : "";
        string worst = report.Cases.SelectMany(c => c.Tensors).ToList() is { Count: > 0 } tensors
            ? $"; worst error {Error(tensors.Max(t => t.AbsoluteError))} absolute, {Error(tensors.Max(t => t.RelativeError))} relative"
            : "";
        string cases = report.Cases.Count == 1 ? "case" : "cases";
        output.WriteLine(
            $"{Figures.Count(report.Cases.Count)} {cases} on {PlanReport.Describe(report.Device)}: {Figures.Count(report.PassedCases)} passed, {Figures.Count(report.FailedCases)} failed{leftOut}{worst}");
    }

    public static JsonObject Json(VerificationReport report) => new()
    {
        ["device"] = report.Device.Name,
        ["model"] = report.Device.Model,
        ["passed"] = report.Passed,
        ["cases_passed"] = report.PassedCases,
        ["cases_failed"] = report.FailedCases,
        ["cases_left_out"] = report.LeftOutCases,
        ["cases"] = new JsonArray([.. report.Cases.Select(c => (JsonNode)Json(c))]),
    };

    private static void WriteTensors(CaseVerdict verdict, TextWriter output)
    {
        TextTable table = new("tensor", "shape", ">absolute error", "at", ">relative error", "at", "result");
        foreach (TensorVerdict t in verdict.Tensors)
        {
            table.Add(t.Tensor, Index(t.Shape), Error(t.AbsoluteError), Index(t.AbsoluteAt), Error(t.RelativeError), Index(t.RelativeAt), t.Passed ? "passed" : "FAILED");
        }
        table.Write(output);
        output.WriteLine($"tolerance {Figures.Short(verdict.Tolerance.Absolute)} absolute or {Figures.Short(verdict.Tolerance.Relative)} relative");
    }

    private static JsonObject Json(CaseVerdict verdict) => new()
    {
        ["case"] = verdict.Name,
        ["layer"] = verdict.Shape,
        ["passed"] = verdict.LeftOut is null ? verdict.Passed : null,
        ["left_out"] = verdict.LeftOut,
        ["tolerance_absolute"] = verdict.Tolerance.Absolute,
        ["tolerance_relative"] = verdict.Tolerance.Relative,
        ["tensors"] = new JsonArray([.. verdict.Tensors.Select(t => (JsonNode)Json(t))]),
    };

    private static JsonObject Json(TensorVerdict tensor) => new()
    {
        ["tensor"] = tensor.Tensor,
        ["shape"] = Numbers(tensor.Shape),
        ["passed"] = tensor.Passed,
        ["absolute_error"] = Figures.Json(tensor.AbsoluteError),
        ["absolute_at"] = Numbers(tensor.AbsoluteAt),
        ["relative_error"] = Figures.Json(tensor.RelativeError),
        ["relative_at"] = Numbers(tensor.RelativeAt),
    };

    private static JsonArray Numbers(IReadOnlyList<long> values) => new([.. values.Select(value => (JsonNode)value)]);

    private static string Index(IReadOnlyList<long> values) => $"[{string.Join(',', values)}]";

    private static string Error(double error) => error.ToString("0.0e+0", CultureInfo.InvariantCulture);
}
