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

    /// <summary>Steps done: updates, and those that <see cref="LossScale"/> left out.</summary>
    public long Step { get; private set; }

    /// <summary>Time steps that the updates of this process took in, all rows together.</summary>
    public long Tokens { get; private set; }

    /// <summary>Pass over the data that the last update belonged to, from 0.</summary>
    public long Epoch => Math.Max(0, Step - 1) / task.BatchesPerEpoch;

    /// <summary>What the schedule's learning rates are multiplied by: <see cref="Plateau.Scale"/>.</summary>
    public double RateScale { get; set; } = 1;

    /// <summary>How the loss is scaled; null where products do not round to fp16.</summary>
    public LossScale? LossScale { get; set; }

    /// <summary>Whether the learning rates so far depend on the number of steps of the run.</summary>
    public bool ScheduleStretches => schedule.StretchesWithSteps;

    public IEnumerable<(string Name, long Bytes)> MemoryPlan() => arithmetic.MemoryPlan();

    /// <exception cref="DeviceException">The device has not that much memory.</exception>
    public void Allocate() => arithmetic.Allocate();

    /// <summary>Continues after this many updates; parameters, moments and carried state have been loaded.</summary>
    public void StartAt(long step)
    {
        Step = step;
        Network.ParametersChanged();
    }

    /// <summary>One batch forward, backward, clipped and applied.</summary>
    /// <exception cref="DivergedException">Loss, perplexity or gradient is not finite; the parameters have not been touched.</exception>
    public StepResult Advance()
    {
        long step = Step + 1;
        long tokens = task.Load(Step);
        (float loss, float norm) = arithmetic.Gradients(new DropoutKey((ulong)options.Seed, (ulong)step, 0), LossScale?.Scale ?? 1);
        var result = new StepResult(step, loss, schedule.Rate(step) * RateScale, norm);
        // A huge rate may leave every tensor finite and the model beyond repair: the perplexity shows that, here and in RequireSoundLoss.
        bool isLossSound = IsSound(result.Loss);
        if (isLossSound && !double.IsFinite(result.GradNorm) && LossScale is { MayHalve: true })
        {
            LossScale = LossScale.AfterSkip();
            arithmetic.Skip();
            Step = step;
            Tokens += tokens;
            return result with { Skipped = true };
        }
        if (!isLossSound || !double.IsFinite(result.GradNorm))
        {
            throw Diverged(result);
        }
        arithmetic.Apply(result.LearningRate, step - (LossScale?.Skipped ?? 0));
        LossScale = LossScale?.AfterUpdate();
        Step = step;
        Tokens += tokens;
        return result;
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
        if (FirstNotFinite(Network.Memory.Parameters) is { } parameter)
        {
            throw Diverged(Step, "the update left the range of float", $"first bad tensor: parameter '{parameter}'");
        }
    }

    public void Dispose() => arithmetic.Dispose();

    private bool IsSound(double loss) => double.IsFinite(task.IsCrossEntropy ? Math.Exp(loss) : loss);

    private DivergedException Diverged(StepResult result)
    {
        string what = !double.IsFinite(result.Loss) ? FormattableString.Invariant($"loss {result.Loss}")
            : IsSound(result.Loss) ? FormattableString.Invariant($"gradient norm {result.GradNorm}")
            : FormattableString.Invariant($"loss {result.Loss:G4}, whose perplexity is infinite");
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
        arena.Layout.Entries.FirstOrDefault(e => TensorFile.Parts(backend, arena[e]).Any(part => !TensorPrimitives.IsFiniteAll(part.Span)))?.Name;
}

/// <summary>What one update was.</summary>
/// <param name="Loss">Mean loss of the batch, before the update.</param>
/// <param name="GradNorm">Global gradient norm before clipping.</param>
/// <param name="Skipped">The scaled gradient left the range, so nothing was updated: <see cref="LossScale"/>.</param>
internal readonly record struct StepResult(long Step, double Loss, double LearningRate, double GradNorm, bool Skipped = false);
