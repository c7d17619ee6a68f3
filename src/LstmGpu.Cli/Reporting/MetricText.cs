namespace LstmGpu.Cli.Reporting;

/// <summary>The figures of a task as text.</summary>
internal static class MetricText
{
    /// <summary>A figure in words, such as <c>bits per character</c>.</summary>
    public static string Words(string name) => name.Replace('_', ' ');

    /// <summary>Two decimals for a perplexity, which may be large; four for every other.</summary>
    public static string Value(Metric metric) => Figures.Fixed(metric.Value, metric.Name == "perplexity" ? 2 : 4);

    /// <summary>For one line among others: <c> ppl 12.34 bpc 1.2345</c>, each with a space before it.</summary>
    public static string Terse(IEnumerable<Metric> metrics) => string.Concat(metrics.Select(metric => $" {Label(metric.Name)} {Value(metric)}"));

    /// <summary>Such as <c>1.2345 nats, perplexity 3.44</c>, the loss first.</summary>
    public static string Sentence(double loss, IEnumerable<Metric> metrics) =>
        string.Join(", ", metrics.Select(metric => $"{Words(metric.Name)} {Value(metric)}").Prepend(Figures.Fixed(loss, 4)));

    private static string Label(string name) => name switch
    {
        "perplexity" => "ppl",
        "bits_per_character" => "bpc",
        _ => name,
    };
}
