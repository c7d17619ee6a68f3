using LstmGpu.Devices.Reference;
using LstmGpu.Tests.Devices;

namespace LstmGpu.Tests.Layers;

/// <summary>Layers on a device of the catalog, and values to run them on.</summary>
internal static class RecurrentUnderTest
{
    public static Device Open(string name) => new(DeviceUnderTest.Open(name));

    public static Recurrent Create(Device device, RecurrentOptions options, long seed = 1)
    {
        Recurrent layer = Empty(device, options);
        layer.Initialise(seed);
        return layer;
    }

    /// <summary>With the parameters of another.</summary>
    public static Recurrent Copy(Device device, RecurrentOptions options, Recurrent source, Func<string, string>? nameInSource = null)
    {
        Recurrent layer = Empty(device, options);
        foreach (Parameter parameter in layer.Parameters)
        {
            parameter.Write(Values(source, nameInSource?.Invoke(parameter.Name) ?? parameter.Name));
        }
        return layer;
    }

    public static float[] Values(Recurrent layer, string name)
    {
        Parameter parameter = layer.Parameters.Single(p => p.Name == name);
        float[] values = new float[parameter.Count];
        parameter.Read(values);
        return values;
    }

    public static float[] Gradient(Recurrent layer, string name)
    {
        Parameter parameter = layer.Parameters.Single(p => p.Name == name);
        float[] values = new float[parameter.Count];
        parameter.ReadGradient(values);
        return values;
    }

    public static float[] Gradients(Recurrent layer) => [.. layer.Parameters.SelectMany(parameter => Gradient(layer, parameter.Name))];

    public static float[] Uniform(int length, ulong seed) => new UniformInputs(seed).Floats(length);

    public static RecurrentState State(RecurrentOptions options, int batch, ulong seed)
    {
        int places = options.Layers * (options.Bidirectional ? 2 : 1) * batch;
        float[] cell = options is LstmOptions ? Uniform(places * options.HiddenSize, seed + 1) : [];
        return new(Uniform(places * Width(options), seed), cell);
    }

    /// <summary>P.</summary>
    public static int Width(RecurrentOptions options) => options is LstmOptions { ProjectionSize: > 0 and int projection } ? projection : options.HiddenSize;

    /// <summary>D·P.</summary>
    public static int OutputWidth(RecurrentOptions options) => Width(options) * (options.Bidirectional ? 2 : 1);

    /// <summary>[first,second,width] → [second,first,width].</summary>
    public static float[] Swap(float[] values, int first, int second, int width)
    {
        float[] swapped = new float[values.Length];
        for (int n = 0; n < first * second; n++)
        {
            Array.Copy(values, n * width, swapped, ((n % second * first) + (n / second)) * width, width);
        }
        return swapped;
    }

    /// <summary>Row b of [T,B,width], its first steps.</summary>
    public static float[] Row(float[] values, int b, int batch, int width, int steps) =>
        [.. Enumerable.Range(0, steps).SelectMany(t => values.Skip(((t * batch) + b) * width).Take(width))];

    private static Recurrent Empty(Device device, RecurrentOptions options) => options switch
    {
        LstmOptions lstm => new Lstm(device, lstm),
        GruOptions gru => new Gru(device, gru),
        _ => new Rnn(device, (RnnOptions)options),
    };
}
