using LstmGpu.Cli.Configuration;
using Xunit;

namespace LstmGpu.Tests.Cli;

public sealed class ConfigurationTests
{
    [Fact]
    public void Layers_OverrideEachOtherInOrder_AndEachValueKnowsItsOrigin()
    {
        using TemporaryDirectory directory = new();
        string file = directory.Write("a.json", """{"model": {"hidden": 11, "layers": 2, "embedding": 7}, "training": {"steps": 9}}""");

        ResolvedConfiguration resolved = ResolvedConfiguration.Resolve(
            file, ["model.hidden=12", "model.layers=3", "model.layers=4", "training.steps=null"], [(SettingCatalog.OfFlag("--hidden"), "13")]);

        Assert.Equal((13, "--hidden"), (resolved.Options.Model.Hidden, resolved.OriginOf("model.hidden")));
        Assert.Equal((4, "--set"), (resolved.Options.Model.Layers, resolved.OriginOf("model.layers")));
        Assert.Equal((7, "config " + file), (resolved.Options.Model.Embedding, resolved.OriginOf("model.embedding")));
        Assert.Equal((0.0, "default"), (resolved.Options.Model.Dropout, resolved.OriginOf("model.dropout")));
        Assert.Null(resolved.Options.Training.Steps);
    }

    [Fact]
    public void NothingGiven_IsTheDefaultOptions() =>
        Assert.Equal(new RunOptions(), ResolvedConfiguration.Resolve(null, [], []).Options);

    [Fact]
    public void PrintedJson_ReadsBackToTheSameConfiguration()
    {
        using TemporaryDirectory directory = new();
        string data = "Фай\"л 数据.txt";
        string[] settings = ["--lr", "1e-4", "--hidden", "77", "--seed", "9007199254740991", "--data", data, "--forget-bias", "-0.5", "--optimizer", "adamw"];
        (int code, string first, _) = Shell.Run(["config", "print", "--json", .. settings]);
        string file = directory.Write("config.json", first);
        (int again, string second, string error) = Shell.Run("config", "print", "--json", "--config", file);

        Assert.Equal((0, 0, ""), (code, again, error));
        Assert.Equal(first, second);
        RunOptions options = ResolvedConfiguration.Resolve(file, [], []).Options;
        Assert.Equal((1e-4, 9007199254740991), (options.Training.LearningRate, options.Training.Seed));
        Assert.Equal((77, -0.5, data), (options.Model.Hidden, options.Model.ForgetBias, options.Data.Path));
    }

    [Fact]
    public void Print_ShowsValueAndOriginOfEverySetting()
    {
        (int code, string output, _) = Shell.Run("config", "print", "--hidden", "5", "--set", "training.keep=all");

        Assert.Equal(0, code);
        Assert.All(SettingCatalog.All, setting => Assert.Contains($"\n{setting.Path} ", output, StringComparison.Ordinal));
        Assert.Matches(@"\nmodel\.hidden +5 +--hidden\n", output);
        Assert.Matches(@"\ntraining\.keep +all +--set\n", output);
        Assert.Matches(@"\ntraining\.steps +null +default\n", output);
    }

    [Theory]
    [InlineData(true, "--tie")]
    [InlineData(true, "--tie", "true")]
    [InlineData(true, "--tie=true")]
    [InlineData(true, "--tie", "--hidden", "64")]
    [InlineData(true, "--set", "model.tie=true")]
    [InlineData(true, "--set", "model.tie=false", "--tie")]
    [InlineData(false, "--tie", "false")]
    [InlineData(false, "--set", "model.tie=true", "--tie=false")]
    [InlineData(false, "--hidden", "64")]
    public void Switch_IsTrueAloneOrWithItsValue(bool expected, params string[] arguments)
    {
        using TemporaryDirectory directory = new();
        (int code, string json, string error) = Shell.Run(["config", "print", "--json", .. arguments]);
        string file = directory.Write("config.json", json);

        Assert.Equal((0, ""), (code, error));
        Assert.Equal(expected, ResolvedConfiguration.Resolve(file, [], []).Options.Model.Tie);
        Assert.Matches($@"\nmodel\.tie +{(expected ? "true" : "false")} +(--tie|--set|default)\n", Shell.Run(["config", "print", .. arguments]).Output);
    }

    [Theory]
    [InlineData("true", "false")]
    [InlineData("false", "true")]
    public void Switch_OfTheFile_IsOverriddenByTheFlag(string inFile, string flag)
    {
        using TemporaryDirectory directory = new();
        string file = directory.Write("a.json", $"{{\"model\": {{\"tie\": {inFile}}}}}");

        Assert.Equal(inFile == "true", ResolvedConfiguration.Resolve(file, [], []).Options.Model.Tie);
        Assert.Contains($"\"tie\": {flag}", Shell.Run("config", "print", "--json", "--config", file, "--tie", flag).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void File_MayHoldCommentsTrailingCommasAByteOrderMarkAndItsSchema()
    {
        using TemporaryDirectory directory = new();
        string file = directory.Write("a.json", "\uFEFF// mine\n{\"$schema\": \"s.json\", \"model\": {\"hidden\": 11, /* wide */ },}");

        Assert.Equal(11, ResolvedConfiguration.Resolve(file, [], []).Options.Model.Hidden);
    }

    [Theory]
    [InlineData("""{"model": {"hiden": 1}}""", "found unknown setting 'model.hiden', expected a path", "did you mean 'model.hidden'?")]
    [InlineData("""{"modle": {}}""", "found unknown key 'modle', expected one of task, model, data, forecast, training, device", "did you mean 'model'?")]
    [InlineData("""{"lr": 1}""", "found unknown key 'lr'", "did you mean 'training.learning_rate'?")]
    [InlineData("""{"training.learning_rate": 1}""", "found unknown key", "write 'training.learning_rate' as {\"training\": {\"learning_rate\"")]
    [InlineData("""{"model": {"hidden": 1, "hidden": 2}}""", "model: found the key 'hidden' twice", "expected it once")]
    [InlineData("""{"model": {}, "model": {}}""", "found the key 'model' twice", "expected it once")]
    [InlineData("""{"model": 5}""", "model: found 5", "expected an object of settings")]
    [InlineData("[]", "found an array", "expected an object of sections")]
    [InlineData("""{"model": {"hidden": "256"}}""", "model.hidden: found the text \"256\"", "expected a whole number from 1 to 65536")]
    [InlineData("""{"model": {"hidden": 2.5}}""", "model.hidden: found '2.5'", "expected a whole number")]
    [InlineData("""{"model": {"hidden": null}}""", "model.hidden: found null", "expected a whole number")]
    [InlineData("""{"model": {"hidden": [1]}}""", "model.hidden: found an array", "expected a whole number")]
    [InlineData("""{"training": {"learning_rate": true}}""", "training.learning_rate: found true", "expected a number greater than 0")]
    [InlineData("""{"training": {"learning_rate": 1e999}}""", "training.learning_rate: found '1e999'", "expected a number greater than 0")]
    [InlineData("""{"training": {"optimizer": "Adam"}}""", "training.optimizer: found 'Adam', expected one of sgd, adam, adamw, rmsprop, adagrad, asgd", "did you mean 'adam'?")]
    [InlineData("""{"model": {"tie": 1}}""", "model.tie: found 1", "expected true or false")]
    [InlineData("""{"model": {"tie": "true"}}""", "model.tie: found the text \"true\"", "expected true or false")]
    [InlineData("""{"model": {"tie": null}}""", "model.tie: found null", "expected true or false")]
    [InlineData("""{"data": {"path": 3}}""", "data.path: found 3", "expected a text")]
    [InlineData("{\n\"model\": {\n\"hidden\": NaN}}", "found a syntax error in line 3", "expected JSON")]
    [InlineData("", "found a syntax error in line 1", "expected JSON")]
    public void File_ThatCannotBeUsed_IsRefusedWithFoundAndExpected(string text, string found, string expected)
    {
        using TemporaryDirectory directory = new();
        string file = directory.Write("a.json", text);
        (int code, string output, string error) = Shell.Run("train", "--config", file);

        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith("lstmgpu: " + file, error, StringComparison.Ordinal);
        Assert.Contains(found, error, StringComparison.Ordinal);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.Equal(1, error.Count(c => c == '\n'));
    }

    [Fact]
    public void File_ThatIsMissing_IsADataError()
    {
        (int code, _, string error) = Shell.Run("train", "--config", "no-such-file.json");

        Assert.Equal(3, code);
        Assert.StartsWith("lstmgpu: --config: found no readable file 'no-such-file.json'", error, StringComparison.Ordinal);
    }
}
