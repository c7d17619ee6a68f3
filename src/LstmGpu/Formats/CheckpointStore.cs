using System.Globalization;

namespace LstmGpu.Formats;

/// <summary>
/// The checkpoints of a run: <c>DIR/checkpoints/step-N/</c> and the pointers <c>last</c> and <c>best</c>, small files that hold such a name.
/// At every instant, also of a power failure, a checkpoint is either complete or not there. One process writes; any number may read.
/// </summary>
internal sealed class CheckpointStore(string runDirectory)
{
    private const string StepPrefix = "step-", LastPointer = "last", BestPointer = "best";

    // What a crash may leave: .tmp- is never read and may be deleted; .old- is the version of a step that was just being replaced.
    private const string TemporaryPrefix = ".tmp-", ReplacedPrefix = ".old-";

    private readonly string root = Path.Combine(runDirectory, "checkpoints");

    /// <summary>Saves a checkpoint: all of it, or nothing. A step that was saved before is replaced.</summary>
    /// <param name="writeFiles">Writes plain files, no directories, into the directory that it is given.</param>
    /// <exception cref="DataException">The file system refused: full disk, permission.</exception>
    public void Save(long step, Action<string> writeFiles)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        var temporary = Path.Combine(root, TemporaryPrefix + NameOf(step));
        try
        {
            if (!Directory.Exists(root))
            {
                Directory.CreateDirectory(root);
                DurableFile.SyncDirectory(runDirectory);
            }
            FinishReplacements();
            RemoveTree(temporary);
            Directory.CreateDirectory(temporary);
            writeFiles(temporary);
            CheckpointManifest.Write(temporary);
            Publish(temporary, step);
        }
        catch (Exception error)
        {
            Discard(temporary);
            if ((error is DataException ? error.InnerException : error) is { } cause && DiskFault.Is(cause))
            {
                var retry = Steps().Count > 0 ? $"run `lstmgpu resume {runDirectory}`; earlier checkpoints are untouched" : "run the command again";
                throw new DataException($"cannot write checkpoint '{Path.Combine(root, NameOf(step))}': {DiskFault.Reason(cause)}; {DiskFault.NextStep(cause, retry)}", error);
            }
            throw;
        }
    }

    /// <summary>Steps of the complete checkpoints, ascending.</summary>
    /// <exception cref="DataException">The directory cannot be read.</exception>
    public IReadOnlyList<long> Steps()
    {
        try
        {
            return Directory.Exists(root)
                ? [.. Directory.EnumerateDirectories(root)
                    .Where(CheckpointManifest.IsIn)
                    .Select(Path.GetFileName)
                    .Select(name => StepOf(name!.StartsWith(ReplacedPrefix, StringComparison.Ordinal) ? name[ReplacedPrefix.Length..] : name))
                    .OfType<long>().Distinct().Order()]
                : [];
        }
        catch (Exception error) when (DiskFault.Is(error))
        {
            throw DiskFault.Reading(root, error);
        }
    }

    /// <summary>Directory of a step, whether it exists or not.</summary>
    public string PathOf(long step)
    {
        var directory = Path.Combine(root, NameOf(step));
        var replaced = ReplacedPathOf(step);
        return !CheckpointManifest.IsIn(directory) && CheckpointManifest.IsIn(replaced) ? replaced : directory;
    }

    /// <summary>Directory that <c>last</c> names; without a usable pointer the newest complete checkpoint; null when there is none.</summary>
    public string? Last() => (PointedBy(LastPointer) ?? Newest(Steps())) is { } step ? PathOf(step) : null;

    /// <summary>Directory that <c>best</c> names; null when it names none that is complete.</summary>
    public string? Best() => PointedBy(BestPointer) is { } step ? PathOf(step) : null;

    /// <exception cref="DataException">The pointer cannot be written.</exception>
    public void SetLast(long step) => Point(LastPointer, step);

    /// <exception cref="DataException">The pointer cannot be written.</exception>
    public void SetBest(long step) => Point(BestPointer, step);

    /// <summary>Takes a checkpoint away that turned out to be of no use; <c>last</c> then names the newest that is left.</summary>
    /// <exception cref="DataException">The file system refused.</exception>
    public void Remove(long step)
    {
        try
        {
            if (Newest(Steps().Where(other => other != step)) is { } left)
            {
                SetLast(left);
            }
            Delete(step);
        }
        catch (Exception error) when (DiskFault.Is(error))
        {
            throw DiskFault.Writing(root, error);
        }
    }

    /// <summary>Removes what the policy does not keep and what crashes left. The best and the last stay under any policy.</summary>
    /// <exception cref="DataException">The file system refused.</exception>
    public void Prune(RetentionPolicy policy, long? bestStep)
    {
        try
        {
            if (!Directory.Exists(root))
            {
                return;
            }
            FinishReplacements();
            long?[] kept = [bestStep, PointedBy(BestPointer), PointedBy(LastPointer)];
            foreach (var step in Steps().SkipLast(policy.Newest ?? int.MaxValue).Where(step => !kept.Contains(step)))
            {
                Delete(step);
            }
            foreach (var leftover in Directory.GetDirectories(root, TemporaryPrefix + "*"))
            {
                RemoveTree(leftover);
            }
        }
        catch (Exception error) when (DiskFault.Is(error))
        {
            throw DiskFault.Writing(root, error);
        }
    }

    /// <summary>Compares every file of a checkpoint with the length and SHA-256 that <c>DONE</c> records.</summary>
    /// <exception cref="DataException">A file is missing, truncated or changed, or cannot be read.</exception>
    public static void Verify(string checkpointDirectory)
    {
        var directory = Path.TrimEndingDirectorySeparator(checkpointDirectory);
        try
        {
            if (CheckpointManifest.FirstFault(directory) is { } fault)
            {
                throw new DataException($"checkpoint '{directory}' cannot be used: {fault}; {Alternative(directory)}");
            }
        }
        catch (Exception error) when (DiskFault.Is(error))
        {
            throw DiskFault.Reading(directory, error);
        }
    }

    private static string Alternative(string directory)
    {
        var run = Path.GetDirectoryName(Path.GetDirectoryName(directory));
        var store = new CheckpointStore(run ?? "");
        var earlier = StepOf(Path.GetFileName(directory)) is { } step ? Newest(store.Steps().Where(other => other < step)) : null;
        return earlier is { } found ? $"an earlier complete checkpoint is '{store.PathOf(found)}'" : "there is no earlier complete checkpoint: train again";
    }

    // Renamed first: a deletion that stops half-way must not leave something that looks complete.
    private void Delete(long step)
    {
        var doomed = Path.Combine(root, TemporaryPrefix + "pruned-" + NameOf(step));
        RemoveTree(doomed);
        Directory.Move(Path.Combine(root, NameOf(step)), doomed);
        RemoveTree(doomed);
    }

    private void Publish(string temporary, long step)
    {
        var target = Path.Combine(root, NameOf(step));
        var replaced = ReplacedPathOf(step);
        if (Directory.Exists(target))
        {
            Directory.Move(target, replaced);
        }
        Directory.Move(temporary, target);
        DurableFile.SyncDirectory(root);
        RemoveTree(replaced);
    }

    // A crash between the two renames of Publish leaves a step only under its .old- name.
    private void FinishReplacements()
    {
        foreach (var replaced in Directory.GetDirectories(root, ReplacedPrefix + "*"))
        {
            var target = Path.Combine(root, Path.GetFileName(replaced)[ReplacedPrefix.Length..]);
            if (CheckpointManifest.IsIn(target) || !CheckpointManifest.IsIn(replaced))
            {
                RemoveTree(replaced);
            }
            else
            {
                RemoveTree(target);
                Directory.Move(replaced, target);
            }
        }
    }

    private void Point(string pointer, long step) => DurableFile.WriteAllText(Path.Combine(root, pointer), NameOf(step) + "\n");

    private long? PointedBy(string pointer)
    {
        var file = Path.Combine(root, pointer);
        try
        {
            return File.Exists(file) && StepOf(File.ReadAllText(file).Trim()) is { } step && CheckpointManifest.IsIn(PathOf(step)) ? step : null;
        }
        catch (Exception error) when (DiskFault.Is(error))
        {
            throw DiskFault.Reading(file, error);
        }
    }

    private string ReplacedPathOf(long step) => Path.Combine(root, ReplacedPrefix + NameOf(step));

    private static string NameOf(long step) => string.Create(CultureInfo.InvariantCulture, $"{StepPrefix}{step}");

    private static long? StepOf(string name) =>
        name.StartsWith(StepPrefix, StringComparison.Ordinal)
        && long.TryParse(name.AsSpan(StepPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var step)
        && NameOf(step) == name ? step : null;

    private static long? Newest(IEnumerable<long> steps) => steps.Select(step => (long?)step).LastOrDefault();

    private static void RemoveTree(string directory)
    {
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static void Discard(string directory)
    {
        try
        {
            RemoveTree(directory);
        }
        catch (Exception error) when (DiskFault.Is(error))
        {
            // The error that brought us here is the one to report; the next save removes what is left.
        }
    }
}
