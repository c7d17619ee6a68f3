using System.Text.Json;

namespace LstmGpu.Tasks.Verification;

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

/// <summary>One case of published values, in the schema of <c>shared/vectors/README.md</c>.</summary>
internal sealed class VectorCase(JsonElement json, string file)
{
    private readonly JsonElement attributes = json.GetProperty("attributes");

    public string File { get; } = file;

    public string Id { get; } = json.GetProperty("id").GetString()!;

    public string Kind { get; } = Text(json, "kind") ?? "forward";

    /// <summary>LSTM, GRU or RNN.</summary>
    public string Cell { get; } = Text(json, "cell") ?? "";

    /// <summary>The letters of the blocks of W, R and B; c is the candidate of an LSTM, h that of a GRU.</summary>
    public string GateOrder { get; } = Text(json, "gate_order") ?? "";

    public string Notes { get; } = Text(json, "notes") ?? "";

    public string Direction => Text(attributes, "direction") ?? "forward";

    public bool BatchFirst => Number("layout") == 1;

    /// <summary>Names in lower case, those of the second direction behind those of the first; empty where the case has the usual ones.</summary>
    public string[] Activations =>
        attributes.TryGetProperty("activations", out JsonElement names) && names.ValueKind == JsonValueKind.Array
            ? [.. names.EnumerateArray().Select(name => name.GetString()!.ToLowerInvariant())]
            : [];

    /// <summary>ONNX's: of the gates before their activation.</summary>
    public double? Clip => Number("clip");

    public bool Coupled => Number("input_forget") is not (null or 0);

    /// <summary>PyTorch's GRU.</summary>
    public bool LinearBeforeReset => Number("linear_before_reset") is not (null or 0);

    /// <summary>Keras: outputs of masked steps are zero, and not those of the step before.</summary>
    public bool ZeroOutputForMask => Number("zero_output_for_mask") is not (null or 0);

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

    /// <summary>The names that <see cref="Expected"/> knows.</summary>
    public IEnumerable<string> ExpectedNames => Names("expected").Concat(Names("expected_full_computed_by_us")).Distinct();

    private IEnumerable<string> Names(string group) =>
        json.TryGetProperty(group, out JsonElement tensors) && tensors.ValueKind == JsonValueKind.Object
            ? tensors.EnumerateObject().Where(tensor => tensor.Value.ValueKind == JsonValueKind.Object).Select(tensor => tensor.Name)
            : [];

    private VectorTensor? Tensor(string group, string name)
    {
        bool found = json.TryGetProperty(group, out JsonElement tensors) && tensors.ValueKind == JsonValueKind.Object && tensors.TryGetProperty(name, out _);
        if (!found || tensors.GetProperty(name) is not { ValueKind: JsonValueKind.Object } tensor)
        {
            return null;
        }
        int[] shape = [.. tensor.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32())];
        double[] data = [.. tensor.GetProperty("data").EnumerateArray().Select(Value)];
        return data.Length == shape.Aggregate(1L, (product, size) => product * size)
            ? new(shape, data)
            : throw new FormatException($"'{name}' has {data.Length} values, expected the shape [{string.Join(",", shape)}]");
    }

    private double? Number(string name) => Number(attributes, name);

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
