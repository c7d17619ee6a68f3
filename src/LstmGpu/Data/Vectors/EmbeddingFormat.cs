namespace LstmGpu.Data.Vectors;

/// <summary>The common files of word vectors.</summary>
internal enum EmbeddingFormat
{
    /// <summary>A line for each word: the word and its numbers, separated by spaces.</summary>
    Glove,

    /// <summary>As <see cref="Glove"/>, after a line with the number of words and their width.</summary>
    Word2Vec,

    /// <summary>The same first line; then for each word its UTF-8, a space, its numbers as little-endian 32-bit floats and usually a line feed.</summary>
    Word2VecBinary,
}
