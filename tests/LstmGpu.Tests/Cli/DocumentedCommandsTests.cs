using System.Text.RegularExpressions;
using LstmGpu.Cli;
using Xunit;

namespace LstmGpu.Tests.Cli;

/// <summary>Every command line that the documentation shows can be typed: commands, flags and numbers are those of the program. Nothing is run.</summary>
public sealed partial class DocumentedCommandsTests
{
    private const string FromSource = "dotnet run -c Release --project src/LstmGpu.Cli --";

    public static TheoryData<string> Pages() =>
        ["README.md", "BENCHMARKS.md", "data/README.md", .. Directory.EnumerateFiles(Path.Combine(Repository.Root, "samples"), "*.md").Select(file => "samples/" + Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Commands_OfAPage_AreUnderstood(string page)
    {
        string text = File.ReadAllText(Path.Combine(Repository.Root, page));
        string[][] commands = [.. Commands(text)];

        Assert.All(commands, command =>
        {
            string? problem = Problem(command);
            Assert.True(problem is null, $"{page}: lstmgpu {string.Join(' ', command)}: {problem}");
        });
        Assert.True(commands.Length > 0 || !text.Contains("```\nlstmgpu", StringComparison.Ordinal), page);
    }

    [Fact]
    public void EveryRecipe_StandsInTheIndex_AndTheIndexInTheReadme()
    {
        string index = File.ReadAllText(Path.Combine(Repository.Root, "samples/README.md"));
        string[] recipes = [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "samples"), "*.md").Select(file => Path.GetFileName(file)).Where(name => name != "README.md")];

        Assert.True(recipes.Length >= 8, $"{recipes.Length} recipes");
        Assert.All(recipes, recipe => Assert.Contains($"]({recipe})", index, StringComparison.Ordinal));
        Assert.Contains("](samples/README.md)", File.ReadAllText(Path.Combine(Repository.Root, "README.md")), StringComparison.Ordinal);
    }

    [Fact]
    public void ABlock_IsReadAsAShellReadsIt()
    {
        const string Page = """
            Text with `lstmgpu inline [RUN]`, which has a placeholder, `lstmgpu devices` and `lstmgpu eval RUN --jsn`.
            ```
            dotnet run -c Release --project src/LstmGpu.Cli -- train     # a comment
            lstmgpu data make reber --out r.txt && lstmgpu train --data r.txt \
              --lr 1e-2
            echo Yamamoto | lstmgpu predict runs/names --top 2
            lstmgpu generate runs/book --prime "Once upon" --lenght 4
            a line of output
            ```
            """;

        Assert.Equal(
            ["train", "data make reber --out r.txt", "train --data r.txt --lr 1e-2", "predict runs/names --top 2", "generate runs/book --prime Once upon --lenght 4", "devices", "eval RUN --jsn"],
            Commands(Page).Select(command => string.Join(' ', command)));
        Assert.Equal([null, null, null, null, "--lenght", null, "--jsn"], Commands(Page).Select(command => Problem(command) is { } problem ? Regex.Match(problem, "'(--[a-z]+)', did").Groups[1].Value : null));
    }

    private static string? Problem(string[] command) => UsageError.Find(CommandLine.Parse(command, new CommandContext(TextWriter.Null, TextWriter.Null, false, false, default)), command);

    // Of code blocks, and of inline code that is no pattern.
    private static IEnumerable<string[]> Commands(string page)
    {
        IEnumerable<string> blocks = Blocks().Matches(page).SelectMany(block => Continued().Replace(block.Groups[1].Value.Replace(FromSource, "lstmgpu", StringComparison.Ordinal), " ").Split('\n'));
        IEnumerable<string> inline = Inline().Matches(Blocks().Replace(page, "")).Select(code => code.Groups[1].Value).Where(code => code.IndexOfAny(['[', '|', '…']) < 0);
        foreach (string line in blocks.Concat(inline))
        {
            List<string> words = [.. Words().Matches(line).Select(word => word.Value).TakeWhile(word => word[0] != '#').Append("&&")];
            for (int start = 0, end; start < words.Count; start = end + 1)
            {
                end = words.FindIndex(start, word => word is "&&" or "|" or ";");
                if (words[start] == "lstmgpu")
                {
                    yield return [.. words[(start + 1)..end].Select(word => word.Trim('"', '\''))];
                }
            }
        }
    }

    [GeneratedRegex(@"^```\w*\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Blocks();

    [GeneratedRegex(@"\\\n\s*")]
    private static partial Regex Continued();

    [GeneratedRegex(@"`(lstmgpu [^`\n]+)`")]
    private static partial Regex Inline();

    [GeneratedRegex("\"[^\"]*\"|'[^']*'|;|[^\\s;\"']+")]
    private static partial Regex Words();
}
