using System.Globalization;
using System.Text;
using LstmGpu.Data;
using Xunit;

namespace LstmGpu.Tests.Data;

public sealed class VocabularyTests
{
    [Fact]
    public void FromRunes_OrdersDistinctCharactersByCodePoint()
    {
        Vocabulary vocabulary = Of("zaZ😀é你a\n\uFFFD");

        Assert.Equal(["\n", "Z", "a", "z", "é", "你", "\uFFFD", "😀"], Enumerable.Range(0, vocabulary.Count).Select(vocabulary.Symbol));
        Assert.Equal(7, vocabulary.Find(new Rune(0x1F600)));
        Assert.Equal(-1, vocabulary.Find(new Rune('b')));
        Assert.Equal(-1, vocabulary.Find(new Rune(0x10FFFF)));
    }

    [Theory]
    [InlineData("de-DE")]
    [InlineData("tr-TR")]
    [InlineData("ar-SA")]
    public void FromRunes_AndItsJson_AreTheSameUnderEveryCulture(string culture)
    {
        byte[] expected = Of("iıIİßäöصe\n").ToJson();
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo(culture);
            Assert.Equal(expected, Of("iıIİßäöصe\n").ToJson());
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void Json_ReadsBackAsTheSameVocabulary_WhateverTheCharacters()
    {
        Vocabulary all = Vocabulary.FromRunes(Enumerable.Range(0, 0x110000).Where(Rune.IsValid).Where(v => v < 0x3100 || v % 97 == 0).Select(v => new Rune(v)));
        using TemporaryFile file = new(all.ToJson());

        Vocabulary loaded = Vocabulary.Load(file.Path);

        Assert.Equal(all, loaded);
        Assert.Equal(all.GetHashCode(), loaded.GetHashCode());
        Assert.NotEqual(all, Of("ab"));
    }

    [Fact]
    public void Json_ShowsCharactersAsThemselves() =>
        Assert.Equal("[\n  \"\\n\", \"\\\"\", \"a\", \"你\", \"😀\"\n]\n", Encoding.UTF8.GetString(Of("a你😀\"\n").ToJson()));

    [Fact]
    public void Load_KeepsTheOrderOfTheFile()
    {
        using TemporaryFile file = new("""["b", "a", "\ud83d\ude00"]""");

        Assert.Equal([1, 0, 2], Vocabulary.Load(file.Path).Encode("ab😀"));
    }

    [Theory]
    [InlineData("""["a", "b", "a"]""", "'a' (U+0061) twice, as entries 0 and 2")]
    [InlineData("""["a", ""]""", "an empty string as entry 1")]
    [InlineData("""["a", "bc"]""", "a string of 2 UTF-16 units as entry 1")]
    [InlineData("""["a", 7]""", "a JSON number as entry 1")]
    [InlineData("""["\ud800"]""", "half a surrogate pair")]
    [InlineData("""{"a": 0}""", "a JSON object")]
    [InlineData("[]", "an empty array")]
    [InlineData("""["a",""", "not valid JSON (line 1)")]
    [InlineData("", "not valid JSON")]
    public void Load_RefusesWhatIsNotAListOfDistinctCharacters(string json, string found)
    {
        using TemporaryFile file = new(json);

        DataException refused = Assert.Throws<DataException>(() => Vocabulary.Load(file.Path));

        Assert.Contains(found, refused.Message);
        Assert.Contains(file.Path, refused.Message);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [Fact]
    public void Load_RefusesInvalidUtf8()
    {
        using TemporaryFile file = new([(byte)'[', (byte)'"', 0xC3, (byte)'"', (byte)']']);

        Assert.Throws<DataException>(() => Vocabulary.Load(file.Path));
    }

    [Fact]
    public void Encode_NamesTheCharacterThatIsMissing()
    {
        DataException refused = Assert.Throws<DataException>(() => Of("ab😀").Encode("a😀你"));

        Assert.Contains("'你' (U+4F60) at position 2", refused.Message);
        Assert.Contains("3 characters", refused.Message);
        Assert.Contains("U+D800", Assert.Throws<DataException>(() => Of("ab").Encode("a\uD800")).Message);
    }

    private static Vocabulary Of(string text) => Vocabulary.FromRunes(text.EnumerateRunes());
}
