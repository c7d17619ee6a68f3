using System.Text.RegularExpressions;
using Xunit;

namespace LstmGpu.Tests;

/// <summary>The direction of ARCHITECTURE.md, held against the source: what a folder may know.</summary>
public sealed partial class ArchitectureTests
{
    [Theory]
    [InlineData("kernels", new string[0])]
    [InlineData("src/LstmGpu/Devices", new[] { "Kernels" })]
    [InlineData("src/LstmGpu/Memory", new[] { "Devices" })]
    [InlineData("src/LstmGpu/Layers", new[] { "Devices", "Memory", "Kernels" })]
    [InlineData("src/LstmGpu/Data", new[] { "Kernels", "Formats" })]
    [InlineData("src/LstmGpu/Formats", new string[0])]
    [InlineData("src/LstmGpu/Training", new[] { "Devices", "Memory", "Layers", "Data", "Formats" })]
    [InlineData("src/LstmGpu/Tasks", new[] { "Devices", "Memory", "Layers", "Data", "Formats", "Training", "Reporting", "Kernels" })]
    public void Folder_KnowsOnlyWhatStandsBelowIt(string folder, string[] allowed)
    {
        string own = folder == "kernels" ? "Kernels" : Path.GetFileName(folder);
        foreach ((string file, string text) in Sources(folder))
        {
            var known = Namespaces().Matches(text).Select(m => m.Groups[1].Value).Where(n => n != own).Distinct();
            Assert.All(known, name => Assert.True(allowed.Contains(name), $"{file} knows LstmGpu.{name}; {folder} may know {string.Join(", ", allowed)}"));
        }
    }

    [Fact]
    public void Reporting_KnowsNoDeviceButItsDescription() => Assert.All(
        Sources("src/LstmGpu/Reporting"),
        source => Assert.DoesNotMatch("Devices\\.(?!DeviceDescription)", source.Text));

    [Fact]
    public void Library_WritesToNoConsole() => Assert.All(Sources("src/LstmGpu"), source => Assert.DoesNotMatch(@"\bConsole\.", source.Text));

    private static IEnumerable<(string File, string Text)> Sources(string folder)
    {
        string directory = Path.Combine(Repository.Root, folder);
        var files = Directory.EnumerateFiles(directory, "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}") && !f.Contains($"{Path.DirectorySeparatorChar}bin{Path.DirectorySeparatorChar}"))
            .ToList();
        Assert.NotEmpty(files);
        return files.Select(f => (Path.GetRelativePath(Repository.Root, f), File.ReadAllText(f)));
    }

    [GeneratedRegex(@"^using LstmGpu\.(\w+)", RegexOptions.Multiline)]
    private static partial Regex Namespaces();
}
