using LstmGpu.Formats;
using LstmGpu.Tests.Training;
using Xunit;

namespace LstmGpu.Tests.Cli;

/// <summary>Files that cannot be used, through the command line: the exit code, one line on stderr, and nothing written.</summary>
public sealed class BadFilesTests
{
    public static TheoryData<string, byte[], string> Texts() => new()
    {
        { "empty", [], "is empty" },
        { "binary", [0x7F, 0x45, 0x4C, 0x46, 0, 1, 0xFF, 0xFE], "binary" },
        { "invalid UTF-8", [.. "abc\nde"u8, 0xC3, 0x28], "is not valid UTF-8" },
        { "overlong", [0xC0, 0x80], "is not valid UTF-8" },
        { "cut within a character", [.. "abc"u8, 0xE5, 0xB0], "is not valid UTF-8" },
        { "shorter than a window", [.. "abcdefghijklmnopqrs"u8], "is shorter than one window: found 17 of its 19 characters for 3 streams of 6, need at least 18" },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void Data_ThatIsNoText_IsRefused(string kind, byte[] bytes, string message)
    {
        using SmallRuns runs = new();
        string file = runs.At(kind);
        File.WriteAllBytes(file, bytes);
        RefusedTraining(runs, 3, file, [], message, file);
    }

    [Fact]
    public void Data_ThatIsAbsentOrADirectory_IsRefused()
    {
        using SmallRuns runs = new();
        RefusedTraining(runs, 3, runs.At("absent"), [], "does not exist", "current directory");
        RefusedTraining(runs, 3, runs.Root, [], "is a directory, expected a file");
    }

    [SkippableFact]
    public void Data_ThatMayNotBeRead_IsRefused()
    {
        Skip.If(OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess, "this user may read everything");
        using SmallRuns runs = new();
        if (!OperatingSystem.IsWindows()) // the analyser does not know Skip
        {
            File.SetUnixFileMode(runs.Corpus, UnixFileMode.UserWrite);
        }
        RefusedTraining(runs, 3, runs.Corpus, [], "may not be read by this user");
    }

    [SkippableFact]
    public void Device_ThatIsAbsent_IsRefusedWithThoseThatArePresent()
    {
        using SmallRuns runs = new();
        Skip.If(LstmGpu.Devices.DeviceCatalog.List().Any(d => d is { Name: "cuda", Device: not null }), "this machine has a CUDA device");
        RefusedTraining(runs, 4, runs.Corpus, ["--device", "cuda"], "device 'cuda' cannot run here (", "); present: ", "cpu (");
        RefusedTraining(runs, 4, runs.Corpus, ["--device", "cdua"], "'cdua'", "present: ", "cpu (");
        RefusedTraining(runs, 4, runs.Corpus, ["--device", "opencl:99"], "device 'opencl:99' cannot run here; present: ", "cpu (");
        RefusedTraining(runs, 4, runs.Corpus, ["--device", "opencl:x"], "device 'opencl:x' cannot run here; present: ", "cpu (");
    }

    [Fact]
    public void Vocabulary_ThatLacksACharacter_IsRefused()
    {
        using SmallRuns runs = new();
        File.WriteAllText(runs.At("vocabulary.json"), "[\"a\",\"b\",\" \"]");
        RefusedTraining(runs, 3, runs.Corpus, ["--vocabulary", runs.At("vocabulary.json")], "vocabulary");
        File.WriteAllText(runs.At("vocabulary.json"), "[\"a\",\"a\"]");
        RefusedTraining(runs, 3, runs.Corpus, ["--vocabulary", runs.At("vocabulary.json")], "vocabulary.json");
        RefusedTraining(runs, 3, runs.Corpus, ["--vocabulary", runs.At("absent.json")], "absent.json");
    }

    [Fact]
    public void Init_ThatDoesNotFit_IsRefusedBeforeAnythingIsWritten()
    {
        using SmallRuns runs = new();
        runs.Train("good", runs.Options(training: new() { Steps = 1 }));
        string init = runs.LastFile("good", "model.safetensors");
        RefusedTraining(
            runs, 3, runs.Corpus, ["--init", init, "--hidden", "7"], $"tensor 'lstm.weight_ih_l0' of '{init}' has shape [24, 4], the configuration asks for [28, 4]");
        RefusedTraining(runs, 3, runs.Corpus, ["--init", init, "--layers", "2"], $"'{init}' has no tensor 'lstm.weight_ih_l1'; did you mean 'lstm.weight_ih_l0'?");
        RefusedTraining(runs, 3, runs.Corpus, ["--init", runs.Corpus], $"'{runs.Corpus}' is not a usable safetensors file");
        RefusedTraining(runs, 3, runs.Corpus, ["--init", runs.At("absent")], "absent");

        // An empty --out stays empty, so that the corrected command can use it.
        Directory.CreateDirectory(runs.At("out"));
        Refused(3, ["train", "--data", runs.Corpus, "--out", runs.At("out"), .. Sizes, "--init", init, "--layers", "2"], "has no tensor");
        Assert.Empty(Directory.EnumerateFileSystemEntries(runs.At("out")));
    }

    [Fact]
    public void Out_BelowAFile_IsRefused()
    {
        using SmallRuns runs = new();
        (int code, _, string error) = Shell.Run(["train", "--data", runs.Corpus, "--out", Path.Combine(runs.Corpus, "run"), .. Sizes, "--steps", "1"]);
        Assert.Equal(3, code);
        Assert.Contains("lstmgpu: cannot make the run directory", error.TrimEnd().Split('\n')[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Resume_OfADirectoryThatIsNoRun_IsRefused()
    {
        using SmallRuns runs = new();
        Directory.CreateDirectory(runs.At("empty"));
        RefusedResume(runs, "empty", 3, [], "is not a run directory: it has no config.json");
    }

    [Theory]
    [InlineData("\"hidden\": 6", "\"hidden\": 9", "has hidden size 6, the configuration 9; set model.hidden to 6 in config.json")]
    [InlineData("\"layers\": 1", "\"layers\": 2", "has recurrent layers 1, the configuration 2; set model.layers to 1")]
    [InlineData("\"embedding\": 4", "\"embedding\": 0", "has embedding width 4, the configuration 0; set model.embedding to 4")]
    [InlineData("\"batch\": 3", "\"batch\": 2", "has batch size 3, the configuration 2; set training.batch to 3")]
    [InlineData("\"cell\": \"lstm\"", "\"cell\": \"gru\"", "has cell lstm, the configuration gru; set model.cell to lstm in config.json")]
    [InlineData("\"projection\": 0", "\"projection\": 3", "has projection 0, the configuration 3; set model.projection to 0 in config.json")]
    [InlineData("\"tie\": false", "\"tie\": true", "tie")]
    [InlineData("\"peepholes\": false", "\"peepholes\": true", "has peepholes false, the configuration true; set model.peepholes to false")]
    [InlineData("\"layer_norm\": false", "\"layer_norm\": true", "has layer_norm false, the configuration true; set model.layer_norm to false")]
    [InlineData("\"hidden\": 6", "\"hiden\": 6", "hiden")]
    [InlineData("\"hidden\": 6", "\"hidden\": \"six\"", "cannot be understood")]
    public void Resume_AfterTheConfigurationWasEdited_NamesBothSizes(string from, string to, string message)
    {
        using SmallRuns runs = Trained();
        string config = Path.Combine(runs.At("run"), "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace(from, to, StringComparison.Ordinal));
        RefusedResume(runs, "run", 2, ["--steps", "9"], message);
        if (!to.Contains("batch", StringComparison.Ordinal))
        {
            Refused(2, ["eval", runs.At("run")], message);
        }
    }

    [Theory]
    [InlineData("gru", "gru-reset-before")]
    [InlineData("rnn-relu", "rnn")]
    [InlineData("gru", "lstm")]
    [InlineData("rnn", "gru")]
    public void Checkpoint_OfAnotherCell_IsRefusedByBothNames(string trained, string configured)
    {
        using SmallRuns runs = Trained(new() { Cell = trained, Embedding = 4, Hidden = 6 });
        string config = Path.Combine(runs.At("run"), "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace($"\"cell\": \"{trained}\"", $"\"cell\": \"{configured}\"", StringComparison.Ordinal));
        string message = $"has cell {trained}, the configuration {configured}; set model.cell to {trained} in config.json";
        RefusedResume(runs, "run", 2, ["--steps", "9"], message);
        Refused(2, ["eval", runs.At("run")], message);
        Refused(2, ["generate", runs.At("run")], message);
    }

    [Theory]
    [InlineData("--cell gru --peepholes", "model.peepholes is an option of the LSTM, and model.cell is 'gru'; leave it out, or use --cell lstm")]
    [InlineData("--cell gru --coupled", "model.coupled is an option of the LSTM")]
    [InlineData("--cell gru-reset-before --layer-norm", "model.layer_norm is an option of the LSTM, and model.cell is 'gru-reset-before'")]
    [InlineData("--cell rnn --projection 3", "model.projection is an option of the LSTM, and model.cell is 'rnn'")]
    [InlineData("--cell rnn --forget-bias 0", "model.forget_bias is an option of the LSTM")]
    [InlineData("--cell rnn --cell-clip 3", "model.cell_clip is an option of the LSTM")]
    [InlineData("--cell rnn-relu --zoneout-cell 0.1", "model.zoneout_cell is an option of the LSTM")]
    [InlineData("--cell rnn --recurrent-dropout 0.1", "a plain RNN has none; use hidden dropout")]
    [InlineData("--projection 6", "the projection has width 6, expected less than the hidden size, 6; use 0 for none")]
    [InlineData("--coupled --forget-bias 1", "a coupled forget gate is 1 − i and has no bias of its own")]
    [InlineData("--tie", "model.tie shares the embedding, 4 wide, with a linear layer that reads 6; use --embedding 6")]
    [InlineData("--tie --projection 3", "model.tie shares the embedding, 4 wide, with a linear layer that reads 3; use --embedding 3")]
    [InlineData("--tie --embedding 0", "model.tie shares the embedding, which is off, with a linear layer that reads 6; use --embedding 6")]
    [InlineData("--embedding 0 --embedding-dropout 0.1", "model.embedding_dropout drops rows of the embedding, and model.embedding is 0; use --embedding, or --input-dropout")]
    public void Settings_ThatDoNotGoTogether_AreRefused(string flags, string message)
    {
        using SmallRuns runs = new();
        RefusedTraining(runs, 2, runs.Corpus, flags.Split(' '), message);
    }

    [Fact]
    public void Resume_WithFewerStepsThanDone_IsRefused()
    {
        using SmallRuns runs = Trained();
        RefusedResume(runs, "run", 2, ["--steps", "2"], "--steps 2 is the new total", "has already done 4 steps");
    }

    [Fact]
    public void Resume_OnAnotherText_IsRefused()
    {
        using SmallRuns runs = Trained();
        string text = File.ReadAllText(runs.Corpus);
        File.WriteAllText(runs.Corpus, text[^1] + text[..^1]);
        RefusedResume(runs, "run", 3, [], "has changed since the checkpoint was written", runs.Corpus);
        File.Delete(runs.Corpus);
        RefusedResume(runs, "run", 3, [], "does not exist", runs.Corpus);
    }

    [Theory]
    [InlineData("model.safetensors", true)]
    [InlineData("model.safetensors", false)]
    [InlineData("optimizer.safetensors", true)]
    [InlineData("optimizer.safetensors", false)]
    [InlineData("state.json", true)]
    [InlineData("state.json", false)]
    public void Resume_FromADamagedCheckpoint_NamesTheFileAndTheEarlierOne(string file, bool truncated)
    {
        using SmallRuns runs = Trained();
        string path = runs.LastFile("run", file);
        byte[] bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(path, truncated ? bytes[..^5] : bytes);
        string[] message = ["cannot be used: ", file, truncated ? "bytes, expected" : "has SHA-256", $"an earlier complete checkpoint is '{runs.Checkpoints("run").PathOf(2)}'"];
        RefusedResume(runs, "run", 3, [], message);
        Refused(3, ["generate", runs.At("run"), "--checkpoint", "last"], message);
        // And the way out works.
        Assert.Equal(0, Shell.Run("generate", runs.At("run"), "--checkpoint", "step-2", "--length", "3").Code);
    }

    [SkippableFact]
    public void Train_OnAFullDisk_SaysSoAndKeepsTheLastCheckpoint()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "tmpfs is Linux's");
        using SmallRuns runs = new();
        string disk = runs.At("disk");
        Directory.CreateDirectory(disk);
        // A checkpoint of some 20 kB at each step, and all of them are kept.
        using CliProcess process = CliProcess.StartOnASmallDisk(
            256, disk, runs.At("run"), ["train", "--data", runs.Corpus, "--out", disk, .. Sizes, "--steps", "100", "--save-every", "1", "--keep", "all"]);
        (int code, _, string error) = process.Wait();
        Skip.If(code == 99 || error.StartsWith("unshare: ", StringComparison.Ordinal), "this user may not mount a small disk");

        Assert.True(code == 3, $"exit code {code}: {error}");
        string last = error.TrimEnd().Split('\n')[^1];
        Assert.StartsWith($"lstmgpu: cannot write checkpoint '{disk}/checkpoints/step-", last, StringComparison.Ordinal);
        Assert.Contains($"no space left on device; free space and run `lstmgpu resume {disk}`", last, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        CheckpointStore store = runs.Checkpoints("run");
        Assert.All(store.Steps(), step => CheckpointStore.Verify(store.PathOf(step)));
        long saved = store.Steps()[^1];
        Assert.InRange(saved, 2, 99);
        Assert.Equal(saved + 2, runs.Resume("run", saved + 2).Step);
    }

    [SkippableFact]
    public void Train_WhereAFileMayNotGrowFurther_SaysSoAndKeepsTheLastCheckpoint()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "the limit on the size of files is set by bash on Linux");
        using SmallRuns runs = Trained();
        // metrics.jsonl reaches 8,192 bytes after some 40 lines.
        using CliProcess process = CliProcess.StartWithFileLimit(8, "resume", runs.At("run"), "--steps", "100000");
        (int code, _, string error) = process.Wait();

        Assert.True(code == 3, $"exit code {code}: {error}");
        string last = error.TrimEnd().Split('\n')[^1];
        Assert.StartsWith("lstmgpu: cannot write '", last, StringComparison.Ordinal);
        Assert.Contains("would become larger than", last, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        CheckpointStore.Verify(runs.Checkpoints("run").Last()!);
        Assert.Equal(60, runs.Resume("run", 60).Step);
    }

    private static readonly string[] Sizes = ["--batch", "3", "--bptt", "5", "--hidden", "6", "--embedding", "4", "--threads", "1"];

    private static SmallRuns Trained(ModelOptions? model = null)
    {
        SmallRuns runs = new();
        runs.Train("run", runs.Options(model, training: new() { Steps = 4, SaveEvery = 2, EvalEvery = 0 }));
        return runs;
    }

    private static void RefusedTraining(SmallRuns runs, int code, string data, string[] flags, params string[] messages)
    {
        string[] sizes = [.. Sizes.Chunk(2).Where(pair => !flags.Contains(pair[0])).SelectMany(pair => pair)];
        Refused(code, ["train", "--data", data, "--out", runs.At("out"), .. sizes, .. flags], messages);
        Assert.False(Path.Exists(runs.At("out")), "--out exists");
    }

    private static void RefusedResume(SmallRuns runs, string name, int code, string[] flags, params string[] messages)
    {
        string[] before = Contents();
        Refused(code, ["resume", runs.At(name), .. flags], messages);
        Assert.Equal(before, Contents());

        string[] Contents() => [.. Directory.EnumerateFiles(runs.At(name), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(file => $"{file} {Convert.ToHexString(File.ReadAllBytes(file))}")];
    }

    private static void Refused(int expected, string[] arguments, params string[] messages)
    {
        (int code, string output, string error) = Shell.Run(arguments);
        Assert.True(code == expected, $"exit code {code}, expected {expected}: {error}");
        Assert.Equal("", output);
        Assert.StartsWith("lstmgpu: ", error, StringComparison.Ordinal);
        Assert.Equal(1, error.Count(c => c == '\n'));
        Assert.All(messages, message => Assert.Contains(message, error, StringComparison.Ordinal));
    }
}
