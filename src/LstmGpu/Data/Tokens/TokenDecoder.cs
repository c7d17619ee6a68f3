using System.Text;

namespace LstmGpu.Data.Tokens;

/// <summary>Ids to text, one by one. The bytes of a character that comes in parts are kept until it is whole; U+FFFD stands for what is not UTF-8.</summary>
internal sealed class TokenDecoder(ITokenizer tokenizer)
{
    private readonly Decoder decoder = new UTF8Encoding(false, throwOnInvalidBytes: false).GetDecoder();

    public static string Text(ITokenizer tokenizer, IEnumerable<int> ids)
    {
        TokenDecoder decoder = new(tokenizer);
        StringBuilder text = new();
        foreach (int id in ids)
        {
            text.Append(decoder.Next(id));
        }

        return text.Append(decoder.End()).ToString();
    }

    /// <summary>What a token adds to the text; empty where it ends within a character.</summary>
    public string Next(int id) => Decode(tokenizer.Bytes(id), last: false);

    /// <summary>What is left when no token follows: nothing, or U+FFFD for a character that was not finished.</summary>
    public string End() => Decode([], last: true);

    private string Decode(ReadOnlySpan<byte> bytes, bool last)
    {
        char[] characters = new char[decoder.GetCharCount(bytes, last)];
        return new string(characters.AsSpan(0, decoder.GetChars(bytes, characters, last)));
    }
}
