namespace LstmGpu.Tests.Layers;

/// <summary>What the tests of the public layers share: values that a line of Python makes too, and PyTorch's results held against.</summary>
internal static class PublicLayers
{
    // Sums of at most 12 terms below 4, each rounded to 2⁻²⁴, in PyTorch and here; the root of a layer norm magnifies by at most 4.
    private const double Tolerance = 12 * 4 * 4 / 16777216.0;

    // The golden numbers were made by PyTorch 1.13 after these lines:
    //   import torch, torch.nn.functional as F
    //   def v(n, k): return torch.tensor([((i * k + 3) % 13 - 6) / 8 for i in range(n)])
    //   def show(name, x): print(name, ", ".join(f"{e:.9g}" for e in x.detach().reshape(-1).tolist()))
    public static float[] V(int n, int k) => [.. Enumerable.Range(0, n).Select(i => ((((i * k) + 3) % 13) - 6) / 8f)];

    public static void Same(string what, double[] golden, params float[] found) => Near.Equal(what, golden, found, Tolerance);

    public static float[] Read(Parameter parameter)
    {
        float[] values = new float[parameter.Count];
        parameter.Read(values);
        return values;
    }

    public static float[] Gradient(Parameter parameter)
    {
        float[] values = new float[parameter.Count];
        parameter.ReadGradient(values);
        return values;
    }
}
