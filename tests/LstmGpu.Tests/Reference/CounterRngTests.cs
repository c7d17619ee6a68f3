using LstmGpu.Devices;
using LstmGpu.Devices.Reference;
using LstmGpu.Kernels;
using Xunit;

namespace LstmGpu.Tests.Reference;

public sealed class CounterRngTests
{
    /// <summary>Known answers of philox4x32-10 from the Random123 distribution (tests/kat_vectors).</summary>
    [Theory]
    [InlineData(0x00000000u, 0x00000000u, 0x00000000u, 0x00000000u, 0x00000000u, 0x00000000u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [InlineData(0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0xa4093822u, 0x299f31d0u, 0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)]
    public void Philox_GivesThePublishedWords(uint x0, uint x1, uint x2, uint x3, uint key0, uint key1, uint y0, uint y1, uint y2, uint y3)
    {
        CounterRng.Draw(key0, key1, ref x0, ref x1, ref x2, ref x3);

        Assert.Equal((y0, y1, y2, y3), (x0, x1, x2, x3));
    }

    [Fact]
    public void ToUnit_NeverReachesOne()
    {
        Assert.Equal(0f, CounterRng.ToUnit(0));
        Assert.Equal(16777215f / 16777216f, CounterRng.ToUnit(uint.MaxValue));
    }

    [Fact]
    public void DropoutMask_KeepsItsShareAndDependsOnSeedStepAndSite()
    {
        const int Length = 100_000;
        const float Probability = 0.3f;
        DropoutKey key = new(Seed: 1, Step: 7, Site: 2);
        bool[] mask = ReferenceDropout.Mask(Length, Probability, key);

        // Binomial: σ of the kept share is √(0.3·0.7/100000) = 1.45e-3; six of them.
        Assert.Equal(0.7, mask.Count(kept => kept) / (double)Length, 6 * 1.45e-3);
        DropoutKey[] others =
        [
            key with { Seed = 2 },
            key with { Seed = 1UL << 32 | 1 },
            key with { Step = 8 },
            key with { Step = 1UL << 32 | 7 },
            key with { Site = 3 },
        ];
        foreach (DropoutKey other in others)
        {
            // Two independent masks agree on 0.7² + 0.3² = 58 % of the elements.
            int same = mask.Zip(ReferenceDropout.Mask(Length, Probability, other)).Count(pair => pair.First == pair.Second);
            Assert.InRange(same / (double)Length, 0.57, 0.59);
        }
    }
}
