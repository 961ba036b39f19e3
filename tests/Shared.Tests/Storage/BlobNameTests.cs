using Pipeline.Storage;

namespace Pipeline.Shared.Tests.Storage;

public sealed class BlobNameTests
{
    [Theory]
    [InlineData("")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("a//b")]
    [InlineData(".")]
    [InlineData("a/../b")]
    [InlineData("..")]
    [InlineData("a\\b")]
    [InlineData("a\0b")]
    [InlineData("a\nb")]
    [InlineData("a\u0085b")]
    public void A_name_that_could_lead_elsewhere_is_refused(string path) => Assert.Throws<ArgumentException>(() => new BlobName("posts", path));

    [Fact]
    public void Half_a_surrogate_pair_is_refused() =>
        Assert.Contains("surrogate", Assert.Throws<ArgumentException>(() => new BlobName("posts", "a" + '\uD83C')).Message, StringComparison.Ordinal);

    [Fact]
    public void A_part_longer_than_a_file_name_is_refused()
    {
        _ = new BlobName("posts", new string('x', 255));
        _ = new BlobName("posts", new string('世', 85));
        Assert.Contains("255 bytes", Assert.Throws<ArgumentException>(() => new BlobName("posts", new string('世', 86))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new BlobName("posts", string.Join('/', Enumerable.Repeat(new string('x', 250), 5))));
    }
}
