using System.Text.Json.Nodes;
using LstmGpu.Kernels;
using Xunit;

namespace LstmGpu.Tests.Cli;

public sealed class KernelsCommandTests
{
    [Fact]
    public void Kernels_AreListedWithWhatALaunchPasses()
    {
        (int code, string output, string error) = Shell.Run("kernels");

        Assert.Equal((0, ""), (code, error));
        Assert.Equal(1 + KernelTexts.All.Count, output.Count(c => c == '\n'));
        Assert.Matches(@"\nGemmKernels_Multiply_0_0 +16×16×1  no  +float\[\] a, float\[\] b, float\[\] c, int m, int n, int k, bool accumulate, int\[\] lengths, int batch\n", output);
    }

    [Fact]
    public void Json_NamesEveryKernel()
    {
        (int code, string output, string error) = Shell.Run("kernels", "--json");
        JsonArray kernels = JsonNode.Parse(output)!.AsArray();

        Assert.Equal((0, ""), (code, error));
        Assert.Equal(KernelTexts.All.Select(t => t.Name), kernels.Select(k => (string)k!["name"]!));
        JsonNode multiply = kernels.Single(k => (string)k!["name"]! == "GemmKernels_Multiply_2_0")!;
        Assert.Equal("[16,16,1]", multiply["group_size"]!.ToJsonString());
        Assert.Equal("""{"name":"batch","type":"int"}""", multiply["parameters"]!.AsArray().Last()!.ToJsonString());
        Assert.False((bool)multiply["dynamic_shared_memory"]!);
    }

    [Fact]
    public void Write_WritesBothTextsOfEveryKernelAndNothingElse()
    {
        using TemporaryDirectory directory = new();
        string into = Path.Combine(directory.Path, "new", "texts");

        Assert.Equal((0, "", ""), Shell.Run("kernels", "--write", into));
        Assert.Equal((0, "", ""), Shell.Run("kernels", "--write", into));

        Assert.Equal(KernelTexts.All.Sum(text => text.ComputeCapability == 0 ? 2 : 1), Directory.EnumerateFileSystemEntries(into).Count());
        Assert.All(KernelTexts.All, text =>
        {
            string openCl = Path.Combine(into, text.Name + ".cl");
            Assert.Equal(text.OpenCl, File.Exists(openCl) ? File.ReadAllText(openCl) : "");
            Assert.Equal(text.Cuda, File.ReadAllText(Path.Combine(into, text.Name + ".cu")));
        });
    }

    [Fact]
    public void Write_IntoAFile_IsRefused()
    {
        using TemporaryDirectory directory = new();
        string file = directory.Write("mine.txt", "mine");
        (int code, _, string error) = Shell.Run("kernels", "--write", file);

        Assert.Equal(2, code);
        Assert.Contains($"--write: found '{file}', expected a directory", error, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(file));
    }
}
