namespace LstmGpu.Tests.Layers;

/// <summary>Small models: every cell and every setting alone, and what people use together.</summary>
internal static class Models
{
    /// <summary>Of an LSTM, with everything that goes together.</summary>
    public static readonly ModelOptions Everything = new()
    {
        Embedding = 4,
        Hidden = 6,
        Layers = 2,
        Projection = 4,
        Tie = true,
        ForgetBias = 1,
        Peepholes = true,
        LayerNorm = true,
        CellClip = 3,
        Dropout = 0.3,
        OutputDropout = 0.2,
        InputDropout = 0.2,
        Variational = true,
        HiddenDropout = 0.2,
        RecurrentDropout = 0.2,
        WeightDrop = 0.3,
        Zoneout = 0.1,
        ZoneoutCell = 0.2,
        EmbeddingDropout = 0.2,
        ActivationPenalty = 2,
        TemporalPenalty = 1,
    };

    /// <summary>A GRU with all that a GRU has.</summary>
    public static readonly ModelOptions RegularisedGru = new()
    {
        Cell = "gru",
        Embedding = 5,
        Hidden = 5,
        Layers = 2,
        Tie = true,
        Dropout = 0.3,
        OutputDropout = 0.2,
        InputDropout = 0.2,
        HiddenDropout = 0.2,
        RecurrentDropout = 0.2,
        WeightDrop = 0.3,
        Zoneout = 0.2,
        EmbeddingDropout = 0.2,
        ActivationPenalty = 2,
        TemporalPenalty = 1,
    };

    public static readonly IReadOnlyDictionary<string, ModelOptions> Named = new Dictionary<string, ModelOptions>
    {
        ["plain"] = new() { Embedding = 3, Hidden = 5, Layers = 2 },
        ["dropout"] = new() { Embedding = 3, Hidden = 5, Layers = 2, Dropout = 0.3, OutputDropout = 0.3 },
        ["one-hot"] = new() { Embedding = 0, Hidden = 5 },
        ["one-hot with dropout"] = new() { Embedding = 0, Hidden = 5, Layers = 3, Dropout = 0.4, OutputDropout = 0.4, InputDropout = 0.2 },
        ["variational dropout"] = new() { Embedding = 3, Hidden = 5, Layers = 2, Dropout = 0.3, OutputDropout = 0.4, InputDropout = 0.2, Variational = true },
        ["tied"] = new() { Embedding = 5, Hidden = 5, Tie = true },
        ["embedding dropout"] = new() { Embedding = 3, Hidden = 5, EmbeddingDropout = 0.4 },
        ["tied, embedding dropout"] = new() { Embedding = 5, Hidden = 5, Layers = 2, Tie = true, EmbeddingDropout = 0.4 },
        ["activation penalty"] = new() { Embedding = 3, Hidden = 5, Layers = 2, ActivationPenalty = 2 },
        ["temporal penalty"] = new() { Embedding = 3, Hidden = 5, Layers = 2, TemporalPenalty = 2 },
        ["penalties and dropout"] = new() { Embedding = 3, Hidden = 5, OutputDropout = 0.4, ActivationPenalty = 2, TemporalPenalty = 1 },
        ["weight drop"] = new() { Embedding = 3, Hidden = 5, Layers = 2, WeightDrop = 0.4 },
        ["zoneout of h"] = new() { Embedding = 3, Hidden = 5, Layers = 2, Zoneout = 0.3 },
        ["zoneout of c"] = new() { Embedding = 3, Hidden = 5, Layers = 2, ZoneoutCell = 0.3 },
        ["hidden dropout"] = new() { Embedding = 3, Hidden = 5, Layers = 2, HiddenDropout = 0.3 },
        ["recurrent dropout"] = new() { Embedding = 3, Hidden = 5, Layers = 2, RecurrentDropout = 0.3 },
        ["projection"] = new() { Embedding = 3, Hidden = 5, Layers = 2, Projection = 3, Tie = true },
        ["peepholes"] = new() { Embedding = 3, Hidden = 5, Peepholes = true },
        ["coupled"] = new() { Embedding = 3, Hidden = 5, Coupled = true },
        ["layer norm"] = new() { Embedding = 3, Hidden = 5, LayerNorm = true },
        ["cell clip"] = new() { Embedding = 3, Hidden = 5, CellClip = 0.2 },
        ["gru"] = RegularisedGru,
        ["gru, reset before"] = new() { Cell = "gru-reset-before", Embedding = 3, Hidden = 5, Layers = 2, WeightDrop = 0.2, RecurrentDropout = 0.2, Zoneout = 0.2 },
        ["rnn"] = new() { Cell = "rnn", Embedding = 3, Hidden = 5, Layers = 2, WeightDrop = 0.2, HiddenDropout = 0.2, Zoneout = 0.2, ActivationPenalty = 1 },
        ["rnn with relu"] = new() { Cell = "rnn-relu", Embedding = 0, Hidden = 5, Layers = 2, Dropout = 0.2, TemporalPenalty = 1 },
        ["everything"] = Everything,
        ["everything, tiny"] = Everything with { Embedding = 1, Hidden = 2, Layers = 1, Projection = 1 },
    };
}
