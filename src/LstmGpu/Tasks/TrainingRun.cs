using LstmGpu.Devices;
using LstmGpu.Formats;
using LstmGpu.Reporting;
using LstmGpu.Training;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LstmGpu.Tasks;

/// <summary>Trains a model into a run directory, from the start or from a checkpoint.</summary>
public sealed class TrainingRun : IDisposable
{
    private readonly RunDirectory directory;
    private readonly ILogger log;
    private readonly IBackend backend;
    private readonly TrainingTask task;
    private readonly ITaskNetwork network;
    private readonly Trainer trainer;
    private readonly string? checkpoint;
    private readonly RetentionPolicy retention;
    private readonly TimeSpan? longest;
    private readonly EvaluationDecisions decisions;
    private long savedStep;
    private bool prunable;
    private double trainingLoss = double.NaN;
    private Evaluation? validation; // at the present step, where it was evaluated

    private TrainingRun(RunOptions options, RunDirectory directory, string? checkpoint, ILogger log, Func<DeviceOptions, IBackend> open)
    {
        (this.directory, this.checkpoint, this.log) = (directory, checkpoint, log);
        retention = RetentionPolicy.Parse(options.Training.Keep);
        SettingRange.Check(options);
        Optimizer.Check(options.Training);
        LearningRateSchedule.Check(options.Training);
        longest = options.Training.MaxTime is { } time ? Duration.Parse("--max-time", time) : null;
        backend = open(options.Device);
        try
        {
            task = TaskCatalog.Open(options, checkpoint is null ? null : directory);
            RequireEvaluations(options.Training, options.Training.Schedule == "plateau", "--schedule plateau");
            RequireEvaluations(options.Training, options.Training.Patience > 0, "--patience");
            RequireEvaluations(options.Training, options.Training.NonMonotone > 0, "--non-monotone");
            long steps = options.Training.Steps ?? StepsOfEpochs(options.Training);
            Options = Resolved(options, steps);
            Plan = RunPlanner.Plan(backend, Options, task, steps);
            RunPlanner.RequireMemory(Plan, task.MemorySetting);
            network = task.Open(backend);
            trainer = new Trainer(backend, Options, network, steps);
            decisions = new EvaluationDecisions(Options.Training, task.Objective);
            RequireFit();
        }
        catch
        {
            task?.Dispose();
            backend.Dispose();
            throw;
        }
    }

    /// <summary>Where the run is written.</summary>
    public string Directory => directory.Path;

    /// <summary>The options as resolved: what was left to the program is filled in.</summary>
    public RunOptions Options { get; }

    /// <summary>What the run will take.</summary>
    public RunPlan Plan { get; }

    /// <summary>Optimizer updates done so far.</summary>
    public long Step => trainer.Step;

    private long Steps => Plan.Steps;

    /// <summary>Checks options, data and device, and plans memory. Writes nothing and allocates no arena.</summary>
    /// <exception cref="ConfigurationException">Settings that do not go together, or a run directory that is not empty.</exception>
    /// <exception cref="DataException">The data, vocabulary or init file cannot be used.</exception>
    /// <exception cref="DeviceException">The device is absent or too small.</exception>
    public static TrainingRun Create(RunOptions options, string directory, ILoggerFactory? logs = null) =>
        Create(options, directory, DeviceCatalog.Open, logs);

    /// <summary>As above, on a device that is not in the catalog.</summary>
    internal static TrainingRun Create(RunOptions options, string directory, Func<DeviceOptions, IBackend> open, ILoggerFactory? logs = null)
    {
        var target = new RunDirectory(directory);
        if (!target.IsFree)
        {
            throw new ConfigurationException($"--out '{directory}' is not empty, expected a new or empty directory; use another, or `lstmgpu resume {directory}`");
        }
        return new TrainingRun(options, target, null, Logger(logs), open);
    }

    /// <summary>Continues a run from its last checkpoint, bit for bit.</summary>
    /// <exception cref="ConfigurationException">Fewer steps than the run has done, a time that is none, or an edited config.json.</exception>
    /// <exception cref="DataException">There is no valid checkpoint, or the data has changed since.</exception>
    /// <exception cref="DeviceException">The device is absent or too small.</exception>
    public static TrainingRun Resume(string directory, ResumeOptions changes, ILoggerFactory? logs = null)
    {
        var target = new RunDirectory(directory);
        RunOptions options = target.ReadOptions();
        SettingRange.Check(options);
        string last = target.Checkpoints.Last()
            ?? throw new DataException($"'{directory}' holds no complete checkpoint to resume from; train again with another --out");
        CheckpointStore.Verify(last);
        TrainingState state = Checkpoint.ReadState(last);
        if (changes.Steps < state.Step)
        {
            throw new ConfigurationException($"--steps {changes.Steps} is the new total, but '{directory}' has already done {state.Step} steps; give a larger total");
        }
        if (options.Training.Bptt != state.Bptt)
        {
            throw new ConfigurationException($"checkpoint '{last}' was trained with bptt {state.Bptt}, the configuration says {options.Training.Bptt}; set training.bptt to {state.Bptt} in config.json");
        }
        if (state.Batch is { } batch && options.Training.Batch != batch)
        {
            throw new ConfigurationException($"checkpoint '{last}' has batch size {batch}, the configuration {options.Training.Batch}; set training.batch to {batch} in config.json, or train with another --out");
        }
        RunOptions changed = options with
        {
            Training = options.Training with
            {
                Steps = changes.Steps ?? options.Training.Steps,
                Patience = changes.Patience ?? options.Training.Patience,
                MaxTime = changes.MaxTime == ResumeOptions.NoMaxTime ? null : changes.MaxTime ?? options.Training.MaxTime,
            },
            Device = options.Device with { Name = changes.Device ?? options.Device.Name, Threads = changes.Threads ?? options.Device.Threads, Precision = changes.Precision ?? options.Device.Precision, Gemm = changes.Gemm ?? options.Device.Gemm },
        };
        var run = new TrainingRun(changed, target, last, Logger(logs), DeviceCatalog.Open);
        if (run.task.DataSha256 != state.CorpusSha256)
        {
            run.Dispose();
            throw new DataException($"'{run.task.DataPath}' has changed since the checkpoint was written (SHA-256 {run.task.DataSha256[..12]}…, expected {state.CorpusSha256[..12]}…); restore it or train again");
        }
        return run;
    }

    /// <summary>Trains to the end, or finishes the step, saves and returns when <paramref name="cancel"/> fires.</summary>
    /// <exception cref="DivergedException">NaN or infinity; the last good checkpoint stays.</exception>
    /// <exception cref="DataException">The file system refused; the last good checkpoint stays.</exception>
    /// <exception cref="DeviceException">The device failed; the last checkpoint stays.</exception>
    public TrainingResult Run(IProgress<TrainingProgress>? progress = null, CancellationToken cancel = default)
    {
        using FileStream held = directory.Hold();
        Prepare();
        using var metrics = new MetricsLog(directory.Metrics);
        using var performance = new PerformanceLog(directory.Performance);
        var clock = new RunClock(trainer.Step);
        var session = new Session(metrics, performance, clock, progress);
        savedStep = checkpoint is null ? -1 : trainer.Step;
        try
        {
            TrainSteps(session, cancel);
            if (savedStep != trainer.Step)
            {
                Save(metrics);
            }
            if (trainer.Step == Steps || decisions.OutOfPatience || session.OutOfTime)
            {
                ValidateEnd(session);
                PruneProven();
            }
        }
        catch (DivergedException)
        {
            RemoveUnproven();
            throw;
        }
        catch (DeviceException error)
        {
            throw DeviceFailure(error);
        }
        bool unfinished = trainer.Step < Steps;
        bool early = decisions.OutOfPatience && unfinished;
        bool late = session.OutOfTime && unfinished && !early;
        bool interrupted = unfinished && !early && !late;
        string end = interrupted ? "interrupted" : early ? "out of patience" : late ? "out of time" : "done";
        log.LogInformation("{End} at step {Step} after {Elapsed}", end, trainer.Step, clock.Elapsed);
        return new(
            interrupted, trainer.Step, trainingLoss, task.Derived(trainingLoss), interrupted ? null : validation, task.Objective, decisions.BestValue,
            clock.Elapsed, clock.MeanTokensPerSecond(trainer.Tokens), early)
        {
            OutOfTime = late,
            Skipped = trainer.Skips.Total,
            OverfitBatch = Options.Training.OverfitBatch,
        };
    }

    public void Dispose()
    {
        trainer.Dispose();
        task.Dispose();
        backend.Dispose();
    }

    private void Prepare()
    {
        trainer.Allocate();
        if (checkpoint is null)
        {
            trainer.Network.Initialise(Options.Training.Seed);
            LoadInit();
            trainer.Start();
            directory.Begin(Options, task, backend.Device);
            log.LogInformation("training on {Device} ({Model}, {Detail})", backend.Device.Name, backend.Device.Model, backend.Device.Detail);
            return;
        }
        LoadCheckpoint(checkpoint);
        WarnOfAnotherLibrary();
        directory.WriteOptions(Options);
        directory.WriteEnvironment(task, backend.Device);
    }

    private void WarnOfAnotherLibrary()
    {
        if (directory.ReadEnvironment()?["device"]?["gemm_library"] is { } had && backend.Device.GemmLibrary is { } has && had.ToString() != has)
        {
            log.LogWarning("the run multiplied by {Had} and goes on by {Has}: its bits may differ from those of a run that was never stopped", had.ToString(), has);
        }
    }

    // While nothing is written yet.
    private void RequireFit()
    {
        if (checkpoint is not null)
        {
            task.RequireFit(checkpoint);
        }
        else if (Options.Training.Init is { } path)
        {
            using SafetensorsReader file = SafetensorsReader.Open(path);
            TensorFile.RequireFit(file, path, trainer.Network.Memory);
        }
    }

    private void LoadInit()
    {
        if (Options.Training.Init is { } path)
        {
            using SafetensorsReader file = SafetensorsReader.Open(path);
            TensorFile.Load(file, path, backend, trainer.Network.Memory);
        }
    }

    private void LoadCheckpoint(string path)
    {
        TrainingState state = Checkpoint.ReadState(path);
        Checkpoint.Load(path, backend, trainer);
        trainer.StartAt(state.Step, state.Skips);
        decisions.Restore(state);
        ApplyDecisions();
        if (trainer.LossScale is not null && state.LossScale is { } scale)
        {
            trainer.LossScale = scale;
        }
        if (decisions.BestStep is { } step)
        {
            directory.Checkpoints.SetBest(step);
        }
        MetricsLog.CutTo(directory.Metrics, state.MetricsBytes);
        PerformanceLog.Truncate(directory.Performance, state.Step);
        log.LogInformation("resuming '{Checkpoint}' on {Device}", path, backend.Device.Name);
        if (trainer.ScheduleStretches)
        {
            log.LogWarning("the schedule '{Schedule}' stretches with --steps: a run of another length has other learning rates; set training.schedule_steps to fix it", Options.Training.Schedule);
        }
    }

    private void TrainSteps(Session session, CancellationToken cancel)
    {
        TrainingOptions every = Options.Training;
        while (trainer.Step < Steps && !decisions.OutOfPatience && !cancel.IsCancellationRequested)
        {
            StepResult step = trainer.Advance();
            if (step.Skipped)
            {
                LogSkipped(step);
            }
            if (!double.IsNaN(step.Loss))
            {
                PruneProven();
                trainingLoss = step.Loss;
            }
            validation = null;
            if (double.IsNaN(step.Loss) || step.Step == 1 || step.Step % every.LogEvery == 0)
            {
                Log(step, session);
            }
            bool best = EvaluationIsDue && Evaluates && ValidateOnSchedule(session, step);
            if (best || (every.SaveEvery > 0 && step.Step % every.SaveEvery == 0))
            {
                Save(session.Metrics);
            }
            if (session.Clock.Elapsed >= longest)
            {
                session.OutOfTime = true;
                return;
            }
        }
    }

    private bool Evaluates => task.HasHeldOut && !Options.Training.OverfitBatch;

    private void LogSkipped(StepResult step)
    {
        if (double.IsNaN(step.Loss))
        {
            log.LogWarning("step {Step} was skipped: its loss or gradient norm is not finite; {Count} so far", step.Step, trainer.Skips.Total);
        }
        else
        {
            log.LogInformation("step {Step}: a gradient is not finite, its update is left out; the loss scale falls to {Scale}", step.Step, trainer.LossScale!.Scale);
        }
    }

    private bool EvaluationIsDue => Options.Training.EvalEvery > 0 && trainer.Step % Options.Training.EvalEvery == 0;

    // Whether it is the best so far.
    private bool ValidateOnSchedule(Session session, StepResult step)
    {
        Evaluation found = Validate(session, session.Metrics, step.LearningRate);
        bool best = decisions.Take(found, step.Step, trainer.Updates);
        ApplyDecisions();
        return best;
    }

    private void ApplyDecisions()
    {
        trainer.RateScale = decisions.Plateau?.Scale ?? 1;
        if (decisions.NonMonotone?.Start is { } start && trainer.Optimizer.AverageStart != start)
        {
            log.LogInformation("averaging the parameters after update {Update}", start);
            trainer.Optimizer.AverageStart = start;
        }
    }

    // Off the schedule this evaluation is no part of the state, so that a run that is continued from here knows nothing of it. On the schedule it has
    // been made and logged, unless this process has only resumed a run that was done.
    private void ValidateEnd(Session session)
    {
        if (!Evaluates || validation is not null)
        {
            return;
        }
        if (decisions.TakeEnd(Validate(session, EvaluationIsDue ? null : session.Metrics, double.NaN)))
        {
            directory.Checkpoints.SetBest(trainer.Step);
        }
    }

    private void Log(StepResult step, Session session)
    {
        IReadOnlyList<Metric> derived = task.Derived(step.Loss);
        session.Metrics.AppendTraining(step.Step, trainer.Epoch, step.Loss, derived, step.LearningRate, step.GradNorm);
        (double tokensPerSecond, double milliseconds) = session.Clock.Lap(step.Step, trainer.Tokens);
        session.Performance.Append(step.Step, tokensPerSecond, milliseconds, Plan.TotalBytes);
        session.Progress?.Report(new(step.Step, Steps, trainer.Epoch, "train", step.Loss, derived, step.LearningRate, step.GradNorm, tokensPerSecond, session.Clock.Elapsed));
    }

    private Evaluation Validate(Session session, MetricsLog? metrics, double rate)
    {
        Evaluation found = trainer.WithAverage(() => network.Evaluate(CancellationToken.None)) ?? throw new InvalidOperationException("the task holds data out and did not evaluate it");
        trainer.RequireSoundLoss("validation loss", found.Loss);
        metrics?.AppendValidation(trainer.Step, trainer.Epoch, found.Loss, found.Metrics);
        log.LogInformation("step {Step}: validation loss {Loss}", trainer.Step, found.Loss);
        session.Clock.Skip();
        session.Progress?.Report(new(trainer.Step, Steps, trainer.Epoch, "validation", found.Loss, found.Metrics, rate, double.NaN, double.NaN, session.Clock.Elapsed));
        validation = found;
        return found;
    }

    private void Save(MetricsLog metrics)
    {
        trainer.RequireFiniteParameters();
        metrics.Sync();
        double? best = decisions.BestStep is null ? null : decisions.BestValue;
        Skips? skips = trainer.Skips.Total > 0 ? trainer.Skips : null;
        int version = TrainingState.VersionOf(decisions.NonMonotone, skips, trainer.LossScale);
        var state = new TrainingState(
            version, trainer.Step, decisions.BestStep, best, metrics.Length, Options.Training.Bptt, task.DataSha256, decisions.Plateau, decisions.SinceBest, decisions.NonMonotone, skips, trainer.LossScale,
            Batch: Options.Training.Batch);
        CheckpointStore store = directory.Checkpoints;
        store.Save(trainer.Step, temporary => Checkpoint.Write(temporary, backend, trainer, state));
        store.SetLast(trainer.Step);
        if (decisions.BestStep == trainer.Step)
        {
            store.SetBest(trainer.Step);
        }
        savedStep = trainer.Step;
        prunable = true;
        log.LogInformation("saved '{Checkpoint}'", store.PathOf(trainer.Step));
    }

    // A checkpoint is known to be good when the step after it had a finite loss: until then the one before it stays.
    private void PruneProven()
    {
        if (prunable)
        {
            directory.Checkpoints.Prune(retention, decisions.BestStep);
            prunable = false;
        }
    }

    // Training diverged right after this checkpoint, so what it holds is what diverged. An evaluated best has been proven.
    private void RemoveUnproven()
    {
        CheckpointStore store = directory.Checkpoints;
        long lastUpdate = trainer.Step - trainer.Skips.InARow; // the steps since then were skipped, and left the same parameters
        foreach (long step in store.Steps().Where(step => step >= lastUpdate && step <= savedStep && step != decisions.BestStep).Reverse())
        {
            if (store.Steps().Count == 1)
            {
                return;
            }
            store.Remove(step);
            log.LogWarning("removed the checkpoint of step {Step}: training diverged from it", step);
        }
    }

    private DeviceException DeviceFailure(DeviceException error)
    {
        string next = directory.Checkpoints.Last() is { } last ? $"'{last}' is the last checkpoint: `lstmgpu resume {Directory}` continues from it" : "no checkpoint was written yet: train again";
        return new($"device '{backend.Device.Name}' ({backend.Device.Model}) failed after step {trainer.Step}: {error.Message}; {next}", error);
    }

    private void RequireEvaluations(TrainingOptions training, bool needed, string what)
    {
        if (needed && training.OverfitBatch)
        {
            throw new ConfigurationException($"{what} decides by evaluations, and --overfit-batch makes none; leave one of them out");
        }
        if (needed && (training.EvalEvery == 0 || !task.HasHeldOut))
        {
            string heldOut = task.HasHeldOut ? "data" : "nothing";
            throw new ConfigurationException(FormattableString.Invariant(
                $"{what} decides by evaluations, found --eval-every {training.EvalEvery} and {heldOut} held out; set --eval-every and --validation-fraction above 0"));
        }
    }

    private long StepsOfEpochs(TrainingOptions training) =>
        checked((training.Epochs * task.BatchesPerEpoch) + training.Accumulate - 1) / training.Accumulate;

    // Written down as decided, so that a run of config.json is this run whatever later defaults are.
    private RunOptions Resolved(RunOptions options, long steps) => task.Resolve(options) with
    {
        Training = options.Training with
        {
            Steps = steps,
            WeightDecay = Optimizer.WeightDecay(options.Training),
            Epsilon = Optimizer.Epsilon(options.Training),
            Lambda = Optimizer.Lambda(options.Training),
            T0 = Optimizer.T0(options.Training),
            Init = options.Training.Init is { } init ? Path.GetFullPath(init) : null,
        },
        Device = options.Device with { Name = backend.Device.Name, Precision = backend.Device.Precision, Gemm = backend.Device.Gemm ?? options.Device.Gemm },
    };

    private static ILogger Logger(ILoggerFactory? logs) => (logs ?? NullLoggerFactory.Instance).CreateLogger<TrainingRun>();

    /// <summary>What one call of <see cref="Run"/> writes to and measures with.</summary>
    private sealed record Session(MetricsLog Metrics, PerformanceLog Performance, RunClock Clock, IProgress<TrainingProgress>? Progress)
    {
        /// <summary>The process has trained for <c>--max-time</c>.</summary>
        public bool OutOfTime { get; set; }
    }
}
