using System.Numerics.Tensors;
using LstmGpu.Devices;
using LstmGpu.Layers;
using LstmGpu.Memory;

namespace LstmGpu.Training;

/// <summary>One training step after the other. Everything that decides step s follows from s, the parameters, the moments and the carried state.</summary>
internal sealed class Trainer : IDisposable
{
    private readonly IBackend backend;
    private readonly TrainingOptions options;
    private readonly LearningRateSchedule schedule;
    private readonly ITaskNetwork task;
    private readonly TrainingStep arithmetic;

    /// <summary>Plans; <see cref="Allocate"/> takes the memory.</summary>
    /// <param name="task">Its network is disposed with the trainer.</param>
    public Trainer(IBackend backend, RunOptions run, ITaskNetwork task, long steps)
    {
        (this.backend, options, this.task) = (backend, run.Training, task);
        arithmetic = new TrainingStep(backend, options, task.Network, run.Device.Graph == "on");
        schedule = new LearningRateSchedule(options, steps);
        LossScale = backend.Device.Precision == PrecisionWord.Fp16 ? new() : null;
    }

    public ITrainable Network => arithmetic.Network;

    public Optimizer Optimizer => arithmetic.Optimizer;

    /// <summary>Steps done: an update each, but for those that were skipped or that <see cref="LossScale"/> left out.</summary>
    public long Step { get; private set; }

    /// <summary>Time steps that the updates of this process took in, all rows together.</summary>
    public long Tokens { get; private set; }

    /// <summary>Pass over the data that the last update belonged to, from 0.</summary>
    public long Epoch => options.OverfitBatch ? 0 : Math.Max(0, (Step * options.Accumulate) - 1) / task.BatchesPerEpoch;

    /// <summary>Steps that were passed over.</summary>
    public Skips Skips { get; private set; } = Skips.None;

    /// <summary>Updates of the optimizer: the steps that were not passed over.</summary>
    public long Updates => Step - Skips.Total - (LossScale?.Skipped ?? 0);

    /// <summary>What the schedule's learning rates are multiplied by: <see cref="Plateau.Scale"/>.</summary>
    public double RateScale { get; set; } = 1;

    /// <summary>How the loss is scaled; null where products do not round to fp16.</summary>
    public LossScale? LossScale { get; set; }

    /// <summary>Whether the learning rates so far depend on the number of steps of the run.</summary>
    public bool ScheduleStretches => schedule.StretchesWithSteps;

    public IEnumerable<(string Name, long Bytes)> MemoryPlan() => arithmetic.MemoryPlan();

    /// <exception cref="DeviceException">The device has not that much memory.</exception>
    public void Allocate() => arithmetic.Allocate();

    /// <summary>Begins with the parameters as they are.</summary>
    public void Start()
    {
        Optimizer.BeginAverage(Network.Memory.Parameters);
        Network.ParametersChanged();
    }

    /// <summary>Continues after this many steps; parameters, moments, average and carried state have been loaded.</summary>
    public void StartAt(long step, Skips? skips = null)
    {
        (Step, Skips) = (step, skips ?? Skips.None);
        Network.ParametersChanged();
    }

    /// <summary>The batches of one update forward and backward, their mean gradient clipped and applied.</summary>
    /// <exception cref="DivergedException">Loss, perplexity or gradient is not finite and may not be passed over; the parameters have not been touched.</exception>
    public StepResult Advance()
    {
        long step = Step + 1;
        (double loss, float norm) = options.Accumulate == 1 ? arithmetic.Gradients(LoadBatch(0), LossScale?.Scale ?? 1) : Accumulated();
        var result = new StepResult(step, loss, schedule.Rate(step) * RateScale, norm);
        // A huge rate may leave every tensor finite and the model beyond repair: the perplexity shows that, here and in RequireSoundLoss.
        bool isLossSound = IsSound(result.Loss);
        if (isLossSound && !double.IsFinite(result.GradNorm) && LossScale is { MayHalve: true })
        {
            LossScale = LossScale.AfterSkip();
            arithmetic.Skip();
            Step = step;
            return result with { Skipped = true };
        }
        if (!isLossSound || !double.IsFinite(result.GradNorm))
        {
            if (options.OnNan != "skip" || Skips.InARow == options.SkipLimit)
            {
                throw Diverged(result);
            }
            arithmetic.Skip();
            (Step, Skips) = (step, Skips.OneMore());
            return result with { Loss = double.NaN, Skipped = true };
        }
        arithmetic.Apply(result.LearningRate, Updates + 1);
        LossScale = LossScale?.AfterUpdate();
        (Step, Skips) = (step, Skips.Ended());
        return result;
    }

    /// <summary>Computes with ASGD's average in place of the parameters, where there is one; the gradients, unused between steps, keep those meanwhile.</summary>
    public T WithAverage<T>(Func<T> compute)
    {
        if (Optimizer.Average is not { } average)
        {
            return compute();
        }
        (Arena parameters, Arena kept) = (Network.Memory.Parameters, Network.Memory.Gradients);
        backend.Copy(parameters.All, kept.All);
        Put(average);
        T found = compute();
        Put(kept);
        return found;

        void Put(Arena values)
        {
            backend.Copy(values.All, parameters.All);
            Network.ParametersChanged();
        }
    }

    /// <summary>The loss of an evaluation, after the last update.</summary>
    /// <exception cref="DivergedException">It is not finite, or the perplexity of a cross-entropy is not.</exception>
    public void RequireSoundLoss(string what, double loss)
    {
        if (!IsSound(loss))
        {
            throw Diverged(Step, FormattableString.Invariant($"{what} {loss:G4}"), $"the largest tensor is parameter '{Largest(Network.Memory.Parameters)}'");
        }
    }

    /// <summary>A checkpoint with an infinite parameter would not be the last good one: the last update may have overflowed.</summary>
    /// <exception cref="DivergedException">A parameter is not finite.</exception>
    public void RequireFiniteParameters()
    {
        if ((FirstNotFinite(Network.Memory.Parameters) ?? (Optimizer.Average is { } average ? FirstNotFinite(average) : null)) is { } parameter)
        {
            throw Diverged(Step, "the update left the range of float", $"first bad tensor: parameter '{parameter}'");
        }
    }

    public void Dispose() => arithmetic.Dispose();

    // Every batch has masks of its own.
    private DropoutKey LoadBatch(int part)
    {
        long batch = (Step * options.Accumulate) + part;
        Tokens += task.Load(options.OverfitBatch ? part : batch);
        return new DropoutKey((ulong)options.Seed, (ulong)batch + 1, 0);
    }

    private (double Loss, float Norm) Accumulated()
    {
        double sum = 0;
        for (int part = 0; part < options.Accumulate; part++)
        {
            sum += arithmetic.AddGradients(LoadBatch(part), LossScale?.Scale ?? 1, first: part == 0, last: part == options.Accumulate - 1);
        }
        return (sum / options.Accumulate, arithmetic.EndGradients());
    }

    private bool IsSound(double loss) => double.IsFinite(task.IsCrossEntropy ? Math.Exp(loss) : loss);

    private DivergedException Diverged(StepResult result)
    {
        string what = !double.IsFinite(result.Loss) ? FormattableString.Invariant($"loss {result.Loss}")
            : IsSound(result.Loss) ? FormattableString.Invariant($"gradient norm {result.GradNorm}")
            : FormattableString.Invariant($"loss {result.Loss:G4}, whose perplexity is infinite");
        what += Skips.InARow > 0 ? FormattableString.Invariant($" after skipping {Skips.InARow} in a row") : "";
        string where = FirstNotFinite(Network.Memory.Parameters) is { } parameter ? $"first bad tensor: parameter '{parameter}'"
            : FirstNotFinite(Network.Memory.Gradients) is { } gradient ? $"first bad tensor: gradient of '{gradient}'"
            : $"no tensor holds NaN or infinity, the first bad tensor is the largest: parameter '{Largest(Network.Memory.Parameters)}'";
        return Diverged(result.Step, what, where);
    }

    private DivergedException Diverged(long step, string what, string where) => new(
        FormattableString.Invariant($"training diverged at step {step}: {what}, expected a finite number; {where}; lower --lr ({options.LearningRate}) or {(options.ClipNorm > 0 ? "--clip-norm" : "set --clip-norm")}"));

    private string Largest(Arena arena) =>
        arena.Layout.Entries.MaxBy(e => TensorFile.Parts(backend, arena[e]).Max(part => TensorPrimitives.MaxMagnitude(part.Span)))!.Name;

    private string? FirstNotFinite(Arena arena) =>
        arena.Layout.Entries.FirstOrDefault(e => !TensorFile.IsFinite(backend, arena[e]))?.Name;
}

/// <summary>What one step was.</summary>
/// <param name="Loss">Mean loss of the step's batches, before the update; NaN where it was skipped.</param>
/// <param name="GradNorm">Global gradient norm before clipping.</param>
/// <param name="Skipped">No update was made: by <c>--on-nan skip</c>, whose loss is NaN here, or by the <see cref="LossScale"/>.</param>
internal readonly record struct StepResult(long Step, double Loss, double LearningRate, double GradNorm, bool Skipped = false);
