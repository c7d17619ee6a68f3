using LstmGpu.Devices;
using LstmGpu.Devices.Reference;
using Xunit;

namespace LstmGpu.Tests.Devices;

public sealed partial class BackendContract
{
    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void Add_AddsTheSourceOntoTheDestination(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach (int length in AwkwardSizes.Lengths(device))
        {
            float[] x = Draw(81, length), y = Draw(82, length);
            Near.SameBits($"length {length}", [.. x.Zip(y, (a, b) => b + a)], backend.Add(x, y));
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void MultiplyByMask_RepeatsTheMask_AlsoInPlace(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach ((int rows, int width) in AwkwardSizes.Pairs(device))
        {
            float[] x = Draw(83, rows * width), mask = Draw(84, width);
            float[] expected = [.. x.Select((value, n) => value * mask[n % width])];
            Near.SameBits($"rows={rows} width={width}", expected, backend.MultiplyByMask(x, mask, inPlace: false));
            Near.SameBits($"in place, rows={rows} width={width}", expected, backend.MultiplyByMask(x, mask, inPlace: true));
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void Dropout_WithAPeriod_DropsTheSameElementsOfEveryRepetition(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        // The last of the shapes has more repetitions than any device has groups for.
        foreach ((int rows, int period) in AwkwardSizes.Pairs(device).Append((AwkwardSizes.IsSlow(device) ? 130 : 1000, 5)))
        {
            CheckPeriodicDropout(backend, rows, period);
        }
    }

    internal static void CheckPeriodicDropout(IBackend backend, int rows, int period)
    {
        DropoutKey key = new(Seed: 1UL << 40 | 5, Step: 1UL << 33 | 3, Site: 0xFFFF0001);
        float[] x = Draw(85, rows * period + 1); // one element more than whole periods
        double[] expected = ReferenceDropout.ApplyPeriodic(x.ToDoubles(), 0.3f, key, period);
        float[] apart = backend.PeriodicDropout(x, 0.3f, key, period, inPlace: false);
        Near.Equal($"rows={rows} period={period}", expected, apart, Tolerances.Dropout(expected));
        Near.SameBits($"in place, rows={rows} period={period}", apart, backend.PeriodicDropout(x, 0.3f, key, period, inPlace: true));
        float[] first = backend.Dropout(x[..period], 0.3f, key, inPlace: false);
        Near.SameBits($"first period, rows={rows} period={period}", first, apart[..period]);
        Near.SameBits($"no period, rows={rows}", backend.Dropout(x, 0.3f, key, inPlace: false), backend.PeriodicDropout(x, 0.3f, key, 0, inPlace: false));
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void Embedding_WithARowMask_DropsWholeWords_AndThePaddingRowGetsNoGradient(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach ((int rows, int width, int vocabulary) in AwkwardSizes.Embeddings(device))
        {
            UniformInputs uniform = new(86);
            int[] tokens = AwkwardSizes.Tokens(rows, vocabulary);
            float[] weight = uniform.Floats(vocabulary * width), dx = uniform.Floats(rows * width), before = uniform.Floats(vocabulary * width);
            float[] mask = [.. Enumerable.Range(0, vocabulary).Select(v => v % 3 == 1 ? 0f : 1.5f)];
            string call = $"rows={rows} width={width} V={vocabulary}";

            double[] expected = ReferenceDense.EmbeddingForward(rows, width, tokens, weight.ToDoubles(), mask.ToDoubles());
            Near.Equal(call, expected, backend.EmbeddingForward(rows, width, tokens, weight, mask), Tolerances.OneRounding(expected));

            int padding = vocabulary - 1;
            expected = ReferenceDense.EmbeddingBackward(rows, width, tokens, dx.ToDoubles(), before.ToDoubles(), mask.ToDoubles(), padding);
            float[] actual = backend.EmbeddingBackward(rows, width, tokens, dx, before, mask, padding);
            Near.Equal(call, expected, actual, Tolerances.EmbeddingBackward(width, tokens, mask, padding));
            float[] unmasked = backend.EmbeddingBackward(rows, width, tokens, dx, before, [], padding);
            float[] plain = backend.EmbeddingBackward(rows, width, tokens, dx, before);
            before[(padding * width)..].CopyTo(plain, padding * width);
            Near.SameBits($"padding alone, {call}", plain, unmasked);
        }
    }
}
