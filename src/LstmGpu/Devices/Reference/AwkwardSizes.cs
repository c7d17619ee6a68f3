using LstmGpu.Devices.Cpu;
using LstmGpu.Devices.Emulator;

namespace LstmGpu.Devices.Reference;

/// <summary>The sizes that every operation is checked with: around vectors, tiles and groups, and one that is shared out and ends unevenly.</summary>
internal static class AwkwardSizes
{
    private static readonly int[] All = [1, 2, 7, 15, 16, 17, 63, 64, 65, 257];

    // Threads of the emulator are the operating system's: a few tiles and their edges are what it can check in seconds.
    private static readonly int[] Few = [1, 17, 65];

    public static int[] Of(string device) => IsSlow(device) ? Few : All;

    /// <summary>Of one-dimensional operations.</summary>
    public static int[] Lengths(string device) => IsSlow(device) ? [.. Few, 257] : [.. All, 100_003];

    public static IEnumerable<(int Rows, int Columns)> Pairs(string device) =>
        Of(device).SelectMany(rows => Of(device).Select(columns => (rows, columns)));

    public static IEnumerable<(int Rows, int Width, int Vocabulary)> Embeddings(string device) =>
        Pairs(device).SelectMany(pair => (IsSlow(device) ? Few : [1, 7, 65]).Select(vocabulary => (pair.Rows, pair.Columns, vocabulary)));

    public static IEnumerable<LstmShape> Lstm(string device) =>
        from h in IsSlow(device) ? [1, 17] : (int[])[1, 7, 16, 17, 64, 65, 130]
        from t in IsSlow(device) ? [1, 3] : (int[])[1, 2, 7]
        from b in IsSlow(device) ? [1, 17] : (int[])[1, 2, 5, 6, 7, 17]
        from i in IsSlow(device) ? [1, 17] : (int[])[1, 5, 17, 65]
        select new LstmShape(t, b, i, h);

    /// <summary>A batch so large that a device shares it out in its coarser way, which no small one shows: a tile of 64 rows for every unit.</summary>
    public static LstmShape LstmThatFills(DeviceDescription device) => IsSlow(device.Name) ? new(T: 2, B: 18, I: 1, H: 7) : new(T: 2, B: (64 * device.Units) + 1, I: 3, H: 65);

    /// <summary>Of a step whose products round: one that needs no second tile, edges of every tile, and so many rows that a device takes its largest tiles.</summary>
    public static LstmShape[] LstmSteps(string device) => IsSlow(device)
        ? [new(T: 2, B: 17, I: 3, H: 17)]
        : [new(T: 3, B: 5, I: 7, H: 1), new(T: 3, B: 17, I: 5, H: 65), new(T: 2, B: 33, I: 3, H: 257), new(T: 2, B: 700, I: 3, H: 72)];

    /// <summary>[T,B,H] with lengths of every kind: none, 0, 1, T and between.</summary>
    public static IEnumerable<ReferenceSequences> Sequences(string device) =>
        from h in IsSlow(device) ? [1, 17] : (int[])[1, 7, 16, 65, 257]
        from t in IsSlow(device) ? [1, 3] : (int[])[1, 2, 7, 33]
        from b in IsSlow(device) ? [1, 5] : (int[])[1, 2, 5, 17]
        from withLengths in (bool[])[false, true]
        select new ReferenceSequences(t, b, h, withLengths ? [.. Enumerable.Range(0, b).Select(n => (n * 5 + t / 2) % (t + 1))] : []);

    /// <summary>[B,H] with and without rows that are padding.</summary>
    public static IEnumerable<ReferenceForecastLoss> Forecasts(string device) =>
        from b in IsSlow(device) ? [1, 17] : (int[])[1, 2, 17, 257]
        from h in IsSlow(device) ? [1, 17] : (int[])[1, 7, 65]
        from padded in (bool[])[false, true]
        select new ReferenceForecastLoss(b, h, padded ? [.. Enumerable.Range(0, b).Select(n => n % 3)] : []);

    /// <summary>Of the general recurrence, with and without biases and lengths; fewer where options are tested, on a device that takes long.</summary>
    public static IEnumerable<(int T, int B, int I, int H, bool Bias, bool Lengths)> Recurrent(string device, bool plain)
    {
        if (IsSlow(device))
        {
            // The second fills more than one group of 256.
            return plain ? [(2, 3, 2, 7, true, true), (1, 17, 3, 17, false, false)] : [(2, 3, 2, 7, true, true)];
        }
        (int, int, int, int)[] small = [(1, 1, 1, 1), (4, 17, 5, 1), (1, 5, 7, 7), (4, 5, 17, 17)];
        (int, int, int, int)[] large = [(4, 1, 3, 65), (4, 17, 7, 65), .. device == CpuDevice.Name ? [(4, 5, 3, 130)] : ((int, int, int, int)[])[]];
        return
        [
            .. from size in small from bias in (bool[])[true, false] from lengths in (bool[])[true, false] select With(size, bias, lengths),
            .. from size in large from lengths in (bool[])[true, false] select With(size, !lengths, lengths),
        ];

        static (int, int, int, int, bool, bool) With((int T, int B, int I, int H) size, bool bias, bool lengths) =>
            (size.T, size.B, size.I, size.H, bias, lengths);
    }

    public static bool IsSlow(string device) => device == EmulatorDevice.Name;

    /// <summary>Random tokens among which the first and the last of the vocabulary occur.</summary>
    public static int[] Tokens(int rows, int vocabulary)
    {
        int[] tokens = new UniformInputs(33).Integers(rows, vocabulary);
        tokens[0] = 0;
        tokens[^1] = vocabulary - 1;
        return tokens;
    }
}
