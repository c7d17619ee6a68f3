using System.Buffers.Binary;
using System.Text;

namespace LstmGpu.Tests.Formats;

/// <summary>Safetensors files made by hand, also wrong ones.</summary>
internal static class SafetensorsBytes
{
    public static byte[] From(string header, params byte[] data) => From(Encoding.UTF8.GetBytes(header), data);

    public static byte[] From(byte[] header, params byte[] data)
    {
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        return [.. length, .. header, .. data];
    }

    public static string Tensor(string name, string type, string shape, long begin, long end) =>
        $$"""
        "{{name}}":{"dtype":"{{type}}","shape":{{shape}},"data_offsets":[{{begin}},{{end}}]}
        """;
}
