using System.Text.Json;
using LstmGpu.Data;
using LstmGpu.Formats;

namespace LstmGpu.Tasks.Forecasting;

/// <summary><c>forecast.json</c>: what a forecaster needs beside its parameters, found by the training rows alone.</summary>
/// <param name="Scaler">Of the target, then of the covariates.</param>
/// <param name="NaiveError">What MASE divides by: the mean absolute error of the (seasonal) naive forecast inside the training rows.</param>
/// <param name="Mean">Mean of the training targets.</param>
internal sealed record ForecastRecord(ColumnScaler Scaler, double NaiveError, double Mean)
{
    private const string FileName = "forecast.json";

    /// <exception cref="DataException">The file system refused.</exception>
    public void Write(RunDirectory directory)
    {
        var stored = new Stored(JsonDocument.Parse(Scaler.ToJson()).RootElement, double.IsFinite(NaiveError) ? NaiveError : null, Mean);
        DurableFile.WriteAllBytes(directory.File(FileName), JsonSerializer.SerializeToUtf8Bytes(stored, RunOptionsJson.Form));
    }

    /// <exception cref="DataException">The file is missing or holds something else.</exception>
    public static ForecastRecord Read(RunDirectory directory)
    {
        string path = directory.File(FileName);
        try
        {
            return JsonSerializer.Deserialize<Stored>(File.ReadAllBytes(path), RunOptionsJson.Form) is { Scaler.ValueKind: JsonValueKind.Object } stored
                ? new(ColumnScaler.FromJson(JsonSerializer.SerializeToUtf8Bytes(stored.Scaler), path), stored.NaiveError ?? double.NaN, stored.Mean)
                : throw new DataException($"'{path}' holds no scaler, expected the file that `lstmgpu train` wrote; restore it from its run");
        }
        catch (JsonException invalid)
        {
            throw new DataException($"'{path}' is no JSON object, expected the file that `lstmgpu train` wrote; restore it from its run", invalid);
        }
        catch (Exception error) when (DiskFault.Is(error))
        {
            throw DiskFault.Reading(path, error);
        }
    }

    private sealed record Stored(JsonElement Scaler, double? NaiveError, double Mean);
}
