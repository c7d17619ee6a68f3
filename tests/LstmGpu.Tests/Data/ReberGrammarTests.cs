using System.Text.RegularExpressions;
using LstmGpu.Data;
using Xunit;

namespace LstmGpu.Tests.Data;

public sealed partial class ReberGrammarTests
{
    [Fact]
    public void Grammar_HasTheStringsOfItsRegularExpression_AndNoOthers()
    {
        string[] middles = [""];
        int found = 0;
        for (int length = 1; length <= 5; length++)
        {
            middles = [.. middles.SelectMany(middle => ReberGrammar.Symbols.Select(symbol => middle + symbol))];
            foreach (string middle in middles)
            {
                string plain = $"B{middle}E";
                bool expected = Plain().IsMatch(plain);
                Assert.True(expected == ReberGrammar.Accepts(plain, embedded: false), plain);
                Assert.Equal(expected, ReberGrammar.Accepts($"BT{plain}TE", embedded: true));
                Assert.False(ReberGrammar.Accepts($"BT{plain}PE", embedded: true));
                Assert.False(ReberGrammar.Accepts($"BV{plain}VE", embedded: true));
                found += expected ? 1 : 0;
            }
        }
        Assert.Equal(9, found); // TXS TSXS TSSXS TXXVV PVV PTVV PTTVV PVPS PTVPS
        Assert.All((string[])["", "B", "E", "BE", "TXS", "BTXS", "TXSE", "BTXSEE", "BTXSE\n"], text => Assert.False(ReberGrammar.Accepts(text, embedded: false)));
    }

    [Theory]
    [InlineData(false, 6, 7)]
    [InlineData(true, 7, 11)]
    public void Strings_HaveTheEntropyThatTheDocumentationNames(bool embedded, int choices, int symbols)
    {
        string[] lines = [.. ReberGrammar.Lines(seed: 1, count: 20_000, embedded)];

        Assert.All(lines, line => Assert.True(embedded ? Embedded().IsMatch(line) : Plain().IsMatch(line), line));
        // All symbols but the ends are even choices between two; the embedded ends are one choice and one repetition.
        double nats = lines.Sum(line => (line.Length - (embedded ? 5 : 2)) * Math.Log(2)) / lines.Sum(line => line.Length - 1);
        Assert.Equal(choices * Math.Log(2) / symbols, nats, 0.002); // a string's length deviates by about 3: 5 deviations of the mean
        string shortest = embedded ? "BTBTXSETE" : "BTXSE";
        Assert.Equal(embedded ? 1.0 / 16 : 1.0 / 8, lines.Count(line => line == shortest) / 20_000.0, 0.012);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void InvalidStrings_AreNone_AndHalfOfThemDifferInOneSymbol(bool embedded)
    {
        string[] lines = [.. ReberGrammar.InvalidLines(seed: 4, count: 500, embedded)];

        Assert.All(lines, line => Assert.False(embedded ? Embedded().IsMatch(line) : Plain().IsMatch(line), line));
        Assert.All(lines, line => Assert.Equal("", line.Trim(ReberGrammar.Symbols.ToCharArray())));
        Assert.All(lines.Where((_, n) => n % 2 == 0), line => Assert.True(IsOneSymbolAway(line, embedded), line));
    }

    [Fact]
    public void Strings_AreTheSameEverywhere()
    {
        Assert.Equal(["BPVPSE", "BPVVE", "BPVVE"], ReberGrammar.Lines(1, 3, embedded: false));
        Assert.Equal(["BPBPTVPXTTVPXVPXVPSEPE", "BPBPVVEPE", "BPBPVVEPE"], ReberGrammar.Lines(1, 3, embedded: true));
        Assert.Equal(["BTVPSE", "BVBEB", "BPVVT"], ReberGrammar.InvalidLines(1, 3, embedded: false));
    }

    private static bool IsOneSymbolAway(string line, bool embedded) => Enumerable.Range(0, line.Length).Any(at =>
        ReberGrammar.Symbols.Any(symbol => ReberGrammar.Accepts($"{line[..at]}{symbol}{line[(at + 1)..]}", embedded)));

    [GeneratedRegex(@"^B(PT*VV|(TS*X|PT*VP)(XT*VP)*(S|XT*VV))E\z")]
    private static partial Regex Plain();

    [GeneratedRegex(@"^B([TP])B(PT*VV|(TS*X|PT*VP)(XT*VP)*(S|XT*VV))E\1E\z")]
    private static partial Regex Embedded();
}
