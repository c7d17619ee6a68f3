namespace LstmGpu.Data.Tokens;

/// <summary>Text to ids and back. Joining <see cref="Bytes"/> of the ids of a text gives the text, but for unknown words and lower-casing.</summary>
internal interface ITokenizer
{
    /// <summary>Number of tokens, V.</summary>
    int Count { get; }

    /// <summary>The id of everything outside the vocabulary; −1 where that is refused or does not exist.</summary>
    int Unknown { get; }

    /// <summary>A token as it is shown.</summary>
    string Symbol(int id);

    /// <summary>The UTF-8 that a token stands for; of a byte pair token it may be a part of a character.</summary>
    ReadOnlySpan<byte> Bytes(int id);

    /// <summary>The ids of a text.</summary>
    /// <exception cref="DataException">Half a surrogate pair, or a character or word that is refused.</exception>
    int[] Encode(string text);

    /// <summary>What <see cref="TokenizerFile.Load"/> reads back: the same tokenizer gives the same bytes everywhere.</summary>
    byte[] ToJson();
}
