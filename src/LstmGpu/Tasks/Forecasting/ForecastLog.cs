using System.Text.Json;
using LstmGpu.Formats;
using LstmGpu.Reporting;

namespace LstmGpu.Tasks.Forecasting;

/// <summary><c>forecasts.jsonl</c>: the first step of every forecast of the held-out rows, beside what came and the (seasonal) naive forecast.</summary>
internal static class ForecastLog
{
    private const string FileName = "forecasts.jsonl";

    /// <exception cref="DataException">The file system refused.</exception>
    public static void Write(RunDirectory run, IEnumerable<(int Row, double Truth, double Forecast, double Naive)> rows) => DurableFile.WriteAllText(
        run.File(FileName),
        string.Concat(rows.Select(row => JsonSerializer.Serialize(new { row = row.Row, truth = row.Truth, forecast = row.Forecast, naive = row.Naive }) + "\n")));

    /// <summary>Curves over the rows of the table, none where the run has no forecasts.</summary>
    /// <exception cref="DataException">The file cannot be read.</exception>
    public static IReadOnlyList<Curve> Read(RunDirectory run)
    {
        var rows = JsonLinesReader.Read(run.File(FileName), row => (
            Row: row.GetProperty("row").GetInt64(), Truth: row.Number("truth"), Forecast: row.Number("forecast"), Naive: row.Number("naive")));
        return rows.Count == 0
            ? []
            :
            [
                new("truth", [.. rows.Select(row => new CurvePoint(row.Row, row.Truth))]),
                new("forecast", [.. rows.Select(row => new CurvePoint(row.Row, row.Forecast))]),
                new("naive", [.. rows.Select(row => new CurvePoint(row.Row, row.Naive))]),
            ];
    }
}
