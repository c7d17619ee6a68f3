using LstmGpu.Tests.Cli;
using LstmGpu.Tests.Training;
using Xunit;

namespace LstmGpu.Tests.Reporting;

/// <summary>Pages as a browser shows them on a phone and on a desk, in light and dark.</summary>
public sealed class BrowserTests(BrowserTests.Pages pages) : IClassFixture<BrowserTests.Pages>
{
    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void Pages_AreReadable_OnPhoneAndDesk(bool dark)
    {
        Browser.Require();
        (IReadOnlyList<PageView> views, IReadOnlyList<string> console) = Browser.Look(pages.Html, dark, 400, 1400);
        Assert.Empty(console);
        Assert.Equal([400, 1400], views.Select(view => view.Width).Distinct());
        Assert.All(views, view =>
        {
            Assert.Equal(dark ? "rgb(22, 24, 28)" : "rgb(255, 255, 255)", view.Ground);
            Assert.InRange(view.ScrollWidth, 0, view.Width);
            Assert.Empty(view.Cut);
            Assert.Empty(view.Faint);
            Assert.Empty(view.Broken);
            Assert.InRange(view.Smallest, 9.5, 99);
        });
    }

    [SkippableFact]
    public void Look_SeesWhatIsWrong()
    {
        Browser.Require();
        const string Page = """
            <body style="background: #fff; width: 600px; color: #ddd"><p>faint</p><svg viewBox="0 0 480 40"><text x="470" y="20">cut off</text></svg>
            <table class="values"><tr><td style="line-height: 16px">1<br>2</td></tr></table><script>console.error('a fault')</script></body>
            """;
        (IReadOnlyList<PageView> views, IReadOnlyList<string> console) = Browser.Look(new Dictionary<string, string> { ["wrong"] = Page }, dark: false, 400);
        Assert.Contains("a fault", Assert.Single(console), StringComparison.Ordinal);
        PageView view = Assert.Single(views);
        Assert.InRange(view.ScrollWidth, 600, 700);
        Assert.Equal("cut off", Assert.Single(view.Cut));
        Assert.Contains("faint", view.Faint);
        Assert.Equal("12", Assert.Single(view.Broken));
    }

    [Fact]
    public void Pages_AskNoNetworkForAnything_AndAreSmall() => Assert.All(pages.Html, page =>
    {
        Assert.DoesNotMatch("https?:|<link|<script|@import|url\\(|\\ssrc=", page.Value.Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal));
        Assert.InRange(page.Value.Length, 1_000, 1_000_000);
    });

    /// <summary>A report of each kind and the pages of inspect, of models that were trained for a moment.</summary>
    public sealed class Pages : IDisposable
    {
        private readonly SmallRuns runs = new(characters: 3_000);

        public Pages()
        {
            Train("text", "--data", runs.Corpus, "--bptt", "5", "--batch", "3", "--embedding", "4", "--cell", "lstm");
            Train("words", "--data", Write("words.txt", string.Concat(Enumerable.Repeat("The king knows an extraordinarily long sentence about BUCKINGHAM , and says it .\n", 40))),
                "--task", "word-lm", "--bptt", "5", "--batch", "3", "--embedding", "4", "--cell", "gru");
            string[] languages = ["Arabic", "Chinese", "Czech", "English", "Portuguese", "Vietnamese", "a language with a long name"];
            Train("labels", "--data", Write("labels.csv", "text,label\n" + string.Concat(Enumerable.Range(0, 2800).Select(n => $"{"abcdefg"[n % 7]}{n % 10},{languages[n % 7]}\n"))),
                "--task", "classify", "--text-column", "text", "--hold-out", "last:1400", "--embedding", "4", "--batch", "64");
            Train("table", "--data", Write("table.csv", "y\n" + string.Join('\n', Enumerable.Range(0, 120).Select(n => 1000 + (n % 12 * 37))) + "\n"),
                "--task", "forecast", "--target", "y", "--test-last", "24", "--window", "12", "--season", "12");
            Html["gates"] = Inspect("gates", runs.At("text"), "--text", File.ReadAllText(runs.Corpus)[..60], "--device", "cpu");
            Html["embeddings"] = Inspect("embeddings", runs.At("words"));
        }

        public Dictionary<string, string> Html { get; } = [];

        public void Dispose() => runs.Dispose();

        private void Train(string name, params string[] settings)
        {
            (int code, _, string error) = Shell.Run(["train", "--out", runs.At(name), "--hidden", "6", "--steps", "6", "--eval-every", "3", "--log-every", "1", "--threads", "1", "--device", "cpu", .. settings]);
            Assert.True(code == 0, error);
            Html[name] = File.ReadAllText(runs.At(Path.Combine(name, "report.html")));
        }

        private string Inspect(string what, params string[] arguments)
        {
            string file = runs.At(what + ".html");
            (int code, _, string error) = Shell.Run(["inspect", what, "--out", file, .. arguments]);
            Assert.True(code == 0, error);
            return File.ReadAllText(file);
        }

        private string Write(string name, string text)
        {
            File.WriteAllText(runs.At(name), text);
            return runs.At(name);
        }
    }
}
