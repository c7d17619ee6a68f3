namespace LstmGpu.Devices;

/// <summary>What an optimizer's update takes from its step, where the rest of it is the same all run long.</summary>
/// <param name="Rate">The learning rate, Adam's over 1 − β₁ᵗ.</param>
/// <param name="Keep">AdamW: what the decay leaves of a parameter.</param>
/// <param name="InverseRoot">Adam: 1 / √(1 − β₂ᵗ).</param>
/// <param name="First">No update came before: SGD's velocity starts as the gradient.</param>
internal readonly record struct UpdateValues(float Rate, float Keep = 1, float InverseRoot = 1, bool First = false);
