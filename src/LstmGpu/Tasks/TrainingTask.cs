using LstmGpu.Devices;
using LstmGpu.Layers;
using LstmGpu.Reporting;
using LstmGpu.Training;

namespace LstmGpu.Tasks;

/// <summary>
/// One job that a network can be trained for: opens and checks the data, shapes the network, and knows by which figure a model is the best.
/// Opening writes nothing and takes no device memory. Adding a task is one class of this kind and a line in <see cref="TaskCatalog"/>.
/// </summary>
internal abstract class TrainingTask : IDisposable
{
    /// <summary>The data's file or folder, as messages name it.</summary>
    public abstract string DataPath { get; }

    /// <summary>SHA-256 of all data that the run depends on: a checkpoint continues with the same data only.</summary>
    public abstract string DataSha256 { get; }

    /// <summary>Whether there is anything to evaluate on.</summary>
    public abstract bool HasHeldOut { get; }

    /// <summary>Batches of one pass over the training data.</summary>
    public abstract long BatchesPerEpoch { get; }

    /// <summary>What to make smaller, beside <c>--hidden</c>, where no batch fits into memory, such as <c>--bptt</c>.</summary>
    public abstract string MemorySetting { get; }

    /// <summary>Batches above this are of no use to the data.</summary>
    public abstract int LargestUsefulBatch { get; }

    public abstract Objective Objective { get; }

    /// <summary>What follows from a loss alone, such as the perplexity of a cross-entropy.</summary>
    public abstract IReadOnlyList<Metric> Derived(double loss);

    /// <summary>The data in numbers: rows of <c>--dry-run</c>.</summary>
    public abstract IReadOnlyList<DataRow> Sizes { get; }

    /// <summary>The data in one line, such as <c>text 1,000 training and 100 validation tokens</c>.</summary>
    public abstract string Summary { get; }

    /// <summary>The data as <c>environment.json</c> records it, serialised in the form of the run's files.</summary>
    public abstract object Record { get; }

    /// <summary>The options with what the task decides filled in, paths whole, so that a run of config.json is this run.</summary>
    public abstract RunOptions Resolve(RunOptions options);

    /// <summary>The network for batches of this size, planned and not allocated.</summary>
    /// <exception cref="ConfigurationException">Settings that do not go together.</exception>
    public abstract ITrainable Plan(IBackend backend, int batch);

    /// <summary>The network of the run with its batches. The caller disposes its network.</summary>
    public abstract ITaskNetwork Open(IBackend backend);

    /// <summary>Writes what a model needs beside its parameters, such as the vocabulary.</summary>
    /// <exception cref="DataException">The file system refused.</exception>
    public abstract void WriteFiles(RunDirectory directory);

    /// <summary>Holds a checkpoint to the options before anything is allocated or written.</summary>
    /// <exception cref="ConfigurationException">The configuration asks for another architecture.</exception>
    public abstract void RequireFit(string checkpoint);

    public abstract void Dispose();
}
