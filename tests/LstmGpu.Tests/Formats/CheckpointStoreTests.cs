using LstmGpu.Formats;
using Xunit;

namespace LstmGpu.Tests.Formats;

public sealed class CheckpointStoreTests : IDisposable
{
    private readonly ScratchDirectory scratch = new();
    private readonly CheckpointStore store;

    public CheckpointStoreTests() => store = new(scratch.Path);

    public void Dispose() => scratch.Dispose();

    [Fact]
    public void CheckpointStore_IsEmpty_BeforeAnythingIsSaved()
    {
        Assert.Empty(store.Steps());
        Assert.Null(store.Last());
        Assert.Null(store.Best());
        store.Prune(RetentionPolicy.All, null);
    }

    [Fact]
    public void CheckpointStore_ListsStepsAsNumbers()
    {
        Save(100, 9, 20, 0);
        Assert.Equal([0L, 9, 20, 100], store.Steps());
        Assert.Equal(store.PathOf(100), store.Last());
        CheckpointStore.Verify(store.PathOf(9));
    }

    [Fact]
    public void CheckpointStore_ReplacesAStep_WhenItIsSavedAgain()
    {
        Save(5);
        store.Save(5, directory => File.WriteAllText(Path.Combine(directory, "other"), "second"));
        Assert.Equal([5L], store.Steps());
        Assert.Equal(["DONE", "other"], FileNames(store.PathOf(5)));
        CheckpointStore.Verify(store.PathOf(5));
        Assert.Equal(["step-5"], DirectoryNames());
    }

    [Fact]
    public void CheckpointStore_LeavesNothing_WhenWritingThrows()
    {
        Save(1);
        Assert.Throws<TimeoutException>(() => store.Save(2, directory =>
        {
            File.WriteAllText(Path.Combine(directory, "half"), "x");
            throw new TimeoutException();
        }));
        Assert.Throws<TimeoutException>(() => store.Save(1, _ => throw new TimeoutException()));
        Assert.Equal(["step-1"], DirectoryNames());
        CheckpointStore.Verify(store.PathOf(1));
    }

    [SkippableFact]
    public void CheckpointStore_SaysHowToGoOn_WhenTheDiskIsFull()
    {
        Skip.IfNot(File.Exists("/dev/full"), "no /dev/full");
        Save(1);
        var error = Assert.Throws<DataException>(() => store.Save(2, directory =>
        {
            File.CreateSymbolicLink(Path.Combine(directory, ".model.tmp"), "/dev/full");
            SafetensorsWriter.Write(Path.Combine(directory, "model"), [new("w", [1], new float[1])], new Dictionary<string, string>());
        }));
        Assert.EndsWith($"step-2': no space left on device; free space and run `lstmgpu resume {scratch.Path}`; earlier checkpoints are untouched", error.Message);
        Assert.Equal(["step-1"], DirectoryNames());
    }

    [Fact]
    public void CheckpointStore_IgnoresDirectoriesWithoutDone_AndForeignNames()
    {
        Save(1, 2);
        File.Delete(Path.Combine(store.PathOf(2), "DONE"));
        Copy(1, "step-03");
        Copy(1, "step-x");
        Copy(1, ".tmp-step-4");
        Assert.Equal([1L], store.Steps());
        Assert.Equal(store.PathOf(1), store.Last());
    }

    [Fact]
    public void CheckpointStore_SavesOverWhatACrashLeft()
    {
        Directory.CreateDirectory(Named(".tmp-step-3/deep"));
        File.WriteAllText(Named(".tmp-step-3/stale"), "x");
        Save(3);
        Assert.Equal(["DONE", "model"], FileNames(store.PathOf(3)));
    }

    [Fact]
    public void CheckpointStore_FindsTheReplacedVersion_AfterACrashBetweenTheTwoRenames()
    {
        Save(3);
        Directory.Move(Named("step-3"), Named(".old-step-3"));
        Assert.Equal([3L], store.Steps());
        CheckpointStore.Verify(store.Last()!);
        Save(4);
        Assert.Equal(["step-3", "step-4"], DirectoryNames());
        CheckpointStore.Verify(store.PathOf(3));
    }

    [Fact]
    public void Last_FollowsThePointer_UnlessItDangles()
    {
        Save(1, 2, 3);
        store.SetLast(2);
        store.SetBest(1);
        Assert.Equal("step-2\n", File.ReadAllText(Named("last")));
        Assert.Equal(store.PathOf(2), store.Last());
        Assert.Equal(store.PathOf(1), store.Best());

        store.SetLast(9);
        store.SetBest(9);
        Assert.Equal(store.PathOf(3), store.Last());
        Assert.Null(store.Best());

        File.WriteAllText(Named("last"), "../../etc");
        Assert.Equal(store.PathOf(3), store.Last());
    }

    [Fact]
    public void Prune_KeepsTheNewestTheBestAndTheLast()
    {
        Save(1, 2, 3, 4, 5, 6);
        store.SetLast(2);
        Directory.CreateDirectory(Named(".tmp-step-7"));
        Directory.CreateDirectory(Named(".tmp-pruned-step-1"));
        store.Prune(RetentionPolicy.Parse("last:2"), bestStep: 3);
        Assert.Equal(["step-2", "step-3", "step-5", "step-6"], DirectoryNames());
    }

    [Fact]
    public void Prune_KeepsWhatBestPointsAt_WhenNoStepIsGiven()
    {
        Save(1, 2, 3);
        store.SetBest(1);
        store.Prune(RetentionPolicy.Parse("last:1"), bestStep: null);
        Assert.Equal([1L, 3], store.Steps());
    }

    [Fact]
    public void Prune_RemovesOnlyLeftovers_WhenAllAreKept()
    {
        Save(1, 2, 3);
        Directory.CreateDirectory(Named(".tmp-step-7"));
        store.Prune(RetentionPolicy.All, null);
        Assert.Equal(["step-1", "step-2", "step-3"], DirectoryNames());
    }

    [Fact]
    public void Verify_FindsAFlippedByte_AndNamesAnEarlierCheckpoint()
    {
        Save(1, 2);
        var file = Path.Combine(store.PathOf(2), "model");
        var bytes = File.ReadAllBytes(file);
        bytes[3] ^= 1;
        File.WriteAllBytes(file, bytes);
        var message = VerifyFailure(2);
        Assert.Matches("'model' has SHA-256 [0-9a-f]{64}, expected [0-9a-f]{64}", message);
        Assert.EndsWith($"an earlier complete checkpoint is '{store.PathOf(1)}'", message);
    }

    [Fact]
    public void Verify_FindsATruncatedFile()
    {
        Save(1);
        File.WriteAllText(Path.Combine(store.PathOf(1), "model"), "step");
        Assert.Contains("'model' has 4 bytes, expected 13; there is no earlier complete checkpoint", VerifyFailure(1));
    }

    [Fact]
    public void Verify_FindsAMissingFile()
    {
        Save(1);
        File.Delete(Path.Combine(store.PathOf(1), "model"));
        Assert.Contains("'model' is missing, expected 13 bytes", VerifyFailure(1));
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000 1 ../model")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000 -1 model")]
    public void Verify_FindsADamagedDone(string line)
    {
        Save(1);
        File.WriteAllText(Path.Combine(store.PathOf(1), "DONE"), line + "\n");
        Assert.Contains("DONE has a line", VerifyFailure(1));
    }

    [Fact]
    public void Verify_RefusesACheckpointThatWasNeverCompleted()
    {
        Save(1);
        File.Delete(Path.Combine(store.PathOf(1), "DONE"));
        Assert.Contains("it has no DONE", VerifyFailure(1));
    }

    private string VerifyFailure(long step) => Assert.Throws<DataException>(() => CheckpointStore.Verify(store.PathOf(step) + "/")).Message;

    private void Save(params long[] steps)
    {
        foreach (var step in steps)
        {
            store.Save(step, directory => File.WriteAllText(Path.Combine(directory, "model"), $"model of {step,4}"));
        }
    }

    private void Copy(long step, string name)
    {
        Directory.CreateDirectory(Named(name));
        foreach (var file in Directory.GetFiles(store.PathOf(step)))
        {
            File.Copy(file, Path.Combine(Named(name), Path.GetFileName(file)));
        }
    }

    private string Named(string name) => Path.Combine(scratch["checkpoints"], name);

    private string[] DirectoryNames() => [.. Directory.GetDirectories(scratch["checkpoints"]).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    private static string[] FileNames(string directory) => [.. Directory.GetFileSystemEntries(directory).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
}
