using LstmGpu.Tests.Training;

namespace LstmGpu.Tests.Tasks.Sequences;

/// <summary>Generated data whose labels follow from a rule, and settings that learn it.</summary>
internal static class LabelFiles
{
    /// <summary>Strings of 1 to <paramref name="longest"/> bits, labelled by whether their ones are odd or even, as CSV.</summary>
    public static string Parity(SmallRuns runs, string name, int count, int longest, int seed)
    {
        Random random = new(seed);
        string[] rows = [.. Enumerable.Range(0, count).Select(_ => Bits(random, 1 + random.Next(longest)))];
        return Write(runs, name, ["bits,parity", .. rows.Select(bits => $"{bits},{(bits.Count(bit => bit == '1') % 2 == 0 ? "even" : "odd")}")]);
    }

    /// <summary>Tokens with the label <c>B</c> where the next token is the same, <c>E</c> where the last was, <c>O</c> elsewhere: both directions are needed.</summary>
    public static string Repeats(SmallRuns runs, string name, int count, int seed)
    {
        Random random = new(seed);
        List<string> lines = [];
        for (int n = 0; n < count; n++)
        {
            char[] tokens = [.. Enumerable.Range(0, 2 + random.Next(9)).Select(_ => "xyz"[random.Next(3)])];
            for (int t = 0; t < tokens.Length; t++)
            {
                string label = t + 1 < tokens.Length && tokens[t + 1] == tokens[t] ? "B" : t > 0 && tokens[t - 1] == tokens[t] ? "E" : "O";
                lines.Add($"{tokens[t]}\t{label}");
            }
            lines.Add("");
        }
        return Write(runs, name, lines);
    }

    public static RunOptions Classify(string path, string device = "cpu") => new()
    {
        Task = new() { Name = "classify" },
        Model = new() { Embedding = 0, Hidden = 16 },
        Data = new() { Path = path, TextColumn = "bits", LabelColumn = "parity" },
        Training = new() { Batch = 32, LearningRate = 0.01, ClipNorm = 1, EvalEvery = 0, SaveEvery = 0 },
        Device = new() { Name = device, Threads = 1 },
    };

    public static RunOptions Tag(string path, string device = "cpu") => new()
    {
        Task = new() { Name = "tag" },
        Model = new() { Embedding = 4, Hidden = 12, Bidirectional = true },
        Data = new() { Path = path },
        Training = new() { Batch = 16, LearningRate = 0.02, EvalEvery = 0, SaveEvery = 0 },
        Device = new() { Name = device, Threads = 1 },
    };

    private static string Bits(Random random, int length) => string.Concat(Enumerable.Range(0, length).Select(_ => random.Next(2)));

    private static string Write(SmallRuns runs, string name, IEnumerable<string> lines)
    {
        string path = runs.At(name);
        File.WriteAllText(path, string.Join('\n', lines) + "\n");
        return path;
    }
}
