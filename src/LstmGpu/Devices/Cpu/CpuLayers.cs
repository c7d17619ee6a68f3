namespace LstmGpu.Devices.Cpu;

/// <summary>The tasks behind the operations of layers beside the recurrence.</summary>
internal sealed class CpuLayers<S, V>(CpuThreadTeam team) where S : struct, ISimd<V> where V : unmanaged
{
    public CpuElements.Add Add { get; } = new(team);

    public CpuElements.Multiply Multiply { get; } = new(team);

    public CpuElements.Loss ElementLoss { get; } = new(team);

    public CpuForecastLoss.Quantile QuantileLoss { get; } = new(team);

    public CpuForecastLoss.Gaussian GaussianLoss { get; } = new(team);

    public CpuPeriodicDropout<S, V> PeriodicDropout { get; } = new(team);

    public CpuLayerNorm<S, V>.Forward NormForward { get; } = new(team);

    public CpuLayerNorm<S, V>.Backward NormBackward { get; } = new(team);

    public CpuLayerNorm<S, V>.Parameters NormParameters { get; } = new(team);

    public CpuPooling.Forward PoolForward { get; } = new(team);

    public CpuPooling.Backward PoolBackward { get; } = new(team);

    public CpuPenalty<S, V> Penalty { get; } = new(team);
}
