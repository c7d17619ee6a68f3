using System.Security.Cryptography;
using System.Text;

namespace LstmGpu.Data;

/// <summary>The sequences of a file or folder, before they have ids.</summary>
/// <param name="Path">As messages name it.</param>
/// <param name="Labels">The labels that the file lists; empty: those that its examples have.</param>
/// <param name="FeatureCount">F; 0 where a step is a token.</param>
internal sealed record SequenceData(string Path, IReadOnlyList<SequenceExample> Examples, IReadOnlyList<string> Labels, int FeatureCount)
{
    /// <summary>Columns that are scaled for themselves: features of a step, or the columns of a table whose rows are sequences of one feature.</summary>
    public int ScaledColumns { get; init; } = FeatureCount;

    /// <summary>Reads whichever form the name of <paramref name="path"/> says: a folder per label, <c>.ts</c>, <c>.csv</c> or <c>.tsv</c>.</summary>
    /// <param name="columns">Which columns of a CSV file are read.</param>
    /// <param name="labelled">Whether every example must have a label.</param>
    /// <exception cref="DataException">The data cannot be used.</exception>
    /// <exception cref="ConfigurationException">A CSV file without the settings that name its columns.</exception>
    public static SequenceData Read(string path, DataOptions columns, bool labelled)
    {
        if (Directory.Exists(path))
        {
            return OfFolder(path);
        }
        if (IsSeries(path))
        {
            return OfSeries(path, TimeSeriesFile.Read(path), labelled);
        }
        if (!IsTable(path))
        {
            throw new DataException($"'{path}' is neither a folder nor a .csv, .tsv or .ts file, expected one of these; rename it or use another --data");
        }
        using TextLines lines = TextLines.Open(path, "data file");
        return SequenceTable.Read(lines, columns, labelled, path.EndsWith(".tsv", StringComparison.OrdinalIgnoreCase) ? '\t' : ',');
    }

    /// <summary>A file of tokens and their labels in columns.</summary>
    /// <inheritdoc cref="TaggedFile.Read(string)"/>
    public static SequenceData ReadTagged(string path) =>
        new(path, [.. TaggedFile.Read(path).Select(sequence => new SequenceExample(0, sequence.Line) { Tokens = sequence.Tokens, TokenLabels = sequence.Labels })], [], 0);

    public static bool IsSeries(string path) => path.EndsWith(".ts", StringComparison.OrdinalIgnoreCase);

    public static bool IsTable(string path) =>
        path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".tsv", StringComparison.OrdinalIgnoreCase);

    /// <exception cref="DataException">Cases without labels, where they are needed.</exception>
    public static SequenceData OfSeries(string path, TimeSeriesFile file, bool labelled)
    {
        if (labelled && file.Labels.Count == 0)
        {
            throw new DataException($"'{path}' says @classLabel false or nothing of labels, expected labels to learn from; write @classLabel true, their names, and a label after each case");
        }
        return new(path, [.. file.Cases.Select(c => new SequenceExample { Features = c.Values, Label = labelled ? c.Label : null })], file.Labels, file.Dimensions);
    }

    /// <summary>SHA-256 over the bytes of a file, or over the names and bytes of all files of a folder.</summary>
    /// <exception cref="DataException">A file cannot be read.</exception>
    public static string Hash(IEnumerable<string> paths)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] block = new byte[1 << 16];
        foreach (string path in paths)
        {
            bool isFolder = Directory.Exists(path);
            string[] files = isFolder ? [.. Directory.GetFiles(path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)] : [path];
            foreach (string file in files)
            {
                hash.AppendData(Encoding.UTF8.GetBytes(isFolder ? System.IO.Path.GetRelativePath(path, file).Replace('\\', '/') + "\n" : ""));
                using FileStream stream = InputFile.OpenStream(file, "data file");
                for (int read; (read = stream.Read(block)) > 0;)
                {
                    hash.AppendData(block.AsSpan(0, read));
                }
            }
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static SequenceData OfFolder(string path) =>
        new(path, [.. LabelledFolder.Read(path).Examples.Select(example => new SequenceExample(example.Group) { Text = example.Text, Label = example.Label })], [], 0);
}
