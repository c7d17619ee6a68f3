using Xunit;

namespace LstmGpu.Tests.Cli;

public sealed class BadInputTests
{
    [Theory]
    [InlineData("--lr abc", "--lr: found 'abc', expected a number greater than 0 such as 0.1, with a point")]
    [InlineData("--lr -1", "--lr: found '-1', expected a number greater than 0")]
    [InlineData("--lr 0", "--lr: found '0', expected a number greater than 0")]
    [InlineData("--lr NaN", "--lr: found 'NaN', expected a number greater than 0")]
    [InlineData("--lr Infinity", "--lr: found 'Infinity', expected a number greater than 0")]
    [InlineData("--lr -Infinity", "--lr: found '-Infinity', expected a number greater than 0")]
    [InlineData("--lr 0,1", "--lr: found '0,1', expected a number greater than 0 such as 0.1, with a point")]
    [InlineData("--lr ٠٫١", "--lr: found '٠٫١', expected a number greater than 0")]
    [InlineData("--lr null", "--lr: found null, expected a number greater than 0")]
    [InlineData("--hidden 0", "--hidden: found '0', expected a whole number from 1 to 65536")]
    [InlineData("--hidden 2.5", "--hidden: found '2.5', expected a whole number from 1 to 65536")]
    [InlineData("--hidden 1e3", "--hidden: found '1e3', expected a whole number from 1 to 65536")]
    [InlineData("--batch 2147483648", "--batch: found '2147483648', expected a whole number from 1 to 1048576")]
    [InlineData("--epochs 2147483648", "--epochs: found '2147483648', expected a whole number from 1 to 2147483647")]
    [InlineData("--steps 99999999999999999999", "--steps: found '99999999999999999999', expected a whole number of at least 1")]
    [InlineData("--dropout 1", "--dropout: found '1', expected a number from 0 to less than 1")]
    [InlineData("--optimizer adm", "--optimizer: found 'adm', expected one of sgd, adam, adamw, rmsprop, adagrad, asgd; did you mean 'adam'?")]
    [InlineData("--tie yes", "--tie: found 'yes', expected true or false")]
    [InlineData("--tie 1", "--tie: found '1', expected true or false")]
    [InlineData("--tie null", "--tie: found null, expected true or false")]
    [InlineData("--tie=True", "--tie: found 'True', expected true or false")]
    [InlineData("--set model.tie=", "--set model.tie: found '', expected true or false")]
    [InlineData("--cell lstn", "--cell: found 'lstn', expected one of lstm, gru, gru-reset-before, rnn, rnn-relu; did you mean 'lstm'?")]
    [InlineData("--zoneout 1", "--zoneout: found '1', expected a number from 0 to less than 1")]
    [InlineData("--activation-penalty -1", "--activation-penalty: found '-1', expected a number of at least 0")]
    [InlineData("--set model.hidden=0", "--set model.hidden: found '0', expected a whole number from 1 to 65536")]
    [InlineData("--set model.hidden=null", "--set model.hidden: found null, expected a whole number from 1 to 65536")]
    [InlineData("--set training.keep=null", "--set training.keep: found null, expected a text")]
    [InlineData("--set model.hiden=1", "--set: found unknown setting 'model.hiden', expected a path such as 'training.learning_rate'; did you mean 'model.hidden'?")]
    [InlineData("--set hidden=1", "did you mean 'model.hidden'?")]
    [InlineData("--set lr=1", "did you mean 'training.learning_rate'?")]
    [InlineData("--set learning_rtae=1", "did you mean 'training.learning_rate'?")]
    [InlineData("--set model.hidden", "--set: found 'model.hidden', expected path=value")]
    [InlineData("--set data.path=", "--set data.path: found an empty text, expected a text that is not empty, or null")]
    public void Setting_ThatCannotBeUsed_IsRefusedWithFoundAndExpected(string arguments, string message) =>
        Refused(["train", .. arguments.Split(' ')], message);

    [Theory]
    [InlineData("", "found no command, expected one of train")]
    [InlineData("trian", "found unknown command 'trian'", "did you mean 'train'?")]
    [InlineData("train --hiden 3", "found unknown flag '--hiden', did you mean '--hidden'?", "see 'lstmgpu train --help'")]
    [InlineData("train --learning-rate 3", "found unknown flag '--learning-rate', did you mean '--lr'?")]
    [InlineData("train --data --hiden", "found unknown flag '--hiden', did you mean '--hidden'?")]
    [InlineData("train --xyzzyxyzzy", "found unknown flag '--xyzzyxyzzy', expected a flag of 'lstmgpu train'")]
    [InlineData("train extra", "found unexpected argument 'extra'")]
    [InlineData("train --lr", "--lr: found no value, expected a number greater than 0 such as 0.1, with a point")]
    [InlineData("generate --prime", "--prime: found no value, expected TEXT")]
    [InlineData("train --tie true --tie false", "--tie: found 2 values, expected one")]
    [InlineData("train --hidden 3 --hidden 4", "--hidden: found 2 values, expected one")]
    [InlineData("eval --checkpont last", "found unknown flag '--checkpont', did you mean '--checkpoint'?")]
    [InlineData("eval -x", "found unknown flag '-x'")]
    [InlineData("eval run --checkpoint newest", "--checkpoint: found 'newest', expected best, last or step-N")]
    [InlineData("eval run --threads 2000", "--threads: found '2000', expected a whole number from 0 to 1024")]
    [InlineData("generate run --temperature 0,7", "--temperature: found '0,7', expected a number of at least 0 such as 0.1, with a point")]
    [InlineData("generate run --top-p 0", "--top-p: found '0', expected a number greater than 0 and at most 1")]
    [InlineData("generate run --length -1", "--length: found '-1', expected a whole number from 0 to 2147483647")]
    [InlineData("bench lstm --shape 1,2", "--shape: found '1,2', expected T,B,I,H,L")]
    [InlineData("bench lstm --shape 1,2,3,4,x", "--shape: found '1,2,3,4,x', expected T,B,I,H,L")]
    [InlineData("resume", "DIR: found nothing, expected the run directory")]
    public void Arguments_ThatCannotBeUsed_AreRefusedInOneLine(string arguments, params string[] messages) =>
        Refused(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries), messages);

    [Fact]
    public void Resume_WithoutTheDirectory_IsADataError()
    {
        (int code, _, string error) = Shell.Run("resume", "no-such-run");

        Assert.Equal(3, code);
        Assert.Contains("found no directory 'no-such-run', expected a run directory", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Out_ThatIsNotEmpty_IsRefusedAndLeftAlone()
    {
        using TemporaryDirectory directory = new();
        directory.Write("thesis.txt", "mine");

        Refused(["train", "--out", directory.Path], $"--out: found '{directory.Path}', which is not empty, expected a new or empty directory");
        Assert.Single(Directory.EnumerateFileSystemEntries(directory.Path));
    }

    [Fact]
    public void RunDirectories_TakeAFreeNameAndFindTheLatestRun()
    {
        using TemporaryDirectory directory = new();
        DateTime time = new(2026, 1, 31, 23, 59, 58, DateTimeKind.Utc);
        string first = LstmGpu.Cli.RunDirectories.Next(directory.Path, time);
        Assert.Equal("20260131-235958", Path.GetFileName(first));
        Assert.Throws<ConfigurationException>(() => LstmGpu.Cli.RunDirectories.MostRecent(directory.Path));

        Directory.CreateDirectory(Path.Combine(first, "checkpoints"));
        string second = LstmGpu.Cli.RunDirectories.Next(directory.Path, time);
        Assert.Equal("20260131-235958-2", Path.GetFileName(second));

        Directory.CreateDirectory(Path.Combine(second, "checkpoints"));
        File.WriteAllText(Path.Combine(first, "metrics.jsonl"), "");
        File.SetLastWriteTimeUtc(Path.Combine(first, "metrics.jsonl"), DateTime.UtcNow.AddMinutes(1));
        Assert.Equal(first, LstmGpu.Cli.RunDirectories.MostRecent(directory.Path));
    }

    private static void Refused(string[] arguments, params string[] messages)
    {
        (int code, string output, string error) = Shell.Run(arguments);

        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith("lstmgpu: ", error, StringComparison.Ordinal);
        Assert.Equal(1, error.Count(c => c == '\n'));
        Assert.All(messages, message => Assert.Contains(message, error, StringComparison.Ordinal));
    }
}
