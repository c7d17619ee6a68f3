using LstmGpu.Devices;
using LstmGpu.Memory;

namespace LstmGpu.Training;

/// <summary>Clips the gradients and updates the parameters; owns the moments and the average, one arena each, laid out as the parameters.</summary>
internal sealed class Optimizer : IDisposable
{
    private const string AverageName = "ax"; // as PyTorch
    private readonly IBackend backend;
    private readonly TrainingOptions options;
    private readonly ArenaLayout layout;
    private readonly string[] momentNames;
    private Arena[] moments = [];
    private DeviceBuffer? scalars;

    public Optimizer(IBackend backend, TrainingOptions options, ArenaLayout parameters)
    {
        (this.backend, this.options, layout) = (backend, options, parameters);
        // PyTorch's names for the state of its optimizers.
        string[] velocity = options.Momentum > 0 ? ["momentum_buffer"] : [];
        momentNames = options.Optimizer switch
        {
            "sgd" => velocity,
            "rmsprop" => ["square_avg", .. velocity],
            "adagrad" => ["sum"],
            "asgd" => [],
            _ => ["exp_avg", "exp_avg_sq"],
        };
        AverageStart = T0(options);
    }

    /// <summary>The mean of the parameters since <see cref="AverageStart"/>, and before it the parameters: what an ASGD run evaluates and saves. Null under other optimizers.</summary>
    public Arena? Average { get; private set; }

    /// <summary>PyTorch's t0: updates before the average begins; null while <c>--non-monotone</c> waits.</summary>
    public long? AverageStart { get; set; }

    /// <summary>Names and arenas of the moments.</summary>
    public IEnumerable<(string Name, Arena Moments)> State => momentNames.Zip(moments);

    public IEnumerable<(string Name, long Bytes)> MemoryPlan() => (IsAveraging(options) ? [.. momentNames, AverageName] : momentNames).Select(n => (n, layout.Bytes));

    public void Allocate()
    {
        moments = momentNames.Select(n => new Arena(backend, n, layout)).ToArray();
        Average = IsAveraging(options) ? new Arena(backend, AverageName, layout) : null;
        scalars = backend.Allocate("clipping", 2 * sizeof(float));
        backend.Fill(Factor, 1);
    }

    private DeviceSlice<float> NormSlice => new(scalars!, 0, 1);

    private DeviceSlice<float> Factor => new(scalars!, 1, 1);

    /// <summary>The global norm of the gradients, before clipping: PyTorch's clip_grad_norm_ returns the same.</summary>
    public DeviceSlice<float> Norm(Arena gradients)
    {
        backend.Norm(gradients.All, NormSlice);
        return NormSlice;
    }

    /// <summary>Divides the gradients by a power of two.</summary>
    public void Unscale(Arena gradients, float scale)
    {
        backend.Fill(Factor, 1 / scale);
        backend.ClipValue(gradients.All, Factor, float.PositiveInfinity);
    }

    /// <summary>Clips by norm, then by value, and updates. <see cref="Norm"/> must have been called for these gradients.</summary>
    /// <param name="step">Number of this update, from 1; steps that were skipped do not count.</param>
    public void Update(Arena parameters, Arena gradients, double rate, long step)
    {
        if (options.ClipNorm > 0)
        {
            backend.ClipFactor(NormSlice, (float)options.ClipNorm, Factor);
        }
        if (options.ClipValue > 0)
        {
            backend.ClipValue(gradients.All, Factor, (float)options.ClipValue);
        }
        switch (options.Optimizer)
        {
            case "sgd":
                backend.Sgd(parameters.All, gradients.All, Factor, Moments(0), Sgd(rate, step));
                break;
            case "rmsprop":
                backend.Rmsprop(parameters.All, gradients.All, Factor, Moments(0), Moments(1), Rmsprop(rate));
                break;
            case "adagrad":
                backend.Adagrad(parameters.All, gradients.All, Factor, Moments(0), Adagrad(rate, step));
                break;
            case "asgd":
                var asgd = new AsgdStep(rate, Lambda(options), options.AsgdAlpha, WeightDecay(options), step, AverageStart ?? long.MaxValue);
                backend.Asgd(parameters.All, gradients.All, Factor, Average!.All, asgd);
                break;
            default:
                backend.Adam(parameters.All, gradients.All, Factor, Moments(0), Moments(1), Adam(rate, step));
                break;
        }
    }

    /// <summary>Whether <see cref="Values"/> is all that an update takes from its step.</summary>
    public bool IsReplayable => !IsAveraging(options);

    /// <summary>What <see cref="Update"/> takes from the step.</summary>
    public UpdateValues Values(double rate, long step) => options.Optimizer switch
    {
        "sgd" => Sgd(rate, step).Values,
        "rmsprop" => Rmsprop(rate).Values,
        "adagrad" => Adagrad(rate, step).Values,
        _ => Adam(rate, step).Values,
    };

    private SgdStep Sgd(double rate, long step) => new((float)rate, (float)options.Momentum, (float)WeightDecay(options), First: step == 1, options.Nesterov);

    private RmspropStep Rmsprop(double rate) => new(rate, options.Alpha, Epsilon(options), options.Momentum, WeightDecay(options));

    private AdagradStep Adagrad(double rate, long step) => new(rate, options.LearningRateDecay, Epsilon(options), WeightDecay(options), step);

    private AdamStep Adam(double rate, long step) => new(rate, options.Beta1, options.Beta2, Epsilon(options), WeightDecay(options), IsDecoupled(options), step);

    // Empty where the settings need no such moments.
    private DeviceSlice<float> Moments(int index) => index < moments.Length ? moments[index].All : default;

    /// <summary>Before the first update the average is the parameters.</summary>
    public void BeginAverage(Arena parameters)
    {
        if (Average is not null)
        {
            backend.Copy(parameters.All, Average.All);
        }
    }

    /// <exception cref="ConfigurationException">As PyTorch, Nesterov's momentum without momentum is refused; so is a start of the average that nothing would use.</exception>
    public static void Check(TrainingOptions options)
    {
        if (options.NonMonotone > 0 && options.Optimizer != "asgd")
        {
            throw new ConfigurationException($"--non-monotone starts the average of asgd, found --optimizer {options.Optimizer}; use --optimizer asgd or leave --non-monotone out");
        }
        if (options is { NonMonotone: > 0, T0: not null })
        {
            throw new ConfigurationException($"--t0 {options.T0} and --non-monotone {options.NonMonotone} both say when the average begins, expected one of them; leave the other out");
        }
        if (options.Nesterov && (options.Optimizer != "sgd" || options.Momentum == 0))
        {
            throw new ConfigurationException(FormattableString.Invariant(
                $"--nesterov is found with --optimizer {options.Optimizer} and --momentum {options.Momentum}, expected sgd and a momentum above 0; set them or leave --nesterov out"));
        }
    }

    /// <summary>The term as set, or PyTorch's default for the optimizer.</summary>
    public static double Epsilon(TrainingOptions options) => options.Epsilon ?? (options.Optimizer == "adagrad" ? 1e-10 : 1e-8);

    /// <summary>asgd's decay as set, or PyTorch's default; NT-ASGD has none (Merity et al. 2018).</summary>
    public static double Lambda(TrainingOptions options) => options.Lambda ?? (options.NonMonotone > 0 ? 0 : 1e-4);

    /// <summary>When asgd begins to average: as set, or PyTorch's default; null where <c>--non-monotone</c> decides.</summary>
    public static long? T0(TrainingOptions options) => options.NonMonotone > 0 ? null : options.T0 ?? 1_000_000;

    /// <summary>The decay as set, or PyTorch's default for the optimizer.</summary>
    public static double WeightDecay(TrainingOptions options) => options.WeightDecay ?? (IsDecoupled(options) ? 0.01 : 0);

    private static bool IsAveraging(TrainingOptions options) => options.Optimizer == "asgd";

    private static bool IsDecoupled(TrainingOptions options) => options.Optimizer == "adamw";

    public void Dispose()
    {
        foreach (Arena arena in moments)
        {
            arena.Dispose();
        }
        Average?.Dispose();
        scalars?.Dispose();
    }
}
