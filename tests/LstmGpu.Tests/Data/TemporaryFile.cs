using System.Text;

namespace LstmGpu.Tests.Data;

/// <summary>A file that is gone when the test ends.</summary>
internal sealed class TemporaryFile : IDisposable
{
    public TemporaryFile(ReadOnlySpan<byte> content) => File.WriteAllBytes(Path, content);

    public TemporaryFile(string text)
        : this(Encoding.UTF8.GetBytes(text))
    {
    }

    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"lstmgpu-{Guid.NewGuid():N}.txt");

    public void Dispose() => File.Delete(Path);
}
