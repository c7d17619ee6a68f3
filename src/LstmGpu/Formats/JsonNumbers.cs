using System.Text.Json;

namespace LstmGpu.Formats;

/// <summary>What <see cref="Utf8JsonWriter"/> lacks.</summary>
internal static class JsonNumbers
{
    /// <summary>Writes a number so that it reads back as the same bits; NaN and infinity as null.</summary>
    public static void WriteFinite(this Utf8JsonWriter json, ReadOnlySpan<byte> name, double value)
    {
        if (double.IsFinite(value))
        {
            json.WriteNumber(name, value);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
