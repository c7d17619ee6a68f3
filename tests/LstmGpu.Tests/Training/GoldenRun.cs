namespace LstmGpu.Tests.Training;

/// <summary>Ten training steps of a small network: its settings, and loss and gradient norm (before clipping) of each step as PyTorch computes them.</summary>
internal sealed record GoldenRun(int Characters, TrainingOptions Options, double[] Losses, double[] GradientNorms)
{
    public const int Steps = 10;
    public const int Batch = 4;
    public const int Bptt = 16;
    public const int Embedding = 6;
    public const int Hidden = 8;

    private static readonly TrainingOptions Base = new() { Batch = Batch, Bptt = Bptt, Steps = Steps, ClipNorm = 0, ClipValue = 0, LogEvery = 1 };

    // The numbers below were made by this script (PyTorch 1.13, float64). Its float32 run differs from them by less than 5e-7.
    //
    // import torch, torch.nn as nn, torch.nn.functional as F
    //
    // WORDS = "the quick brown fox jumps over the lazy dog".split()
    //
    // def text(n):                                   # words drawn by a linear congruential generator, cut to n characters
    //     out, state = "", 12345
    //     while len(out) < n:
    //         state = (state * 1103515245 + 12345) % 2**31
    //         out += WORDS[(state >> 16) % len(WORDS)] + " "
    //     return out[:n]
    //
    // def run(n, make_optimizer, clip_norm=None, clip_value=None, dtype=torch.float64, B=4, T=16, steps=10):
    //     torch.set_default_dtype(dtype)             # of ASGD's eta and mu
    //     s = text(n)
    //     vocabulary = sorted(set(s))
    //     V, L = len(vocabulary), n // B
    //     ids = torch.tensor([vocabulary.index(c) for c in s])
    //     streams = ids[:L * B].view(B, L).t()       # [L,B]: stream b is the b-th contiguous part
    //     embedding, lstm, linear = nn.Embedding(V, 6), nn.LSTM(6, 8, 1), nn.Linear(8, V)
    //     parameters = [*embedding.parameters(), *lstm.parameters(), *linear.parameters()]
    //     with torch.no_grad():
    //         for j, p in enumerate(parameters):     # element k of tensor j, exact in both languages: one float32 division
    //             k = torch.arange(p.numel())
    //             p.copy_((((k * 7919 + 17 * j) % 1000 - 500).float() / 500).view_as(p))
    //     for module in (embedding, lstm, linear):
    //         module.to(dtype)
    //     optimizer = make_optimizer(parameters)
    //     losses, norms, state = [], [], None
    //     for step in range(steps):
    //         window = step % ((L - 1) // T)
    //         if window == 0:
    //             state = None                       # a new epoch begins with a zero state
    //         x, y = streams[window * T:(window + 1) * T], streams[window * T + 1:(window + 1) * T + 1]
    //         h, state = lstm(embedding(x), state)
    //         state = tuple(v.detach() for v in state)
    //         loss = F.cross_entropy(linear(h).reshape(-1, V), y.reshape(-1))
    //         optimizer.zero_grad()
    //         loss.backward()
    //         norm = torch.sqrt(sum((p.grad ** 2).sum() for p in parameters))
    //         if clip_norm is not None:
    //             nn.utils.clip_grad_norm_(parameters, clip_norm)
    //         if clip_value is not None:
    //             nn.utils.clip_grad_value_(parameters, clip_value)
    //         optimizer.step()
    //         losses.append(loss.item())
    //         norms.append(norm.item())
    //     if "ax" in optimizer.state[parameters[0]]:   # of AveragingTests: the norm of each tensor's average
    //         print("  averages", ", ".join(f"{optimizer.state[p]['ax'].norm().item():.10f}" for p in parameters))
    //     return losses, norms
    //
    // O = torch.optim
    // cases = {
    //     "Adam": dict(n=806, make_optimizer=lambda p: O.Adam(p, lr=0.01)),
    //     "AdamClipNorm": dict(n=806, make_optimizer=lambda p: O.Adam(p, lr=0.01), clip_norm=0.25),
    //     "Sgd": dict(n=806, make_optimizer=lambda p: O.SGD(p, lr=0.5)),
    //     "SgdMomentumDecay": dict(n=806, make_optimizer=lambda p: O.SGD(p, lr=0.5, momentum=0.9, weight_decay=1e-3)),
    //     "SgdClipValue": dict(n=806, make_optimizer=lambda p: O.SGD(p, lr=0.5), clip_value=0.01),
    //     "SgdClipNormAndValue": dict(n=806, make_optimizer=lambda p: O.SGD(p, lr=0.5), clip_norm=0.25, clip_value=0.01),
    //     "AdamDecay": dict(n=806, make_optimizer=lambda p: O.Adam(p, lr=0.01, weight_decay=0.1)),
    //     "AdamW": dict(n=806, make_optimizer=lambda p: O.AdamW(p, lr=0.01)),   # weight_decay 0.01
    //     "AdamWDecay": dict(n=806, make_optimizer=lambda p: O.AdamW(p, lr=0.01, weight_decay=0.5)),
    //     "AdamTwoEpochs": dict(n=406, make_optimizer=lambda p: O.Adam(p, lr=0.01)),   # 6 windows: step 7 begins epoch 2
    //     "SgdNesterov": dict(n=806, make_optimizer=lambda p: O.SGD(p, lr=0.5, momentum=0.9, weight_decay=1e-3, nesterov=True)),
    //     "RmsProp": dict(n=806, make_optimizer=lambda p: O.RMSprop(p, lr=0.01)),   # alpha 0.99
    //     "RmsPropMomentumDecay": dict(n=806, clip_norm=0.25,
    //         make_optimizer=lambda p: O.RMSprop(p, lr=0.002, alpha=0.9, eps=1e-4, momentum=0.5, weight_decay=0.1)),
    //     "Adagrad": dict(n=806, make_optimizer=lambda p: O.Adagrad(p, lr=0.05)),   # eps 1e-10
    //     "AdagradDecay": dict(n=806, make_optimizer=lambda p: O.Adagrad(p, lr=0.05, lr_decay=0.1, eps=1e-3, weight_decay=0.1)),
    //     "Asgd": dict(n=806, make_optimizer=lambda p: O.ASGD(p, lr=0.5)),   # lambd 1e-4, alpha 0.75, t0 1e6
    //     "AsgdDecay": dict(n=806, clip_norm=0.25,
    //         make_optimizer=lambda p: O.ASGD(p, lr=0.5, lambd=0.05, alpha=0.6, t0=4, weight_decay=1e-2)),
    // }
    // for name, case in cases.items():
    //     losses, norms = run(**case)
    //     single, single_norms = run(**case, dtype=torch.float32)
    //     print(name, "V =", len(set(text(case["n"]))), "float32 differs by", max(abs(a - b) for a, b in zip(losses + norms, single + single_norms)))
    //     print("  losses", ", ".join(f"{v:.12f}" for v in losses))
    //     print("  norms ", ", ".join(f"{v:.12f}" for v in norms))
    public static IReadOnlyDictionary<string, GoldenRun> All { get; } = new Dictionary<string, GoldenRun>
    {
        ["Adam"] = new(806, Base with { Optimizer = "adam", LearningRate = 0.01 },
            [3.6949396866, 3.8024258344, 3.4790728965, 3.7536120353, 3.6438054590, 3.5493275013, 3.6590154225, 3.6168333609, 3.6214362999, 3.3906518726],
            [0.4368725904, 0.4929026219, 0.4444286605, 0.4824604656, 0.4043550376, 0.3799601356, 0.4217344821, 0.3837382848, 0.4014717983, 0.4316498905]),
        ["AdamClipNorm"] = new(806, Base with { Optimizer = "adam", LearningRate = 0.01, ClipNorm = 0.25 },
            [3.6949396866, 3.8024258522, 3.4791429714, 3.7536398648, 3.6438375269, 3.5491896971, 3.6579857674, 3.6153449764, 3.6191588977, 3.3877260107],
            [0.4368725904, 0.4929026278, 0.4443882725, 0.4824839224, 0.4044036435, 0.3799710914, 0.4213618766, 0.3833403595, 0.4006538553, 0.4307864828]),
        ["Sgd"] = new(806, Base with { Optimizer = "sgd", LearningRate = 0.5 },
            [3.6949396866, 3.7717495868, 3.4343152381, 3.6545324061, 3.5422842848, 3.4308282348, 3.5103038491, 3.4495440586, 3.4164240396, 3.1703896653],
            [0.4368725904, 0.4907753143, 0.4333710418, 0.4644838804, 0.3811389358, 0.3468543880, 0.3928123952, 0.3519476287, 0.3652095724, 0.3872575160]),
        ["SgdMomentumDecay"] = new(806, Base with { Optimizer = "sgd", LearningRate = 0.5, Momentum = 0.9, WeightDecay = 1e-3 },
            [3.6949396866, 3.7713112783, 3.3689553963, 3.4475356842, 3.2764836186, 3.1238811362, 3.0418708041, 2.9850984962, 2.8440206205, 2.7035337573],
            [0.4368725904, 0.4905915669, 0.4006003802, 0.3928771032, 0.2812792276, 0.2765783974, 0.2618114692, 0.2634707081, 0.2325473947, 0.3696557419]),
        ["SgdClipValue"] = new(806, Base with { Optimizer = "sgd", LearningRate = 0.5, ClipValue = 0.01 },
            [3.6949396866, 3.8407547626, 3.5509416845, 3.8675485537, 3.7826786684, 3.6902276569, 3.8500523834, 3.7902164563, 3.8213974721, 3.5717210314],
            [0.4368725904, 0.5152088845, 0.4875712725, 0.5365736908, 0.4699281391, 0.4524902378, 0.5188143599, 0.4588996532, 0.4861430516, 0.4965835916]),
        ["SgdClipNormAndValue"] = new(806, Base with { Optimizer = "sgd", LearningRate = 0.5, ClipNorm = 0.25, ClipValue = 0.01 },
            [3.6949396866, 3.8449111020, 3.5603418757, 3.8796709200, 3.8002668451, 3.7098039459, 3.8778323816, 3.8175239806, 3.8534687356, 3.6031964649],
            [0.4368725904, 0.5175748254, 0.4935556179, 0.5438877250, 0.4790763360, 0.4632954631, 0.5326358631, 0.4728261364, 0.5021603566, 0.5070185462]),
        ["AdamDecay"] = new(806, Base with { Optimizer = "adam", LearningRate = 0.01, WeightDecay = 0.1 },
            [3.6949396866, 3.8449892194, 3.5657892272, 3.8782343919, 3.7952988033, 3.7039950727, 3.8572048203, 3.7894042013, 3.8217890792, 3.6031749995],
            [0.4368725904, 0.5192094651, 0.4963493685, 0.5503726186, 0.4803288936, 0.4700281466, 0.5289737222, 0.4739300912, 0.5103470956, 0.5106948346]),
        ["AdamW"] = new(806, Base with { Optimizer = "adamw", LearningRate = 0.01 },
            [3.6949396866, 3.8023381181, 3.4789791316, 3.7533927915, 3.6435710580, 3.5490840860, 3.6586113174, 3.6163853382, 3.6209408038, 3.3903301768],
            [0.4368725904, 0.4928655728, 0.4443579550, 0.4823690045, 0.4042445318, 0.3798536891, 0.4215975601, 0.3836144095, 0.4013217072, 0.4314873387]),
        ["AdamWDecay"] = new(806, Base with { Optimizer = "adamw", LearningRate = 0.01, WeightDecay = 0.5 },
            [3.6949396866, 3.7980429992, 3.4744053180, 3.7427138886, 3.6321712700, 3.5373108510, 3.6391447801, 3.5949619543, 3.5973126830, 3.3751198878],
            [0.4368725904, 0.4910459492, 0.4409048333, 0.4778901348, 0.3988712362, 0.3746546081, 0.4148927322, 0.3775066305, 0.3940318804, 0.4237369022]),
        ["AdamTwoEpochs"] = new(406, Base with { Optimizer = "adam", LearningRate = 0.01 },
            [3.8293919582, 4.1157441526, 3.8194643144, 3.7737959840, 3.6981698062, 3.7040751462, 3.5409584572, 3.7138259965, 3.5071645528, 3.4681265513],
            [0.4644341821, 0.6332495684, 0.5144899231, 0.4934808610, 0.4197836822, 0.4522691324, 0.3370773293, 0.4462270086, 0.3652405558, 0.3455736421]),
        ["SgdNesterov"] = new(806, Base with { Optimizer = "sgd", LearningRate = 0.5, Momentum = 0.9, WeightDecay = 1e-3, Nesterov = true },
            [3.6949396866, 3.6882732622, 3.2684678560, 3.3224936862, 3.1709011702, 3.0283107286, 2.9546047581, 2.9091667201, 2.7715188399, 2.6188247892],
            [0.4368725904, 0.4549164250, 0.3544342538, 0.3702245157, 0.2583175132, 0.2518823821, 0.2342518874, 0.2269161880, 0.2330740087, 0.3513812369]),
        ["RmsProp"] = new(806, Base with { Optimizer = "rmsprop", LearningRate = 0.01 },
            [3.6949396866, 3.4852745588, 3.0837315409, 3.1597047075, 3.0101003723, 2.8567871862, 2.7725318056, 2.6686246690, 2.5064402400, 2.2476868815],
            [0.4368725904, 0.3500009135, 0.2916105071, 0.3605969897, 0.2853869032, 0.2926386023, 0.3396437612, 0.3622210037, 0.3464535821, 0.4209530334]),
        ["RmsPropMomentumDecay"] = new(806, Base with { Optimizer = "rmsprop", LearningRate = 0.002, Alpha = 0.9, Epsilon = 1e-4, Momentum = 0.5, WeightDecay = 0.1, ClipNorm = 0.25 },
            [3.6949396866, 3.8581265594, 3.5858197047, 3.9157666738, 3.8442049293, 3.7617365423, 3.9417192085, 3.8790288754, 3.9335553537, 3.7007612150],
            [0.4368725904, 0.5246287877, 0.5087851591, 0.5648628381, 0.5002379683, 0.4973862795, 0.5661213375, 0.5167155501, 0.5578107887, 0.5499445347]),
        ["Adagrad"] = new(806, Base with { Optimizer = "adagrad", LearningRate = 0.05 },
            [3.6949396866, 3.6052948448, 3.2340139818, 3.4281751161, 3.2886471886, 3.1761077296, 3.2105622631, 3.1682544346, 3.1105402722, 2.8845528617],
            [0.4368725904, 0.3784887890, 0.3297173252, 0.3807869546, 0.2950163183, 0.2921737418, 0.3367749201, 0.3309462803, 0.3432773415, 0.4477925835]),
        ["AdagradDecay"] = new(806, Base with { Optimizer = "adagrad", LearningRate = 0.05, LearningRateDecay = 0.1, Epsilon = 1e-3, WeightDecay = 0.1 },
            [3.6949396866, 3.7437521418, 3.4479392209, 3.7005040711, 3.6005909086, 3.5197454209, 3.6262825228, 3.5923974314, 3.6088277113, 3.4391072323],
            [0.4368725904, 0.4732058489, 0.4151583815, 0.4612291922, 0.3895919803, 0.3709063147, 0.4211884039, 0.3815645733, 0.4167589067, 0.4391997355]),
        ["Asgd"] = new(806, Base with { Optimizer = "asgd", LearningRate = 0.5 },
            [3.6949396866, 3.7717057533, 3.4342741145, 3.6544476106, 3.5422001442, 3.4307480629, 3.5101674062, 3.4494153443, 3.4162952865, 3.1703797437],
            [0.4368725904, 0.4907569440, 0.4333406952, 0.4644471765, 0.3811034214, 0.3468208648, 0.3927704844, 0.3519034161, 0.3651633680, 0.3872084790]),
        ["AsgdDecay"] = new(806, Base with { Optimizer = "asgd", LearningRate = 0.5, Lambda = 0.05, AsgdAlpha = 0.6, T0 = 4, WeightDecay = 1e-2, ClipNorm = 0.25 },
            [3.6949396866, 3.7864005930, 3.4785907025, 3.7151006331, 3.6117516504, 3.5015242838, 3.5732204893, 3.5091819831, 3.4852731872, 3.2818783214],
            [0.4368725904, 0.4963305859, 0.4509985700, 0.4858490063, 0.4078951887, 0.3768561699, 0.4192313266, 0.3677706112, 0.3817408129, 0.3861933673]),
    };

    /// <summary>The text of the script: words of a pangram drawn by a linear congruential generator, cut to n characters.</summary>
    public static string Text(int characters)
    {
        string[] words = "the quick brown fox jumps over the lazy dog".Split(' ');
        System.Text.StringBuilder text = new();
        for (long state = 12345; text.Length < characters;)
        {
            state = (state * 1103515245 + 12345) % (1L << 31);
            text.Append(words[(state >> 16) % words.Length]).Append(' ');
        }
        return text.ToString(0, characters);
    }

    /// <summary>The parameters of the script in its order, under PyTorch's names.</summary>
    public static IReadOnlyList<(string Name, int[] Shape, float[] Values)> Parameters(int vocabulary)
    {
        (string Name, int[] Shape)[] tensors =
        [
            ("embedding.weight", [vocabulary, Embedding]),
            ("lstm.weight_ih_l0", [4 * Hidden, Embedding]),
            ("lstm.weight_hh_l0", [4 * Hidden, Hidden]),
            ("lstm.bias_ih_l0", [4 * Hidden]),
            ("lstm.bias_hh_l0", [4 * Hidden]),
            ("linear.weight", [vocabulary, Hidden]),
            ("linear.bias", [vocabulary]),
        ];
        return [.. tensors.Select((tensor, j) => (tensor.Name, tensor.Shape, Values(tensor.Shape.Aggregate(1, (a, b) => a * b), j)))];
    }

    private static float[] Values(int count, int tensor) =>
        [.. Enumerable.Range(0, count).Select(k => ((k * 7919 + 17 * tensor) % 1000 - 500) / 500f)];
}
