using LstmGpu.Kernels;
using LstmGpu.Tests.Devices;
using Xunit;

namespace LstmGpu.Tests.Kernels;

/// <summary>The functions that kernels call, as .NET computes them. Other devices do the same float operations; fusing some of them only removes roundings.</summary>
public sealed class DeviceMathTests
{
    // What DeviceMath promises.
    private const double MostUlps = 4;

    [Theory]
    [InlineData("exp")]
    [InlineData("sigmoid")]
    [InlineData("tanh")]
    public void Function_StaysWithinFourUlps_OverTheWholeFloatRange(string function) =>
        FloatFunctions.CheckUlps(function, MostUlps, Array.ConvertAll(FloatFunctions.Inputs, x => Compute(function, x)));

    [Theory]
    [InlineData("exp")]
    [InlineData("sigmoid")]
    [InlineData("tanh")]
    public void Function_OfNaNIsNaN_AndOfAnythingElseIsNot(string function) =>
        FloatFunctions.CheckSpecial(function, Array.ConvertAll(FloatFunctions.Special, x => Compute(function, x)));

    [Fact]
    public void Log_StaysWithinFourUlps_OverTheNormalNumbers()
    {
        foreach (float x in FloatFunctions.Inputs.Select(Math.Abs).Where(float.IsNormal))
        {
            double error = FloatFunctions.Ulps(Math.Log(x), DeviceMath.Log(x));
            Assert.True(error <= MostUlps, FormattableString.Invariant($"log of {x:G9}: expected {Math.Log(x):G9}, found {DeviceMath.Log(x):G9}: {error:G3} ULP"));
        }
        Assert.True(float.IsNaN(DeviceMath.Log(float.NaN)));
        Assert.Equal(float.PositiveInfinity, DeviceMath.Log(float.PositiveInfinity));
        Assert.Equal(0f, DeviceMath.Log(1f));
    }

    private static float Compute(string function, float x) => function switch
    {
        "exp" => DeviceMath.Exp(x),
        "sigmoid" => DeviceMath.Sigmoid(x),
        _ => DeviceMath.Tanh(x),
    };
}
