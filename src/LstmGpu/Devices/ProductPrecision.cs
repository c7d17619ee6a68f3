using LstmGpu.Kernels;

namespace LstmGpu.Devices;

/// <summary>
/// What matrix products make of their operands before they multiply; sums, states, pointwise arithmetic, parameters and moments are float32 in any case.
/// </summary>
internal enum ProductPrecision
{
    /// <summary>Operands as they are.</summary>
    Fp32Strict = Rounding.Fp32,

    /// <summary>10 bits of mantissa, halves away from zero.</summary>
    Tf32 = Rounding.Tf32,

    /// <summary>bfloat16: 7 bits of mantissa, halves to even.</summary>
    Bf16 = Rounding.Bf16,

    /// <summary>binary16: 10 bits of mantissa, halves to even, ∞ beyond 65,504. Training scales the loss: <see cref="Training.LossScale"/>.</summary>
    Fp16 = Rounding.Fp16,
}

/// <summary>A precision as <c>device.precision</c> spells it.</summary>
internal static class PrecisionWord
{
    public const string Fp32Strict = "fp32-strict", Tf32 = "tf32", Bf16 = "bf16", Fp16 = "fp16";

    public static string Of(ProductPrecision precision) => precision switch
    {
        ProductPrecision.Fp32Strict => Fp32Strict,
        ProductPrecision.Tf32 => Tf32,
        ProductPrecision.Bf16 => Bf16,
        _ => Fp16,
    };

    /// <exception cref="ConfigurationException">No precision has this name.</exception>
    public static ProductPrecision? Parse(string? word) => word switch
    {
        null => null,
        Fp32Strict => ProductPrecision.Fp32Strict,
        Tf32 => ProductPrecision.Tf32,
        Bf16 => ProductPrecision.Bf16,
        Fp16 => ProductPrecision.Fp16,
        _ => throw new ConfigurationException($"device.precision is '{word}', expected one of {Fp32Strict}, {Tf32}, {Bf16}, {Fp16}"),
    };
}
