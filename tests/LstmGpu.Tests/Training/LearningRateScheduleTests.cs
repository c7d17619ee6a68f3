using System.Text.Json;
using LstmGpu.Training;
using Xunit;

namespace LstmGpu.Tests.Training;

/// <summary>Learning rates against those of PyTorch's schedulers.</summary>
public sealed class LearningRateScheduleTests
{
    // The numbers were made by this script (PyTorch 1.13).
    //
    // import torch
    // from torch.optim import lr_scheduler as S
    //
    // def rates(make, n=12):
    //     optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
    //     scheduler, out = make(optimizer), []
    //     for _ in range(n):
    //         out.append(optimizer.param_groups[0]["lr"])
    //         optimizer.step()
    //         scheduler.step()
    //     return out
    //
    // rates(lambda o: S.StepLR(o, 3, gamma=0.5))
    // rates(lambda o: S.ExponentialLR(o, 0.9))
    // rates(lambda o: S.OneCycleLR(o, max_lr=0.5, total_steps=13, pct_start=0.3, cycle_momentum=False)), and 0.75
    //
    // optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
    // scheduler = S.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
    // for loss in Losses: scheduler.step(loss); print(optimizer.param_groups[0]["lr"])
    private static readonly TrainingOptions Base = new() { LearningRate = 0.5, ScheduleSteps = 13 };

    private static readonly Dictionary<string, (TrainingOptions Options, double[] Rates)> Schedules = new()
    {
        ["step"] = (Base with { Schedule = "step", Gamma = 0.5, GammaSteps = 3 },
            [0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125, 0.125, 0.125, 0.0625, 0.0625, 0.0625]),
        ["exponential"] = (Base with { Schedule = "exponential", Gamma = 0.9 },
            [0.5, 0.45, 0.405, 0.3645, 0.32805, 0.295245, 0.2657205, 0.23914845, 0.215233605, 0.1937102445, 0.17433922005, 0.156905298045]),
        ["one-cycle"] = (Base with { Schedule = "one-cycle" },
            [0.02, 0.147581974232, 0.394684895687, 0.499851035734, 0.482189131275, 0.437127938532, 0.369984889552, 0.288683178968, 0.202816789874, 0.122518358835, 0.0572634772544, 0.0147525271571]),
        ["one-cycle, slow"] = (Base with { Schedule = "one-cycle", PctStart = 0.75 },
            [0.02, 0.0353036310465, 0.0792628481591, 0.146271521006, 0.227784016204, 0.31340502415, 0.392215275549, 0.45416407865, 0.491351086567, 0.492735483415, 0.338651867156, 0.107985381382]),
    };

    public static TheoryData<string> Names => [.. Schedules.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Rate_IsPyTorchs(string name)
    {
        (TrainingOptions options, double[] rates) = Schedules[name];
        LearningRateSchedule schedule = new(options, steps: 100);
        // Printed to 12 digits.
        Near.Equal(name, rates, [.. Enumerable.Range(1, rates.Length).Select(step => schedule.Rate(step))], _ => 1e-12);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void WarmUp_MultipliesAnySchedule(string name)
    {
        (TrainingOptions options, double[] rates) = Schedules[name];
        LearningRateSchedule schedule = new(options with { WarmupSteps = 4 }, steps: 100);
        Assert.Equal(rates[0] / 4, schedule.Rate(1), 1e-12);
        Assert.Equal(rates[2] * 3 / 4, schedule.Rate(3), 1e-12);
        Assert.Equal(rates[5], schedule.Rate(6), 1e-12);
    }

    [Fact]
    public void OneCycle_OfAnyLength_StaysInItsRange_AndEndsAtTheBottom()
    {
        foreach (double pct in (double[])[0, 0.3, 0.5, 1])
        {
            foreach (int steps in (int[])[1, 2, 3, 10])
            {
                LearningRateSchedule schedule = new(new() { LearningRate = 1, Schedule = "one-cycle", PctStart = pct }, steps);
                Assert.All(Enumerable.Range(1, steps + 2), step => Assert.InRange(schedule.Rate(step), 4e-6 * (1 - 1e-9), 1));
                Assert.Equal(pct == 1 && steps > 1 ? 1 : 4e-6, schedule.Rate(steps + 1), 1e-12);
            }
        }
    }

    [Fact]
    public void Plateau_CutsWherePyTorchDoes()
    {
        double[] losses = [3, 2.9, 2.8999, 2.95, 2.9, 2.5, 2.6, 2.6, 2.6, 2.6, 2.4999, 2.4];
        double[] rates = [0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 0.125, 0.125, 0.0625, 0.0625, 0.0625];
        TrainingOptions options = Base with { Schedule = "plateau", PlateauFactor = 0.5, PlateauPatience = 1 };
        Plateau plateau = new();
        List<double> actual = [];
        foreach (double loss in losses)
        {
            plateau = plateau.After(loss, options);
            actual.Add(plateau.Scale * options.LearningRate);
        }
        Assert.Equal(rates, actual);
    }

    [Fact]
    public void Plateau_OfARun_CutsTheRatesAfterTheEvaluation()
    {
        using SmallRuns runs = new();
        // A rate too small to improve the loss by 1e-4 of itself.
        TrainingOptions training = new() { Optimizer = "sgd", LearningRate = 1e-6, Schedule = "plateau", PlateauFactor = 0.5, PlateauPatience = 0, EvalEvery = 2, Steps = 6 };
        runs.Train("run", runs.Options(training: training));

        double[] rates = [.. File.ReadLines(Path.Combine(runs.At("run"), "metrics.jsonl"))
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Where(row => row.GetProperty("split").GetString() == "train")
            .Select(row => row.GetProperty("learning_rate").GetDouble())];

        Assert.Equal([1e-6, 1e-6, 1e-6, 1e-6, 5e-7, 5e-7], rates);
    }

    [Theory]
    [InlineData("step", 3L, null, "--schedule step has no --gamma,")]
    [InlineData("step", null, 0.5, "--schedule step has no --gamma-steps")]
    [InlineData("exponential", null, null, "--schedule exponential has no --gamma,")]
    [InlineData("plateau", null, null, "--schedule plateau decides by evaluations, found --eval-every 0")]
    public void Schedule_WithoutItsNumbers_IsRefused(string schedule, long? gammaSteps, double? gamma, string message)
    {
        using SmallRuns runs = new();
        RunOptions options = runs.Options(training: new() { Schedule = schedule, Gamma = gamma, GammaSteps = gammaSteps, EvalEvery = 0 });
        Assert.Contains(message, Assert.Throws<ConfigurationException>(() => runs.Train("run", options)).Message, StringComparison.Ordinal);
    }
}
