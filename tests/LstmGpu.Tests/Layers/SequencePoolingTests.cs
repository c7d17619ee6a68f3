using LstmGpu.Tests.Devices;
using Xunit;
using static LstmGpu.Tests.Layers.PublicLayers;
using static LstmGpu.Tests.Layers.RecurrentUnderTest;

namespace LstmGpu.Tests.Layers;

public sealed class SequencePoolingTests
{
    private const int T = 3, B = 3, H = 2;

    private static readonly int[] Lengths = [2, 0, 3];

    // x = v(18, 5).view(3, 3, 2).requires_grad_(); lengths = [2, 0, 3]; dy = v(6, 7).view(3, 2)
    // for name in ("last", "mean", "max"):
    //     x.grad = None
    //     rows = []
    //     for b, n in enumerate(lengths):
    //         s = x[:n, b]
    //         rows.append(torch.zeros(2) if n == 0 else s[-1] if name == "last" else s.mean(0) if name == "mean" else s.max(0).values)
    //     y = torch.stack(rows); y.backward(dy)
    //     show(name + " y", y); show(name + " dx", x.grad)
    private static readonly Dictionary<PoolingKind, (double[] Y, double[] DX)> Golden = new()
    {
        [PoolingKind.Last] = (
            [0.125, 0.75, 0, 0, -0.125, 0.5],
            [0, 0, 0, 0, 0, 0, -0.375, 0.5, 0, 0, 0, 0, 0, 0, 0, 0, -0.125, 0.75]),
        [PoolingKind.Mean] = (
            [-0.125, 0.5, 0, 0, -0.0833333358, 0],
            [-0.1875, 0.25, 0, 0, -0.0416666679, 0.25, -0.1875, 0.25, 0, 0, -0.0416666679, 0.25, 0, 0, 0, 0, -0.0416666679, 0.25]),
        [PoolingKind.Max] = (
            [0.125, 0.75, 0, 0, 0.5, 0.5],
            [0, 0, 0, 0, -0.125, 0, -0.375, 0.5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.75]),
    };

    public static TheoryData<string, PoolingKind> DevicesAndKinds
    {
        get
        {
            TheoryData<string, PoolingKind> data = [];
            foreach (string device in DeviceUnderTest.Names)
            {
                foreach (PoolingKind kind in Enum.GetValues<PoolingKind>())
                {
                    data.Add(device, kind);
                }
            }
            return data;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(DevicesAndKinds))]
    public void ValidSteps_ArePooledAsPyTorchWould_WhateverStandsBeyond(string name, PoolingKind kind)
    {
        using Device device = Open(name);
        using SequencePooling timeMajor = new(device, kind, H), batchFirst = new(device, kind, H, batchFirst: true);
        float[] x = V(T * B * H, 5);
        for (int row = 0; row < T * B; row++)
        {
            if (row / B >= Lengths[row % B])
            {
                x.AsSpan(row * H, H).Fill(float.NaN);
            }
        }

        Same("y", Golden[kind].Y, timeMajor.Forward(x, T, B, Lengths));
        Same("dX", Golden[kind].DX, timeMajor.Backward(V(B * H, 7)));
        Same("y, batch first", Golden[kind].Y, batchFirst.Forward(Swap(x, T, B, H), T, B, Lengths));
        Same("dX, batch first", Golden[kind].DX, Swap(batchFirst.Backward(V(B * H, 7)), B, T, H));
    }

    [SkippableTheory]
    [MemberData(nameof(DevicesAndKinds))]
    public void NoLengths_AreFullLengths_InPassesOfAnySize(string name, PoolingKind kind)
    {
        using Device device = Open(name);
        using SequencePooling pooling = new(device, kind, H);
        foreach ((int steps, int batch) in ((int, int)[])[(1, 2), (5, 3), (2, 1), (4, 9)])
        {
            float[] x = V(steps * batch * H, 5), dy = V(batch * H, 7);
            int[] full = [.. Enumerable.Repeat(steps, batch)];
            float[] y = pooling.Forward(x, steps, batch, full), dX = pooling.Backward(dy);
            Near.SameBits("y", y, pooling.Forward(x, steps, batch));
            Near.SameBits("dX", dX, pooling.Backward(dy));
        }
    }
}
