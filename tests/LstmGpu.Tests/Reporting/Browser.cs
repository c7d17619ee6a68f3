using System.Diagnostics;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using LstmGpu.Tests.Cli;
using Xunit;

namespace LstmGpu.Tests.Reporting;

/// <summary>Headless Chromium. One start shows many pages in frames of the widths that are asked for, and looks into each of them.</summary>
internal static partial class Browser
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>null where there is none.</summary>
    public static string? Path { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(System.IO.Path.PathSeparator)
        .Select(folder => System.IO.Path.Combine(folder, "chromium")).FirstOrDefault(File.Exists);

    /// <summary>Skips the test where there is no browser.</summary>
    public static void Require() => Skip.If(Path is null, "no chromium in PATH");

    /// <summary>What each page looks like at each width, and what the browser had to say to any of them.</summary>
    public static (IReadOnlyList<PageView> Views, IReadOnlyList<string> Console) Look(IReadOnlyDictionary<string, string> pages, bool dark, params int[] widths)
    {
        using TemporaryDirectory directory = new();
        IEnumerable<string> frames = pages.SelectMany(page => widths.Select(width =>
            $"<iframe name=\"{page.Key}\" style=\"width:{width}px;height:800px;border:0\" srcdoc=\"{WebUtility.HtmlEncode(page.Value)}\"></iframe>"));
        string file = directory.Write("frames.html", $"<!DOCTYPE html><meta charset=\"utf-8\"><meta name=\"color-scheme\" content=\"light dark\">{string.Concat(frames)}<script>{Probe}</script>");
        (string output, string error) = Run(
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--enable-logging=stderr", "--window-size=1600,900",
            $"--user-data-dir={System.IO.Path.Combine(directory.Path, "profile")}", $"--blink-settings=preferredColorScheme={(dark ? 0 : 1)}", "--dump-dom", new Uri(file).AbsoluteUri);
        Match found = Views().Match(output);
        Assert.True(found.Success, $"the browser showed nothing: {error}");
        PageView[] views = JsonSerializer.Deserialize<PageView[]>(WebUtility.HtmlDecode(found.Groups[1].Value), new JsonSerializerOptions(JsonSerializerDefaults.Web))!;
        Assert.Equal(pages.Count * widths.Length, views.Length);
        return (views, [.. error.Split('\n').Where(line => line.Contains("CONSOLE", StringComparison.Ordinal))]);
    }

    private static (string Output, string Error) Run(params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(Path!, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"chromium did not end within {Patience}");
        }

        return (output.Result, error.Result);
    }

    // Contrast as WCAG 2 defines it; a text of SVG is cut where it stands out of its picture.
    private const string Probe = """
        function luminance(colour) {
          const [r, g, b] = colour.match(/[\d.]+/g).slice(0, 3).map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        }
        function contrast(a, b) {
          const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
          return (high + 0.05) / (low + 0.05);
        }
        function view(frame) {
          const page = frame.contentDocument, look = element => frame.contentWindow.getComputedStyle(element);
          const ground = look(page.body).backgroundColor, texts = [...page.querySelectorAll('svg text')], cut = [], faint = [], broken = [];
          for (const text of texts) {
            const box = text.getBoundingClientRect(), picture = text.ownerSVGElement.getBoundingClientRect();
            if (box.left < picture.left - 1 || box.right > picture.right + 1 || box.top < picture.top - 1 || box.bottom > picture.bottom + 1) cut.push(text.textContent);
          }
          for (const element of [...page.querySelectorAll('h1, h2, h3, p, th, td, pre, small'), ...texts]) {
            const colour = texts.includes(element) ? look(element).fill : look(element).color;
            if (contrast(colour, ground) < 4.5) faint.push(element.textContent);
          }
          for (const cell of page.querySelectorAll('.confusion td, .values td')) {
            if (cell.getBoundingClientRect().height > 1.9 * parseFloat(look(cell).lineHeight)) broken.push(cell.textContent);
          }
          const heights = texts.map(text => parseFloat(look(text).fontSize) * Math.hypot(text.getScreenCTM().a, text.getScreenCTM().b));
          return { name: frame.name, width: frame.contentWindow.innerWidth, scrollWidth: page.documentElement.scrollWidth, ground, cut, faint, broken, smallest: Math.min(99, ...heights) };
        }
        onload = () => {
          const found = document.createElement('pre');
          found.id = 'views';
          found.textContent = JSON.stringify([...document.querySelectorAll('iframe')].map(view));
          document.body.append(found);
        };
        """;

    [GeneratedRegex("<pre id=\"views\">(.*?)</pre>", RegexOptions.Singleline)]
    private static partial Regex Views();
}

/// <summary>One page at one width.</summary>
/// <param name="Cut">Texts that stand out of their picture.</param>
/// <param name="Faint">Texts whose contrast to the ground is below 4.5.</param>
/// <param name="Broken">Numbers of tables that take more than one line.</param>
/// <param name="Smallest">Height of the smallest letters in pictures, in pixels.</param>
internal sealed record PageView(string Name, int Width, int ScrollWidth, string Ground, string[] Cut, string[] Faint, string[] Broken, double Smallest);
