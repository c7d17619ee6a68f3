using LstmGpu.Formats;

namespace LstmGpu.Data;

/// <summary>
/// Text examples from a folder, in one of two forms. A file per label: <c>Arabic.txt</c> holds one example per line, blank lines are passed over. A folder
/// per label: every <c>.txt</c> file in it, at any depth, is one example. Files with another ending, hidden ones, and licences or read-me files
/// are no examples and are listed in <see cref="Skipped"/>.
/// </summary>
internal sealed class LabelledFolder
{
    private static readonly string[] Notices = ["LICENSE", "LICENCE", "README", "COPYING", "NOTICE"];

    private readonly string path;
    private readonly List<TextExample> examples = [];
    private readonly List<string> skipped = [];

    private LabelledFolder(string path) => this.path = path;

    public IReadOnlyList<TextExample> Examples => examples;

    /// <summary>Files that are no examples, sorted.</summary>
    public IReadOnlyList<string> Skipped => skipped;

    /// <summary>Reads the whole folder; labels in the order of their names, compared by code unit.</summary>
    /// <exception cref="DataException">The folder is missing, mixes both forms, has fewer than two labels, a label without examples, or a file that is no text.</exception>
    public static LabelledFolder Read(string path)
    {
        if (!Directory.Exists(path))
        {
            throw new DataException(File.Exists(path)
                ? $"{Quote.Name(path)} is a file, expected a folder with a text file or a folder per label; name the folder"
                : $"folder {Quote.Name(path)} does not exist, expected a folder with a text file or a folder per label; check the path");
        }

        LabelledFolder folder = new(path);
        try
        {
            folder.ReadLabels();
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"folder {Quote.Name(path)} could not be read: {failed.Message}; check its permissions", failed);
        }

        return folder;
    }

    private void ReadLabels()
    {
        string[] folders = [.. Sorted(Directory.GetDirectories(path)).Where(folder => !Path.GetFileName(folder).StartsWith('.'))];
        string[] files = Texts(Directory.GetFiles(path));
        if (files.Length > 0 && folders.Length > 0)
        {
            throw new DataException(
                $"folder {Quote.Name(path)} holds text files ({Quote.Name(Path.GetFileName(files[0]))}) and folders ({Quote.Name(Path.GetFileName(folders[0]))}), "
                + "expected a text file per label or a folder per label; move one kind elsewhere");
        }

        if (files.Length + folders.Length < 2)
        {
            throw new DataException(
                $"folder {Quote.Name(path)} has {files.Length + folders.Length} labels, expected at least two .txt files or two folders, one per label; add one");
        }

        for (int label = 0; label < files.Length; label++)
        {
            ReadFile(files[label], label);
        }

        for (int label = 0; label < folders.Length; label++)
        {
            ReadFolder(folders[label], label);
        }
    }

    private void ReadFile(string file, int group)
    {
        string label = Path.GetFileNameWithoutExtension(file);
        int before = examples.Count;
        using TextLines lines = TextLines.Open(file, "data file");
        while (lines.Next() is { } line)
        {
            if (!string.IsNullOrWhiteSpace(line))
            {
                examples.Add(new(TextLines.WithoutReturn(line), label, group));
            }
        }

        RequireExample(before, file, "a line of text");
    }

    private void ReadFolder(string folder, int group)
    {
        int before = examples.Count;
        foreach (string file in Texts(Directory.GetFiles(folder, "*", SearchOption.AllDirectories)))
        {
            examples.Add(new(WholeText(file), Path.GetFileName(folder), group));
        }

        RequireExample(before, folder, "a .txt file");
    }

    private static string WholeText(string file)
    {
        using TextLines lines = TextLines.Open(file, "data file");
        List<string> text = [];
        while (lines.Next() is { } line)
        {
            text.Add(TextLines.WithoutReturn(line));
        }

        string whole = string.Join('\n', text);
        return !string.IsNullOrWhiteSpace(whole) ? whole : throw new DataException(
            $"{Quote.Name(file)}: found no text, expected one example; write its text or remove the file");
    }

    private void RequireExample(int before, string label, string expected)
    {
        if (examples.Count == before)
        {
            throw new DataException($"{Quote.Name(label)}: found no example of its label, expected at least {expected}; add one or remove it");
        }
    }

    private string[] Texts(IEnumerable<string> files)
    {
        ILookup<bool, string> byUse = Sorted(files).ToLookup(IsText);
        skipped.AddRange(byUse[false]);
        return [.. byUse[true]];
    }

    private static bool IsText(string file)
    {
        string name = Path.GetFileName(file);
        return name.EndsWith(".txt", StringComparison.OrdinalIgnoreCase)
            && !name.StartsWith('.')
            && !Notices.Any(notice => name.StartsWith(notice, StringComparison.OrdinalIgnoreCase));
    }

    private static IEnumerable<string> Sorted(IEnumerable<string> paths) => paths.Order(StringComparer.Ordinal);
}
