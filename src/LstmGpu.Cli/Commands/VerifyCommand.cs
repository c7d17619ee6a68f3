using System.CommandLine;
using LstmGpu.Cli.Reporting;
using LstmGpu.Tasks;

namespace LstmGpu.Cli.Commands;

/// <summary><c>lstmgpu verify</c>: the layers of a device against what PyTorch or other programs computed.</summary>
internal static class VerifyCommand
{
    private static readonly NumberRange Positive = new(0, ExclusiveMinimum: true);

    public static Command Create(CommandContext context)
    {
        Argument<string[]> cases = new("CASE") { Description = "cases that make_case.py made, or folders of them", Arity = ArgumentArity.ZeroOrMore };
        Option<string> vectors = new("--vectors") { Description = "instead of cases: a folder of published values as JSON", HelpName = "DIR" };
        Option<double?> tolerance = NumberFlag.Real(
            "--tolerance",
            "the absolute error that passes; ten times of it passes as an error relative to the element, for gradients to the largest one of the tensor",
            Positive,
            1e-5);
        Option<bool> json = new("--json") { Description = "print one JSON object", Arity = ArgumentArity.Zero };
        DeviceFlags device = new();
        Command command = new("verify", "Hold the layers of a device against what PyTorch or other programs computed; exit code 1 where one differs.") { cases, vectors, tolerance, json };
        device.AddTo(command);
        command.SetAction(parse =>
        {
            string[] paths = parse.GetValue(cases) ?? [];
            string? folder = parse.GetValue(vectors);
            Require(paths, folder, parse.GetResult(tolerance) is { Implicit: false });
            bool asJson = parse.GetValue(json);
            Action<CaseVerdict>? line = asJson ? null : verdict => VerificationText.WriteCase(verdict, context.Output);
            VerificationReport report = folder is not null
                ? LayerVerifier.Vectors(device.Options(parse), folder, line, context.Cancel)
                : LayerVerifier.Cases(device.Options(parse), paths, VerificationTolerance.Of(parse.GetValue(tolerance) ?? 1e-5), line, context.Cancel);
            if (asJson)
            {
                context.Output.WriteLine(VerificationText.Json(report).ToJsonString(EvaluationReport.OneLine));
            }
            else
            {
                VerificationText.WriteTotals(report, context.Output);
            }

            return report.Passed ? ExitCode.Done : ExitCode.Failed;
        });
        return command;
    }

    private static void Require(string[] paths, string? folder, bool hasTolerance)
    {
        if (paths.Length == 0 && folder is null)
        {
            throw new ConfigurationException("verify has nothing to verify, expected cases (CASE.safetensors or a folder) or --vectors DIR");
        }
        if (paths.Length > 0 && folder is not null)
        {
            throw new ConfigurationException($"there are cases ('{paths[0]}') and --vectors '{folder}', expected one of the two; run verify twice");
        }
        if (folder is not null && hasTolerance)
        {
            throw new ConfigurationException("there are --vectors and --tolerance, expected one of the two: each vector has its own tolerance");
        }
    }
}
