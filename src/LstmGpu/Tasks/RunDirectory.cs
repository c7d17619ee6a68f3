using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using LstmGpu.Data;
using LstmGpu.Data.Tokens;
using LstmGpu.Devices;
using LstmGpu.Formats;

namespace LstmGpu.Tasks;

/// <summary>The files of a run and what their names are.</summary>
internal sealed class RunDirectory(string path)
{
    public string Path { get; } = System.IO.Path.GetFullPath(path);

    public string Metrics => File("metrics.jsonl");

    public string Performance => File("performance.jsonl");

    public string Samples => File("samples.jsonl");

    public string Report => File("report.html");

    private string Config => File("config.json");

    private string Environment => File("environment.json");

    private string VocabularyFile => File("vocabulary.json");

    private string EvaluationFile => File("evaluation.json");

    private string InspectionFile => File("inspection.json");

    private string LabelsFile => File("labels.json");

    private string ScalerFile => File("scaler.json");

    // Thousands of numbers: not one a line.
    private static JsonSerializerOptions InspectionForm { get; } = new(RunOptionsJson.Form)
    {
        WriteIndented = false,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>Whether there is nothing that a new run could overwrite.</summary>
    public bool IsFree => !Directory.Exists(Path) || !Directory.EnumerateFileSystemEntries(Path).Any();

    public CheckpointStore Checkpoints => new(Path);

    /// <summary>Makes the directory and keeps other processes from writing to it until the result is disposed.</summary>
    /// <exception cref="DataException">Another process trains here, or the file system refused.</exception>
    public FileStream Hold()
    {
        try
        {
            Directory.CreateDirectory(Path);
            return new FileStream(File(".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
        }
        catch (IOException error) when (System.IO.File.Exists(File(".lock")))
        {
            throw new DataException($"another process trains in '{Path}'; wait for it, or use another directory", error);
        }
        catch (Exception error) when (DiskFault.Is(error))
        {
            throw new DataException($"cannot make the run directory '{Path}': {DiskFault.Reason(error)}; use another --out", error);
        }
    }

    /// <summary>Writes what stays the same for the whole run.</summary>
    /// <exception cref="DataException">The file system refused.</exception>
    public void Begin(RunOptions options, TrainingTask task, DeviceDescription device)
    {
        WriteOptions(options);
        task.WriteFiles(this);
        WriteEnvironment(task, device);
    }

    public void WriteOptions(RunOptions options) => DurableFile.WriteAllBytes(Config, JsonSerializer.SerializeToUtf8Bytes(options, RunOptionsJson.Form));

    public void WriteTokenizer(ITokenizer tokenizer) => DurableFile.WriteAllBytes(VocabularyFile, tokenizer.ToJson());

    public void WriteTokens(TokenVocabulary tokens) => DurableFile.WriteAllBytes(VocabularyFile, tokens.ToJson());

    public void WriteLabels(LabelVocabulary labels) => DurableFile.WriteAllBytes(LabelsFile, labels.ToJson());

    public void WriteEnvironment(TrainingTask task, DeviceDescription device)
    {
        var environment = new RunEnvironment(
            typeof(RunDirectory).Assembly.GetName().Version!.ToString(3),
            RuntimeInformation.FrameworkDescription,
            RuntimeInformation.OSDescription,
            device,
            task.Record);
        DurableFile.WriteAllBytes(Environment, JsonSerializer.SerializeToUtf8Bytes(environment, RunOptionsJson.Form));
    }

    /// <exception cref="DataException">The directory is no run.</exception>
    /// <exception cref="ConfigurationException">config.json cannot be understood.</exception>
    public RunOptions ReadOptions()
    {
        if (!System.IO.File.Exists(Config))
        {
            throw new DataException($"'{Path}' is not a run directory: it has no config.json; give the directory that `lstmgpu train` made");
        }
        try
        {
            return JsonSerializer.Deserialize<RunOptions>(System.IO.File.ReadAllBytes(Config), RunOptionsJson.Form)
                ?? throw new ConfigurationException($"'{Config}' holds null, expected an object of settings");
        }
        catch (JsonException error)
        {
            throw new ConfigurationException($"'{Config}' cannot be understood: {error.Message}; `lstmgpu config schema` says what is expected", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"cannot read '{Config}': {error.Message}", error);
        }
    }

    /// <summary>environment.json as it stands; null where it is missing.</summary>
    /// <exception cref="DataException">The file cannot be read or is no JSON object.</exception>
    public JsonObject? ReadEnvironment()
    {
        try
        {
            return System.IO.File.Exists(Environment) ? JsonNode.Parse(System.IO.File.ReadAllBytes(Environment))?.AsObject() : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new DataException($"'{Environment}' is not a JSON object, as `lstmgpu train` writes it; restore or delete it", error);
        }
        catch (Exception error) when (DiskFault.Is(error))
        {
            throw DiskFault.Reading(Environment, error);
        }
    }

    /// <summary>Whichever form vocabulary.json has.</summary>
    public ITokenizer ReadTokenizer() => TokenizerFile.Load(VocabularyFile);

    public Vocabulary ReadVocabulary() => Vocabulary.Load(VocabularyFile);

    public void WriteEvaluation(KeptEvaluation evaluation) => DurableFile.WriteAllBytes(EvaluationFile, JsonSerializer.SerializeToUtf8Bytes(evaluation, RunOptionsJson.Form));

    /// <summary>evaluation.json; null where nothing was evaluated.</summary>
    /// <exception cref="DataException">The file cannot be read or understood.</exception>
    public KeptEvaluation? ReadEvaluation() => ReadKept<KeptEvaluation>(EvaluationFile, RunOptionsJson.Form);

    public void WriteInspection(KeptInspection inspection) => DurableFile.WriteAllBytes(InspectionFile, JsonSerializer.SerializeToUtf8Bytes(inspection, InspectionForm));

    /// <summary>inspection.json; null where nothing was kept.</summary>
    /// <exception cref="DataException">The file cannot be read or understood.</exception>
    public KeptInspection? ReadInspection() => ReadKept<KeptInspection>(InspectionFile, InspectionForm);

    public TokenVocabulary ReadTokens() => TokenVocabulary.Load(VocabularyFile);

    public LabelVocabulary ReadLabels() => LabelVocabulary.Load(LabelsFile);

    public void WriteScaler(ColumnScaler scaler) => DurableFile.WriteAllBytes(ScalerFile, scaler.ToJson());

    /// <exception cref="DataException">The file is missing or holds something else.</exception>
    public ColumnScaler ReadScaler()
    {
        try
        {
            return ColumnScaler.FromJson(System.IO.File.ReadAllBytes(ScalerFile), ScalerFile);
        }
        catch (Exception error) when (DiskFault.Is(error))
        {
            throw DiskFault.Reading(ScalerFile, error);
        }
    }

    /// <summary>The path of a file of the run.</summary>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    private static T? ReadKept<T>(string path, JsonSerializerOptions form)
        where T : class
    {
        try
        {
            return System.IO.File.Exists(path) ? JsonSerializer.Deserialize<T>(System.IO.File.ReadAllBytes(path), form) : null;
        }
        catch (JsonException error)
        {
            throw new DataException($"'{path}' is not what `lstmgpu train` writes: {error.Message}; restore or delete it", error);
        }
        catch (Exception error) when (DiskFault.Is(error))
        {
            throw DiskFault.Reading(path, error);
        }
    }

    private sealed record RunEnvironment(string Lstmgpu, string Runtime, string OperatingSystem, DeviceDescription Device, object Data);
}
