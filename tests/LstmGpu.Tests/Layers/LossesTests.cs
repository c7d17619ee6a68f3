using LstmGpu.Tests.Devices;
using Xunit;
using static LstmGpu.Tests.Layers.PublicLayers;
using static LstmGpu.Tests.Layers.RecurrentUnderTest;

namespace LstmGpu.Tests.Layers;

public sealed class LossesTests
{
    // PyTorch's default index for rows that do not count
    private static readonly int[] Targets = [2, -100, 0, 1];

    // x = v(12, 5).view(4, 3).mul(4).requires_grad_(); t = torch.tensor([2, -100, 0, 1]); w = torch.tensor([0.5, 2, 1])
    // options = {"plain": {}, "smoothed": dict(label_smoothing=0.1), "weighted": dict(weight=w), "both": dict(label_smoothing=0.1, weight=w)}
    // for name, o in options.items():
    //     x.grad = None; y = F.cross_entropy(x, t, **o); y.backward(); show(name, y); show(name + " dx", x.grad)
    // x, y = v(6, 5).mul(2).requires_grad_(), v(6, 7)
    // functions = {"bce": F.binary_cross_entropy_with_logits, "mse": F.mse_loss, "mae": F.l1_loss, "huber": lambda a, b: F.huber_loss(a, b, delta=0.5)}
    // for name, f in functions.items():
    //     t = (y + 0.75) / 1.5 if name == "bce" else y
    //     x.grad = None; l = f(x, t); l.backward(); show(name, l); show(name + " dx", x.grad)

    public static TheoryData<string> Devices => BackendContract.Devices;

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void CrossEntropy_IsPyTorchs(string name)
    {
        using Device device = Open(name);
        using Losses losses = new(device);
        float[] logits = [.. V(12, 5).Select(x => 4 * x)], weights = [0.5f, 2, 1];
        Check(
            "plain",
            3.63587499,
            [0.0248651877, 0.302919984, -0.327785164, 0, 0, 0, -0.308468163, 0.302919984, 0.0055481717, 0.268504143, -0.328415513, 0.0599113703],
            losses.CrossEntropy(logits, Targets, 3));
        Check(
            "smoothed",
            3.49143052,
            [0.0137540745, 0.291808844, -0.305562913, 0, 0, 0, -0.286245912, 0.291808844, -0.00556294015, 0.257393003, -0.306193262, 0.0488002561],
            losses.CrossEntropy(logits, Targets, 3, labelSmoothing: 0.1));
        Check(
            "weighted",
            3.95030427,
            [0.0213130191, 0.2596457, -0.280958712, 0, 0, 0, -0.132200643, 0.12982285, 0.00237778807, 0.460292846, -0.562998056, 0.10270521],
            losses.CrossEntropy(logits, Targets, 3, classWeights: weights));
        Check(
            "both",
            3.75933743,
            [0.0169063285, 0.244925469, -0.26183182, 0, 0, 0, -0.121255949, 0.128084928, -0.00682898378, 0.436352044, -0.525254011, 0.0889020115],
            losses.CrossEntropy(logits, Targets, 3, labelSmoothing: 0.1, classWeights: weights));
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void ElementLosses_ArePyTorchs(string name)
    {
        using Device device = Open(name);
        using Losses losses = new(device);
        float[] x = [.. V(6, 5).Select(x => 2 * x)], y = V(6, 7), probabilities = [.. y.Select(y => (y + 0.75f) / 1.5f)];
        Check(
            "bce",
            0.808026314,
            [0.0118035479, -0.035145659, -0.025151303, -0.0798071995, 0.0523986556, -0.1218431],
            losses.BinaryCrossEntropyWithLogits(x, probabilities));
        Check(
            "mse",
            1.1328125,
            [-0.125, 0, -0.416666687, -0.291666687, 0.375, -0.583333373],
            losses.MeanSquaredError(x, y));
        Check(
            "mae",
            0.895833313,
            [-0.166666672, 0, -0.166666672, -0.166666672, 0.166666672, -0.166666672],
            losses.MeanAbsoluteError(x, y));
        Check(
            "huber",
            0.345052093,
            [-0.0625, 0, -0.0833333358, -0.0833333358, 0.0833333358, -0.0833333358],
            losses.Huber(x, y, delta: 0.5));
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void RowsThatAreIgnored_LeaveLossAndGradientAlone(string name)
    {
        using Device device = Open(name);
        using Losses losses = new(device);
        float[] logits = V(12, 5);
        LossValue all = losses.CrossEntropy(logits[..9], [2, 0, 1], 3), one = losses.CrossEntropy(logits, [2, 0, 1, 3], 3, ignoreIndex: 3);
        Same("loss", [all.Mean], one.Mean);
        Near.SameBits("gradient", [.. all.Gradient, 0, 0, 0], one.Gradient);

        LossValue none = losses.CrossEntropy(logits, [3, 3, 3, 3], 3, ignoreIndex: 3);
        Assert.Equal(0, none.Mean);
        Assert.All(none.Gradient, g => Assert.Equal(0, g));
    }

    private static void Check(string what, double loss, double[] gradient, LossValue found)
    {
        Same(what, [loss], found.Mean);
        Same($"gradient of {what}", gradient, found.Gradient);
    }
}
