using System.Globalization;
using LstmGpu.Cli.Configuration;
using LstmGpu.Cli.Reporting;
using LstmGpu.Reporting;
using Xunit;

namespace LstmGpu.Tests.Cli;

public sealed class CultureTests
{
    [Theory]
    [InlineData("de-DE")]
    [InlineData("tr-TR")]
    [InlineData("ar-SA")]
    public void NumbersAreReadAndWrittenAlike_InEveryCulture(string culture)
    {
        string[] arguments = ["config", "print", "--lr", "0.00125", "--clip-norm", "1e-3", "--forget-bias", "-1.5", "--batch", "1000"];
        TrainingProgress progress = new(1000, 2000, 1, "train", 2.5, [new("perplexity", 12.1825)], 0.00125, 1234.5, 45123.4, TimeSpan.FromSeconds(3723));
        string[] expected = Texts();
        CultureInfo before = CultureInfo.CurrentCulture;
        CultureInfo beforeUi = CultureInfo.CurrentUICulture;
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = new CultureInfo(culture);
            Assert.Equal(expected, Texts());
            Assert.Equal(2, Shell.Run("train", "--lr", "0,1").Code);
            // Turkish lower-cases I to a dotless i.
            Assert.Equal("training.init", SettingCatalog.NearestPath("INIT"));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
            CultureInfo.CurrentUICulture = beforeUi;
        }

        Assert.Matches(@"\ntraining\.learning_rate +0\.00125 +--lr\n", expected[0]);
        Assert.Matches(@"\nmodel\.forget_bias +-1\.5 +--forget-bias\n", expected[0]);

        string[] Texts() =>
        [
            Shell.Run(arguments).Output,
            Shell.Run([.. arguments, "--json"]).Output,
            Shell.Run("train", "--help").Output,
            Shell.Run("config", "schema").Output,
            Shell.Run("train", "--hidden", "-1").Error,
            PlainProgress.Line(progress, TimeSpan.FromSeconds(59)),
            Figures.Bytes(123456789),
        ];
    }
}
