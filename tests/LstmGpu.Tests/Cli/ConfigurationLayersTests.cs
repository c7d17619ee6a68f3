using LstmGpu.Cli.Configuration;
using LstmGpu.Tests.Training;
using Xunit;

namespace LstmGpu.Tests.Cli;

/// <summary>The environment as a layer of the configuration, and config.json as the whole of it.</summary>
public sealed class ConfigurationLayersTests
{
    [Fact]
    public void Environment_OverridesTheFile_AndIsOverriddenBySetAndFlags()
    {
        using TemporaryDirectory directory = new();
        string file = directory.Write("a.json", """{"model": {"hidden": 11, "layers": 2, "embedding": 7, "dropout": 0.5}}""");
        (string, string)[] variables =
            [("LSTMGPU_MODEL__HIDDEN", "12"), ("LSTMGPU_MODEL__LAYERS", "3"), ("LSTMGPU_MODEL__EMBEDDING", "8"), ("LSTMGPU_MODEL__FORGET_BIAS", "null"), ("LSTMGPU_SIMD", "256"), ("OTHER__HIDDEN", "1")];

        ResolvedConfiguration resolved = ResolvedConfiguration.Resolve(file, ["model.layers=4"], [(SettingCatalog.OfFlag("--embedding"), "9")], variables);

        Assert.Equal((12, "environment LSTMGPU_MODEL__HIDDEN"), (resolved.Options.Model.Hidden, resolved.OriginOf("model.hidden")));
        Assert.Equal((4, "--set"), (resolved.Options.Model.Layers, resolved.OriginOf("model.layers")));
        Assert.Equal((9, "--embedding"), (resolved.Options.Model.Embedding, resolved.OriginOf("model.embedding")));
        Assert.Equal((0.5, "config " + file), (resolved.Options.Model.Dropout, resolved.OriginOf("model.dropout")));
    }

    [Theory]
    [InlineData("LSTMGPU_MODEL__HIDEN", "5", "environment LSTMGPU_MODEL__HIDEN: found unknown setting 'model.hiden'", "did you mean 'model.hidden'?")]
    [InlineData("LSTMGPU_MODEL__HIDDEN", "wide", "LSTMGPU_MODEL__HIDDEN: found 'wide'", "expected a whole number from 1 to 65536")]
    [InlineData("LSTMGPU_TRAINING__OPTIMIZER", "", "LSTMGPU_TRAINING__OPTIMIZER: found ''", "expected one of sgd")]
    public void AVariableThatCannotBeUsed_IsRefusedByItsName(string name, string value, string found, string expected)
    {
        string message = Assert.Throws<ConfigurationException>(() => ResolvedConfiguration.Resolve(null, [], [], [(name, value)])).Message;
        Assert.StartsWith(found, message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheProgram_ReadsItsEnvironment_AndShowsTheOrigin()
    {
        (int code, string output, string error) = CliProcess.Run([("LSTMGPU_TRAINING__LEARNING_RATE", "0.25")], "config", "print");

        Assert.Equal((0, ""), (code, error));
        Assert.Matches(@"\ntraining\.learning_rate +0\.25 +environment LSTMGPU_TRAINING__LEARNING_RATE\n", output);
    }

    [Theory]
    [InlineData("--optimizer", "adamw", "--schedule", "cosine", "--epochs", "1")]
    [InlineData("--optimizer", "asgd", "--lr", "5", "--non-monotone", "1", "--eval-every", "1", "--steps", "8")]
    [InlineData("--optimizer", "asgd", "--lr", "0.5", "--t0", "2", "--steps", "8")]
    [InlineData("--accumulate", "2", "--dropout", "0.3", "--layers", "2", "--epochs", "1")]
    [InlineData("--overfit-batch", "--optimizer", "adagrad", "--steps", "6")]
    [InlineData("--on-nan", "skip", "--patience", "2", "--eval-every", "1", "--steps", "6", "--max-time", "10h")]
    public void ARunOfItsOwnConfiguration_LeavesTheSameBytes(params string[] settings)
    {
        using SmallRuns runs = new();
        Train("first", ["--data", runs.Corpus, "--batch", "3", "--bptt", "5", "--hidden", "6", "--validation-fraction", "0.2", "--device", "cpu", "--threads", "1", .. settings]);
        Train("second", ["--config", Path.Combine(runs.At("first"), "config.json")]);

        ResumeTests.AssertSameResults(runs, "first", "second");
        Assert.Equal(File.ReadAllText(Path.Combine(runs.At("first"), "config.json")), File.ReadAllText(Path.Combine(runs.At("second"), "config.json")));

        void Train(string name, string[] arguments)
        {
            (int code, _, string error) = Shell.Run(["train", "--out", runs.At(name), .. arguments]);
            Assert.True(code == 0, error);
        }
    }
}
