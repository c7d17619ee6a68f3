using LstmGpu.Formats;
using Xunit;

namespace LstmGpu.Tests.Formats;

public sealed class ClosestNameTests
{
    [Theory]
    [InlineData("hiden", "hidden")]
    [InlineData("bacth", "batch")]
    [InlineData("layer", "layers")]
    [InlineData("vocabulary", null)]
    [InlineData("", null)]
    public void ClosestName_SuggestsOnlyWhatIsNear(string wanted, string? expected) => Assert.Equal(expected, ClosestName.Find(wanted, ["hidden", "layers", "batch"]));

    [Fact]
    public void ClosestName_TakesTheFirst_WhenTwoAreEquallyNear() => Assert.Equal("weight_ih", ClosestName.Find("weight_xh", ["weight_ih", "weight_hh"]));
}
