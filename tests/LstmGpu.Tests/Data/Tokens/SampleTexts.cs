using System.Text;

namespace LstmGpu.Tests.Data.Tokens;

/// <summary>Texts that are awkward to cut, and random ones of awkward parts.</summary>
internal static class SampleTexts
{
    private static readonly string[] Parts =
    [
        "a", "The", " ", "  ", "\n", "\r\n", "\t", "don't", "'", "’", "o’er", ",", "--", "1,000", "é", "e\u0301", "\u0301", "Straße", "ǅ", "İ", "я", "мир", "你好", "カタ", "か\u3099",
        "😀", "👩‍👩‍👧", "🇩🇪", "\u200D", "\uFEFF", "\u00A0", "\u3000", "\u0085", "𠀀", "_x_", "ไทย", "Ġ", "<unk>", "\u0001", new string('x', 127), new string('é', 70),
    ];

    public static string Random(int seed, int parts)
    {
        Random random = new(seed);
        StringBuilder text = new();
        for (int n = 0; n < parts; n++)
        {
            text.Append(Parts[random.Next(Parts.Length)]);
        }

        return text.ToString();
    }
}
