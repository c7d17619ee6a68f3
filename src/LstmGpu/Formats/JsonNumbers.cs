using System.Text.Json;

namespace LstmGpu.Formats;

/// <summary>What <see cref="Utf8JsonWriter"/> lacks.</summary>
internal static class JsonNumbers
{
    /// <summary>Writes a number so that it reads back as the same bits; NaN and infinity as null.</summary>
    public static void WriteFinite(this Utf8JsonWriter json, ReadOnlySpan<byte> name, double value)
    {
        json.WritePropertyName(name);
        json.WriteFiniteValue(value);
    }

    /// <inheritdoc cref="WriteFinite(Utf8JsonWriter, ReadOnlySpan{byte}, double)"/>
    public static void WriteFinite(this Utf8JsonWriter json, string name, double value)
    {
        json.WritePropertyName(name);
        json.WriteFiniteValue(value);
    }

    private static void WriteFiniteValue(this Utf8JsonWriter json, double value)
    {
        if (double.IsFinite(value))
        {
            json.WriteNumberValue(value);
        }
        else
        {
            json.WriteNullValue();
        }
    }
}
