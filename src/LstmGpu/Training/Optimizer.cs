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
        momentNames = options.Optimizer == "sgd" ? options.Momentum > 0 ? ["momentum_buffer"] : [] : ["exp_avg", "exp_avg_sq"];
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
        bool decoupled = IsDecoupled(options);
        double decay = WeightDecay(options);
        if (options.Optimizer == "sgd")
        {
            DeviceSlice<float> velocity = moments.Length > 0 ? moments[0].All : default;
            backend.Sgd(parameters.All, gradients.All, Factor, velocity, new SgdStep((float)rate, (float)options.Momentum, (float)decay, First: step == 1));
        }
        else
        {
            var update = new AdamStep(rate, options.Beta1, options.Beta2, options.Epsilon, decay, decoupled, step);
            backend.Adam(parameters.All, gradients.All, Factor, moments[0].All, moments[1].All, update);
        }
    }

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
