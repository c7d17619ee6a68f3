using System.Text;

namespace LstmGpu.Tests.Data.Vectors;

/// <summary>Bytes of small embedding files.</summary>
internal static class EmbeddingFiles
{
    public static byte[] Binary(string header, params (string Word, float[] Values)[] rows)
    {
        List<byte> bytes = [.. Encoding.UTF8.GetBytes(header)];
        foreach ((string word, float[] values) in rows)
        {
            bytes.AddRange(Encoding.UTF8.GetBytes(word + " "));
            bytes.AddRange(values.SelectMany(BitConverter.GetBytes));
            bytes.Add((byte)'\n');
        }

        return [.. bytes];
    }
}
