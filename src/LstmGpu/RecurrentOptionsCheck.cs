namespace LstmGpu;

/// <summary>Refuses options out of their range and combinations that make no sense, with the reason.</summary>
internal static class RecurrentOptionsCheck
{
    private const int Largest = 65_536;

    /// <exception cref="ConfigurationException">An option is out of its range, or does not go with another.</exception>
    public static void Require(RecurrentOptions options)
    {
        Size("input size", options.InputSize, 1);
        Size("hidden size", options.HiddenSize, 1);
        Size("layers", options.Layers, 1);
        Probability("dropout", options.Dropout);
        Probability("input dropout", options.InputDropout);
        Probability("output dropout", options.OutputDropout);
        Probability("hidden dropout", options.HiddenDropout);
        Probability("recurrent dropout", options.RecurrentDropout);
        Probability("weight drop", options.WeightDrop);
        Probability("zoneout of h", options.ZoneoutHidden);
        switch (options)
        {
            case LstmOptions lstm:
                Require(lstm);
                break;
            case RnnOptions { RecurrentDropout: > 0 }:
                throw new ConfigurationException("recurrent dropout thins the candidate of a gated cell, and a plain RNN has none; use hidden dropout");
        }
    }

    private static void Require(LstmOptions options)
    {
        Size("projection", options.ProjectionSize, 0);
        Probability("zoneout of c", options.ZoneoutCell);
        if (options.ProjectionSize >= options.HiddenSize)
        {
            throw new ConfigurationException($"the projection has width {options.ProjectionSize}, expected less than the hidden size, {options.HiddenSize}; use 0 for none");
        }
        if (options.CellClip < 0 || !double.IsFinite(options.CellClip))
        {
            throw new ConfigurationException($"the cell clip is {options.CellClip}, expected 0 (none) or more");
        }
        if (options.CoupledInputForget && options.ForgetBias is not null)
        {
            throw new ConfigurationException("a coupled forget gate is 1 − i and has no bias of its own; leave the forget bias out");
        }
        if (!options.Bias && options.ForgetBias is not null)
        {
            throw new ConfigurationException("there is a forget bias and no bias; leave one of the two out");
        }
    }

    /// <exception cref="ConfigurationException">Not from <paramref name="least"/> to the largest size.</exception>
    public static void Size(string name, int value, int least)
    {
        if (value < least || value > Largest)
        {
            throw new ConfigurationException($"{name} is {value}, expected {least} to {Largest}");
        }
    }

    private static void Probability(string name, double value)
    {
        if (!(value >= 0 && value < 1))
        {
            throw new ConfigurationException($"{name} is {value.ToString(System.Globalization.CultureInfo.InvariantCulture)}, expected a probability from 0 to below 1");
        }
    }
}
