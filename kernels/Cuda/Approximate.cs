namespace LstmGpu.Kernels;

/// <summary>
/// Functions of CUDA's special function units, one instruction each, whose error the PTX ISA bounds. The kernel compiler knows this class; in the emulator they
/// are .NET's, so their error shows on a device alone.
/// </summary>
internal static class Approximate
{
    /// <summary>tanh.approx.f32 (sm_75): relative error below 2⁻¹¹.</summary>
    public static float Tanh(float x) => (float)Math.Tanh(x);

    /// <summary>2^x: ex2.approx.ftz.f32, relative error below 2⁻²².</summary>
    public static float Exp2(float x) => (float)Math.Pow(2, x);

    /// <summary>1/x: rcp.approx.ftz.f32, 1 ulp.</summary>
    public static float Reciprocal(float x) => 1f / x;
}
