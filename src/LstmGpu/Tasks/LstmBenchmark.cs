namespace LstmGpu.Tasks;

/// <summary>Times one LSTM layer stack, as <c>lstmgpu bench lstm</c>.</summary>
public static class LstmBenchmark
{
    public static LstmBenchmarkRow Run(LstmBenchmarkShape shape, DeviceOptions device, int repeat = 7, int warmUp = 2, CancellationToken cancel = default) => throw new NotImplementedException();
}

/// <summary>T steps, B batch, I input, H hidden, L layers, D directions (1 so far).</summary>
public readonly record struct LstmBenchmarkShape(int T, int B, int I, int H, int L, int D = 1);

/// <summary>Medians. Forward+backward includes the gradients of the input and of all weights.</summary>
public sealed record LstmBenchmarkRow(LstmBenchmarkShape Shape, string Device, int Threads, double ForwardMs, double ForwardBackwardMs, double Gflops, double PeakGflops)
{
    public double ShareOfPeak => Gflops / PeakGflops;
}
