using LstmGpu.Formats;
using Xunit;

namespace LstmGpu.Tests.Formats;

public sealed class DurableFileTests : IDisposable
{
    private readonly ScratchDirectory scratch = new();

    public void Dispose() => scratch.Dispose();

    [Fact]
    public void DurableFile_ReplacesAFile_WithoutAByteOrderMark()
    {
        DurableFile.WriteAllText(scratch["a"], "a longer old text");
        DurableFile.WriteAllText(scratch["a"], "é");
        Assert.Equal([0xc3, 0xa9], File.ReadAllBytes(scratch["a"]));
        Assert.Equal([scratch["a"]], Directory.GetFiles(scratch.Path));
    }

    [Fact]
    public void DurableFile_KeepsTheOldFile_WhenTheWriterThrows()
    {
        DurableFile.WriteAllText(scratch["a"], "old");
        Assert.Throws<InvalidOperationException>(() => DurableFile.Write(scratch["a"], stream =>
        {
            stream.WriteByte(1);
            throw new InvalidOperationException();
        }));
        Assert.Equal("old", File.ReadAllText(scratch["a"]));
        Assert.Equal([scratch["a"]], Directory.GetFiles(scratch.Path));
    }

    [Fact]
    public void DurableFile_RefusesToReplaceADirectory()
    {
        Directory.CreateDirectory(scratch["a"]);
        Assert.Throws<DataException>(() => DurableFile.WriteAllText(scratch["a"], "text"));
        Assert.Equal([scratch["a"]], Directory.GetFileSystemEntries(scratch.Path));
    }

    [Fact]
    public void DurableFile_OverwritesWhatACrashLeft()
    {
        File.WriteAllText(scratch[".a.tmp"], "half of a much longer text");
        DurableFile.WriteAllText(scratch["a"], "new");
        Assert.Equal("new", File.ReadAllText(scratch["a"]));
    }

    [SkippableFact]
    public void SyncDirectory_FailsOnAMissingDirectory()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has no directory flush");
        DurableFile.SyncDirectory(scratch.Path);
        Assert.Throws<IOException>(() => DurableFile.SyncDirectory(scratch["absent"]));
    }
}
