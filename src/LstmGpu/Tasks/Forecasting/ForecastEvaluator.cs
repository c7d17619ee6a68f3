using LstmGpu.Data;

namespace LstmGpu.Tasks.Forecasting;

/// <summary>Forecasts from every window of a range, with a model that may be in the middle of training.</summary>
internal sealed class ForecastEvaluator(ForecastModel model, SeriesWindows windows, SeriesCoding coding, ForecastHead head, double[] target, int season, double naiveError)
{
    private readonly float[] x = new float[windows.Steps * model.Batch * windows.Features];
    private readonly float[] y = new float[model.Batch * windows.Horizon], outputs = new float[model.Batch * model.Outputs];

    /// <param name="visit">Called with the row of each forecast's first step and its values; null: not asked for.</param>
    public (Evaluation Found, int Count) Run(Action<int, double[][]>? visit, CancellationToken cancel)
    {
        ForecastScore score = new(target, season, naiveError, head.Levels);
        double sum = 0;
        for (int start = 0; start < windows.Count; start += model.Batch)
        {
            cancel.ThrowIfCancellationRequested();
            int[] places = [.. Enumerable.Range(start, Math.Min(model.Batch, windows.Count - start))];
            windows.Copy(places, model.Batch, x, y);
            model.Set(x, y, Enumerable.Repeat(windows.Steps, places.Length).ToArray());
            sum += model.Evaluate(outputs) * places.Length;
            for (int n = 0; n < places.Length; n++)
            {
                int first = windows.FirstTarget(places[n]) + coding.Lag;
                double[][] values = head.Read(outputs.AsSpan(n * model.Outputs, model.Outputs), coding, target, first);
                score.Add(first, values);
                visit?.Invoke(first, values);
            }
        }
        return (new(sum / windows.Count, score.Metrics()), score.Count);
    }
}
