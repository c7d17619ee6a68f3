using System.Text.Json;

namespace LstmGpu.Tests.Vectors;

/// <summary>A tensor of a vector file: shape and flat row-major data.</summary>
internal sealed record VectorTensor(int[] Shape, double[] Data)
{
    /// <summary>Entry d of the first axis.</summary>
    public double[] Part(int d)
    {
        int size = Data.Length / Shape[0];
        return Data[(d * size)..((d + 1) * size)];
    }
}

/// <summary>One LSTM case of shared/vectors, read as its README describes.</summary>
internal sealed class VectorCase(JsonElement json, string file)
{
    public string File { get; } = file;

    public string Id { get; } = json.GetProperty("id").GetString()!;

    public string Kind { get; } = Text(json, "kind") ?? "forward";

    public string GateOrder { get; } = Text(json, "gate_order") ?? "";

    public string Direction { get; } = Text(json.GetProperty("attributes"), "direction") ?? "forward";

    public bool BatchFirst { get; } = Number(json.GetProperty("attributes"), "layout") == 1;

    /// <summary>1e-5, or the file's own tolerance where the source prints so few digits that its numbers are further than half of that from float64.</summary>
    public double Tolerance { get; } = PublishedError(json) <= 5e-6 ? 1e-5 : Number(json, "tolerance_abs") ?? 1e-5;

    /// <summary>1e-5 of each value where the source gives magnitudes far from 1, otherwise 0.</summary>
    public double RelativeTolerance { get; } = Number(json, "tolerance_rel") is null ? 0 : 1e-5;

    public VectorTensor? Weight(string name) => Tensor("weights", name);

    public VectorTensor? Input(string name) => Tensor("inputs", name);

    public VectorTensor? Upstream(string name) => Tensor("upstream", name);

    public VectorTensor? Cache(string name) => Tensor("cache", name);

    /// <summary>An expected value; the course file holds its full gradients under another name, made from its spot values.</summary>
    public VectorTensor? Expected(string name) => Tensor("expected", name) ?? Tensor("expected_full_computed_by_us", name);

    /// <summary>Why a plain LSTM without options cannot run the case, or null where it can.</summary>
    public string? Obstacle()
    {
        JsonElement attributes = json.GetProperty("attributes");
        if (Kind is not ("forward" or "backward" or "backward_from_cache"))
        {
            return $"kind {Kind}";
        }
        if (Weight("P") is { } peepholes && peepholes.Data.Any(value => value != 0))
        {
            return "peepholes";
        }
        // Gate inputs of these cases stay below 100: a clip of 999 or 9999 is the source's way to say none.
        if (Number(attributes, "clip") is < 100)
        {
            return "clip";
        }
        if (Number(attributes, "input_forget") is not (null or 0))
        {
            return "input_forget";
        }
        if (attributes.TryGetProperty("activations", out JsonElement activations) && activations.ValueKind == JsonValueKind.Array)
        {
            string[] names = [.. activations.EnumerateArray().Select(name => name.GetString()!.ToLowerInvariant())];
            if (names.Where((name, n) => name != (n % 3 == 0 ? "sigmoid" : "tanh")).Any())
            {
                return $"activations {string.Join(", ", names)}";
            }
        }
        VectorTensor x = Input("X")!;
        if (Input("sequence_lens") is { } lengths && lengths.Data.Any(length => length != x.Shape[BatchFirst ? 1 : 0]))
        {
            return "sequence_lens";
        }
        if (Input("mask") is { } mask && mask.Data.Any(value => value == 0))
        {
            return "mask";
        }
        return null;
    }

    private VectorTensor? Tensor(string group, string name)
    {
        bool found = json.TryGetProperty(group, out JsonElement tensors) && tensors.TryGetProperty(name, out _);
        if (!found || tensors.GetProperty(name) is not { ValueKind: JsonValueKind.Object } tensor)
        {
            return null;
        }
        return new(
            [.. tensor.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32())],
            [.. tensor.GetProperty("data").EnumerateArray().Select(Value)]);
    }

    private static double PublishedError(JsonElement json) =>
        json.TryGetProperty("verified", out JsonElement verified) && verified.ValueKind == JsonValueKind.Object ? Number(verified, "max_abs_err") ?? 0 : 0;

    private static double Value(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True => 1,
        JsonValueKind.False => 0,
        _ => value.GetDouble(),
    };

    private static string? Text(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static double? Number(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
}
