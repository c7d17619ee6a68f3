using LstmGpu.Devices;

namespace LstmGpu.Layers;

/// <summary>The recurrent part of a model as its settings describe it.</summary>
internal static class ModelStack
{
    /// <summary>Prefix of the parameters' names.</summary>
    public static string Name(string cell) => cell.Split('-')[0];

    /// <exception cref="ConfigurationException">No such cell.</exception>
    public static CellKind CellOf(string cell) => cell switch
    {
        "lstm" => CellKind.Lstm,
        "gru" => CellKind.Gru,
        "gru-reset-before" => CellKind.GruResetBefore,
        "rnn" => CellKind.RnnTanh,
        "rnn-relu" => CellKind.RnnRelu,
        _ => throw new ConfigurationException($"the cell is '{cell}', expected one of lstm, gru, gru-reset-before, rnn, rnn-relu"),
    };

    /// <exception cref="ConfigurationException">A setting that the cell does not have, or settings that do not go together.</exception>
    public static StackOptions Of(ModelOptions model, int inputWidth)
    {
        bool isLstm = model.Cell == "lstm";
        if (!isLstm)
        {
            Refuse(model);
        }
        RecurrentOptions options = model.Cell switch
        {
            "lstm" => new LstmOptions
            {
                InputSize = inputWidth,
                HiddenSize = model.Hidden,
                ProjectionSize = model.Projection,
                Peepholes = model.Peepholes,
                CoupledInputForget = model.Coupled,
                LayerNorm = model.LayerNorm,
                CellClip = model.CellClip,
                ZoneoutCell = model.ZoneoutCell,
                ForgetBias = model.ForgetBias,
            },
            "gru" or "gru-reset-before" => new GruOptions { InputSize = inputWidth, HiddenSize = model.Hidden, ResetAfter = model.Cell == "gru" },
            _ => new RnnOptions { InputSize = inputWidth, HiddenSize = model.Hidden, Relu = model.Cell == "rnn-relu" },
        };
        options = options with
        {
            Layers = model.Layers,
            Bidirectional = model.Bidirectional,
            Dropout = model.Dropout,
            OutputDropout = model.OutputDropout,
            InputDropout = model.InputDropout,
            Variational = model.Variational,
            HiddenDropout = model.HiddenDropout,
            RecurrentDropout = model.RecurrentDropout,
            WeightDrop = model.WeightDrop,
            ZoneoutHidden = model.Zoneout,
        };
        RecurrentOptionsCheck.Require(options);
        StackOptions stack = options switch
        {
            LstmOptions lstm => Lstm.Stack(lstm),
            GruOptions gru => StackOptions.Of(gru, gru.ResetAfter ? CellKind.Gru : CellKind.GruResetBefore),
            _ => StackOptions.Of(options, options is RnnOptions { Relu: true } ? CellKind.RnnRelu : CellKind.RnnTanh),
        };
        return stack with { ActivationPenalty = (float)model.ActivationPenalty, TemporalPenalty = (float)model.TemporalPenalty };
    }

    private static void Refuse(ModelOptions model)
    {
        (string Setting, bool IsSet)[] ofTheLstm =
        [
            ("projection", model.Projection > 0),
            ("forget_bias", model.ForgetBias is not null),
            ("peepholes", model.Peepholes),
            ("coupled", model.Coupled),
            ("layer_norm", model.LayerNorm),
            ("cell_clip", model.CellClip > 0),
            ("zoneout_cell", model.ZoneoutCell > 0),
        ];
        foreach ((string setting, bool isSet) in ofTheLstm)
        {
            if (isSet)
            {
                throw new ConfigurationException($"model.{setting} is an option of the LSTM, and model.cell is '{model.Cell}'; leave it out, or use --cell lstm");
            }
        }
    }
}
