using LstmGpu.Devices;
using LstmGpu.Memory;

namespace LstmGpu.Training;

/// <summary>Clips the gradients and updates the parameters; owns the moments, one arena each, laid out as the parameters.</summary>
internal sealed class Optimizer : IDisposable
{
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
            _ => ["exp_avg", "exp_avg_sq"],
        };
    }

    /// <summary>Names and arenas of the moments.</summary>
    public IEnumerable<(string Name, Arena Moments)> State => momentNames.Zip(moments);

    public IEnumerable<(string Name, long Bytes)> MemoryPlan() => momentNames.Select(n => (n, layout.Bytes));

    public void Allocate()
    {
        moments = momentNames.Select(n => new Arena(backend, n, layout)).ToArray();
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
    /// <param name="step">Number of this update, from 1.</param>
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
        (double decay, double epsilon) = (WeightDecay(options), Epsilon(options));
        switch (options.Optimizer)
        {
            case "sgd":
                var sgd = new SgdStep((float)rate, (float)options.Momentum, (float)decay, First: step == 1, options.Nesterov);
                backend.Sgd(parameters.All, gradients.All, Factor, Moments(0), sgd);
                break;
            case "rmsprop":
                var rmsprop = new RmspropStep(rate, options.Alpha, epsilon, options.Momentum, decay);
                backend.Rmsprop(parameters.All, gradients.All, Factor, Moments(0), Moments(1), rmsprop);
                break;
            case "adagrad":
                var adagrad = new AdagradStep(rate, options.LearningRateDecay, epsilon, decay, step);
                backend.Adagrad(parameters.All, gradients.All, Factor, Moments(0), adagrad);
                break;
            default:
                var adam = new AdamStep(rate, options.Beta1, options.Beta2, epsilon, decay, IsDecoupled(options), step);
                backend.Adam(parameters.All, gradients.All, Factor, Moments(0), Moments(1), adam);
                break;
        }
    }

    // Empty where the settings need no such moments.
    private DeviceSlice<float> Moments(int index) => index < moments.Length ? moments[index].All : default;

    /// <exception cref="ConfigurationException">As PyTorch, Nesterov's momentum without momentum is refused.</exception>
    public static void Check(TrainingOptions options)
    {
        if (options.Nesterov && (options.Optimizer != "sgd" || options.Momentum == 0))
        {
            throw new ConfigurationException(FormattableString.Invariant(
                $"--nesterov is found with --optimizer {options.Optimizer} and --momentum {options.Momentum}, expected sgd and a momentum above 0; set them or leave --nesterov out"));
        }
    }

    /// <summary>The term as set, or PyTorch's default for the optimizer.</summary>
    public static double Epsilon(TrainingOptions options) => options.Epsilon ?? (options.Optimizer == "adagrad" ? 1e-10 : 1e-8);

    /// <summary>The decay as set, or PyTorch's default for the optimizer.</summary>
    public static double WeightDecay(TrainingOptions options) => options.WeightDecay ?? (IsDecoupled(options) ? 0.01 : 0);

    private static bool IsDecoupled(TrainingOptions options) => options.Optimizer == "adamw";

    public void Dispose()
    {
        foreach (Arena arena in moments)
        {
            arena.Dispose();
        }
        scalars?.Dispose();
    }
}
