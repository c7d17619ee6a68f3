using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using LstmGpu.Cli.Reporting;
using LstmGpu.Tasks;

namespace LstmGpu.Cli.Commands;

/// <summary><c>lstmgpu forecast</c>: what follows the last row of a table, as CSV or JSON lines on stdout.</summary>
internal static class ForecastCommand
{
    public static Command Create(CommandContext context)
    {
        RunArguments run = new();
        Argument<string?> file = new("FILE")
        {
            Description = "a CSV file with the columns of the training, or - for stdin; left out, the run's own file",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Option<long?> steps = NumberFlag.Whole(
            "--steps", "rows to forecast; left out, the horizon; beyond it forecasts are read as if they had come", new NumberRange(1, 1 << 20));
        Option<string> format = new("--format") { Description = "csv or jsonl [default csv]", HelpName = "NAME" };
        format.AcceptOnlyFromAmong("csv", "jsonl");
        Command command = new("forecast", "Forecast the rows after the last of a table with a model of --task forecast.") { steps, format };
        run.AddTo(command);
        command.Add(file);
        command.SetAction(parse =>
        {
            using TrainedForecaster model = run.Load(parse, TrainedForecaster.Load);
            int? count = (int?)parse.GetValue(steps);
            ForecastTable table = parse.GetValue(file) == "-"
                ? model.Forecast(Console.OpenStandardInput(), "stdin", count)
                : model.Forecast(parse.GetValue(file), count);
            Write(table, parse.GetValue(format) == "jsonl", context.Output);
            return ExitCode.Done;
        });
        return command;
    }

    private static void Write(ForecastTable table, bool asJson, TextWriter output)
    {
        if (!asJson)
        {
            output.WriteLine((table.Times.Count > 0 ? "step,time," : "step,") + string.Join(',', table.Columns));
        }

        for (int row = 0; row < table.Rows.Count; row++)
        {
            output.WriteLine(asJson ? Json(table, row) : Csv(table, row));
        }
    }

    private static string Csv(ForecastTable table, int row) => string.Join(
        ',', [Figures.Plain(row + 1), .. table.Times.Skip(row).Take(1), .. table.Rows[row].Select(value => value.ToString(CultureInfo.InvariantCulture))]);

    private static string Json(ForecastTable table, int row)
    {
        JsonObject line = new() { ["step"] = row + 1 };
        if (table.Times.Count > 0)
        {
            line["time"] = table.Times[row];
        }

        for (int column = 0; column < table.Columns.Count; column++)
        {
            line[table.Columns[column]] = Figures.Json(table.Rows[row][column]);
        }

        return line.ToJsonString(EvaluationReport.OneLine);
    }
}
