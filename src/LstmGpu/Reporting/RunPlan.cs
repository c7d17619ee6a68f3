namespace LstmGpu.Reporting;

/// <summary>What a run will need, known before anything is allocated: printed by <c>train --dry-run</c>.</summary>
/// <param name="Parameters">Every parameter tensor in arena order.</param>
/// <param name="Layers">Parameter counts of each recurrent layer.</param>
/// <param name="Arenas">Bytes of each arena, in the order of allocation.</param>
/// <param name="Device">The device the plan was made for.</param>
/// <param name="LargestBatch">The largest batch, other settings equal, whose arenas fit the device; 0 if none does.</param>
/// <param name="Data">The data in numbers.</param>
/// <param name="Summary">The data in one line.</param>
/// <param name="BatchesPerEpoch">Optimizer updates of one epoch.</param>
/// <param name="Steps">Optimizer updates of the run.</param>
public sealed record RunPlan(
    IReadOnlyList<ParameterRow> Parameters,
    IReadOnlyList<RecurrentLayerRow> Layers,
    IReadOnlyList<ArenaRow> Arenas,
    Devices.DeviceDescription Device,
    int LargestBatch,
    IReadOnlyList<DataRow> Data,
    string Summary,
    long BatchesPerEpoch,
    long Steps)
{
    /// <summary>Elements of all parameters.</summary>
    public long ParameterCount => Parameters.Sum(p => p.Count);

    /// <summary>Bytes of all arenas.</summary>
    public long TotalBytes => Arenas.Sum(a => a.Bytes);
}

/// <summary>A parameter tensor by its PyTorch name.</summary>
public sealed record ParameterRow(string Name, IReadOnlyList<long> Shape, long Count);

/// <summary>One recurrent layer: with one bias, as textbooks count (a plain LSTM: 4·H·(H+I+1)), and with PyTorch's two (4·H·(H+I+2)).</summary>
public sealed record RecurrentLayerRow(int Layer, int Input, int Hidden, long TextbookCount, long PyTorchCount);

/// <summary>A count of the data, such as <c>training tokens</c>.</summary>
public sealed record DataRow(string Name, long Count);

/// <summary>One arena of the memory plan.</summary>
public sealed record ArenaRow(string Name, long Bytes);
