using System.Globalization;
using LstmGpu.Formats;

namespace LstmGpu.Tasks.Verification;

/// <summary>A case of <c>make_case.py</c>, checked: its header says what the file holds, and every tensor has the shape that follows from it.</summary>
internal sealed class CaseFile
{
    private const string Extension = "*.safetensors";
    private const string NextStep = "make the case again with make_case.py";

    private readonly string path;
    private readonly IReadOnlyDictionary<string, string> metadata;
    private readonly Dictionary<string, (long[] Shape, float[] Values)> tensors = new(StringComparer.Ordinal);

    private CaseFile(string path)
    {
        this.path = path;
        using SafetensorsReader reader = SafetensorsReader.Open(path);
        metadata = reader.Metadata;
        Cell = Word("cell", "lstm", "gru", "rnn_tanh", "rnn_relu");
        HasState = Flag("has_state");
        Options = ReadOptions();
        (Steps, Batch) = Sizes(reader);
        Dictionary<string, long[]> expected = Shapes();
        RequireSame(reader, expected.Keys);
        foreach ((string name, long[] shape) in expected)
        {
            if (name == LengthsName)
            {
                Lengths = ReadLengths(reader);
                continue;
            }
            RequireShape(reader, name, shape);
            float[] values = new float[reader.Find(name).Count];
            reader.Read(name, values);
            tensors[name] = (shape, values);
        }
    }

    private const string LengthsName = "lengths";

    public string Name => Path.GetFileName(path);

    public string Cell { get; }

    public RecurrentOptions Options { get; }

    public int Steps { get; }

    public int Batch { get; }

    public bool HasState { get; }

    public bool HasCell => Cell == "lstm";

    /// <summary>[B], or empty.</summary>
    public int[] Lengths { get; } = [];

    /// <summary>The layer and its sizes, as a report shows them.</summary>
    public string Description
    {
        get
        {
            (bool On, string Text)[] parts =
            [
                (true, $"{Cell} T={Steps} B={Batch} I={Options.InputSize} H={Options.HiddenSize} L={Options.Layers}"),
                (Projection > 0, $"P={Projection}"),
                (Options.Bidirectional, "bidirectional"),
                (!Options.Bias, "no bias"),
                (Options.BatchFirst, "batch first"),
                (HasState, "state"),
                (Lengths.Length > 0, "lengths"),
            ];
            return string.Join(' ', parts.Where(part => part.On).Select(part => part.Text));
        }
    }

    private int Projection => Options is LstmOptions lstm ? lstm.ProjectionSize : 0;

    /// <summary>A file, or the cases of a folder.</summary>
    /// <exception cref="DataException">The folder holds none, or cannot be read.</exception>
    public static IReadOnlyList<string> In(string path)
    {
        if (!Directory.Exists(path))
        {
            return [path];
        }
        try
        {
            string[] files = [.. Directory.EnumerateFiles(path, Extension).Order(StringComparer.Ordinal)];
            return files.Length > 0 ? files : throw new DataException($"'{path}' holds no {Extension}, expected at least one case; make one with make_case.py");
        }
        catch (Exception error) when (DiskFault.Is(error))
        {
            throw DiskFault.Reading(path, error);
        }
    }

    /// <exception cref="DataException">The file cannot be read, or is not a case.</exception>
    public static CaseFile Read(string path) => new(path);

    public long[] Shape(string name) => tensors[name].Shape;

    public float[] Values(string name) => tensors[name].Values;

    private RecurrentOptions ReadOptions()
    {
        int projection = Number("proj_size", 0);
        if (projection > 0 && !HasCell)
        {
            throw Refuse($"has the projection {projection} of the cell {Cell}, expected proj_size 0: only an lstm has one");
        }
        RecurrentOptions options = Cell switch
        {
            "lstm" => new LstmOptions { InputSize = 1, HiddenSize = 1, ProjectionSize = projection },
            "gru" => new GruOptions { InputSize = 1, HiddenSize = 1 },
            _ => new RnnOptions { InputSize = 1, HiddenSize = 1, Relu = Cell == "rnn_relu" },
        };
        options = options with
        {
            InputSize = Number("input_size", 1),
            HiddenSize = Number("hidden_size", 1),
            Layers = Number("num_layers", 1),
            Bias = Flag("bias"),
            BatchFirst = Flag("batch_first"),
            Bidirectional = Flag("bidirectional"),
        };
        try
        {
            RecurrentOptionsCheck.Require(options);
            return options;
        }
        catch (ConfigurationException error)
        {
            throw new DataException($"the case '{path}' is of no layer: {error.Message}", error);
        }
    }

    private (int Steps, int Batch) Sizes(SafetensorsReader reader)
    {
        IReadOnlyList<long> shape = reader.Find("input").Shape;
        if (shape.Count != 3 || shape[0] < 1 || shape[1] < 1 || shape[0] > int.MaxValue || shape[1] > int.MaxValue)
        {
            throw Refuse($"has the tensor 'input' of shape {Quote.Numbers(shape)}, expected {(Options.BatchFirst ? "[B,T,I]" : "[T,B,I]")}, at least 1 of each");
        }
        return Options.BatchFirst ? ((int)shape[1], (int)shape[0]) : ((int)shape[0], (int)shape[1]);
    }

    // Every tensor that a case of this header has.
    private Dictionary<string, long[]> Shapes()
    {
        int width = Projection > 0 ? Projection : Options.HiddenSize, directions = Options.Bidirectional ? 2 : 1;
        long[] Sequence(long last) => Options.BatchFirst ? [Batch, Steps, last] : [Steps, Batch, last];
        long[] State(long last) => [Options.Layers * directions, Batch, last];
        Dictionary<string, long[]> shapes = new(StringComparer.Ordinal)
        {
            ["input"] = Sequence(Options.InputSize),
            ["expect.grad.input"] = Sequence(Options.InputSize),
            ["output"] = Sequence(width * directions),
            ["grad.output"] = Sequence(width * directions),
        };
        foreach ((string state, long size) in HasCell ? [("h", width), ("c", Options.HiddenSize)] : ((string, long)[])[("h", width)])
        {
            shapes[$"{state}n"] = shapes[$"grad.{state}n"] = State(size);
            if (HasState)
            {
                shapes[$"{state}0"] = shapes[$"expect.grad.{state}0"] = State(size);
            }
        }
        foreach ((string parameter, long[] shape) in ParameterShapes(width, directions))
        {
            shapes[parameter] = shapes[$"expect.grad.{parameter}"] = shape;
        }
        if (Flag("has_lengths"))
        {
            shapes[LengthsName] = [Batch];
        }
        return shapes;
    }

    private IEnumerable<(string Name, long[] Shape)> ParameterShapes(int width, int directions)
    {
        int gates = Cell switch { "lstm" => 4, "gru" => 3, _ => 1 } * Options.HiddenSize;
        for (int n = 0; n < Options.Layers; n++)
        {
            for (int d = 0; d < directions; d++)
            {
                string suffix = $"_l{n}{(d == 1 ? "_reverse" : "")}";
                yield return ($"weight_ih{suffix}", [gates, n == 0 ? Options.InputSize : width * directions]);
                yield return ($"weight_hh{suffix}", [gates, width]);
                if (Options.Bias)
                {
                    yield return ($"bias_ih{suffix}", [gates]);
                    yield return ($"bias_hh{suffix}", [gates]);
                }
                if (Projection > 0)
                {
                    yield return ($"weight_hr{suffix}", [width, Options.HiddenSize]);
                }
            }
        }
    }

    // A tensor that nothing is compared with would pass unseen.
    private void RequireSame(SafetensorsReader reader, IReadOnlyCollection<string> expected)
    {
        if (reader.Entries.FirstOrDefault(entry => !expected.Contains(entry.Name)) is { } stray)
        {
            throw Refuse($"holds the tensor {stray}, expected none of this name in a case of {Cell} whose header says has_state {HasState}, bias {Options.Bias}");
        }
        foreach (string name in expected)
        {
            reader.Find(name);
        }
    }

    private void RequireShape(SafetensorsReader reader, string name, long[] shape)
    {
        if (!reader.Find(name).Shape.SequenceEqual(shape))
        {
            throw Refuse($"has the tensor {Quote.Name(name)} of shape {Quote.Numbers(reader.Find(name).Shape)}, expected {Quote.Numbers(shape)}");
        }
    }

    private int[] ReadLengths(SafetensorsReader reader)
    {
        RequireShape(reader, LengthsName, [Batch]);
        long[] values = new long[Batch];
        reader.ReadInt64(LengthsName, values);
        int wrong = Array.FindIndex(values, length => length < 0 || length > Steps);
        return wrong < 0 ? [.. values.Select(length => (int)length)] : throw Refuse($"has the length {values[wrong]} of row {wrong}, expected 0 to {Steps}");
    }

    private string Word(string key, params string[] words)
    {
        string value = Text(key);
        return words.Contains(value) ? value : throw Refuse($"says {key} {Quote.Name(value)}, expected one of {string.Join(", ", words)}");
    }

    private bool Flag(string key) => Word(key, "true", "false") == "true";

    private int Number(string key, int least)
    {
        string text = Text(key);
        bool isNumber = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value);
        return isNumber && value >= least ? value : throw Refuse($"says {key} {Quote.Name(text)}, expected a whole number from {least}");
    }

    private string Text(string key) =>
        metadata.TryGetValue(key, out string? value) ? value : throw Refuse($"has no '{key}' among its metadata, expected what make_case.py writes");

    private DataException Refuse(string found) => new($"the case '{path}' {found}; {NextStep}");
}
