namespace LstmGpu.Data;

internal enum ScalingKind
{
    /// <summary>Values stay as they are.</summary>
    None,

    /// <summary>(x − mean) / standard deviation, the population's: scikit-learn's StandardScaler.</summary>
    Standard,

    /// <summary>(x − min) / (max − min): scikit-learn's MinMaxScaler.</summary>
    MinMax,
}
