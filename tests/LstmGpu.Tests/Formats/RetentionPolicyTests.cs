using LstmGpu.Formats;
using Xunit;

namespace LstmGpu.Tests.Formats;

public sealed class RetentionPolicyTests
{
    [Theory]
    [InlineData("all", null)]
    [InlineData("last:1", 1)]
    [InlineData("last:2147483647", int.MaxValue)]
    public void RetentionPolicy_ReadsBackWhatItPrints(string text, int? newest)
    {
        Assert.Equal(newest, RetentionPolicy.Parse(text).Newest);
        Assert.Equal(text, RetentionPolicy.Parse(text).ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("ALL")]
    [InlineData("last")]
    [InlineData("last:")]
    [InlineData("last:0")]
    [InlineData("last:-1")]
    [InlineData("last:1,0")]
    [InlineData("last: 1")]
    [InlineData("last:2147483648")]
    public void RetentionPolicy_RefusesAnythingElse(string text) =>
        Assert.StartsWith($"--keep is '{text}', expected all or last:N", Assert.Throws<ConfigurationException>(() => RetentionPolicy.Parse(text)).Message);
}
