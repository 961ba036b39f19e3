using Pipeline.Functions.Hosting;

namespace Pipeline.Functions.Tests.Hosting;

public sealed class BlobPatternTests
{
    [Theory]
    [InlineData("posts/{name}", "docs/_posts/2024-01-02-a b#ü.md", "name", "docs/_posts/2024-01-02-a b#ü.md")]
    [InlineData("models/{version}/manifest.json", "0a1b-2c/manifest.json", "version", "0a1b-2c")]
    public void Placeholders_take_what_stands_in_their_place(string pattern, string name, string placeholder, string value)
    {
        var parsed = new BlobPattern(pattern);
        Assert.Equal(value, parsed.Match(name)?[placeholder]);
        Assert.Equal(name, parsed.Fill(key => key == placeholder ? value : null));
    }

    [Theory]
    [InlineData("0a1b/manifest.json.new")]
    [InlineData("0a1b/config.json")]
    [InlineData("manifest.json")]
    [InlineData("0a1b/manifestXjson")]
    public void Other_names_do_not_match(string name) => Assert.Null(new BlobPattern("models/{version}/manifest.json").Match(name));

    [Fact]
    public void A_pattern_without_a_container_is_refused() => Assert.Throws<FormatException>(() => new BlobPattern("{name}"));

    [Fact]
    public void A_missing_placeholder_is_refused() => Assert.Throws<InvocationException>(() => new BlobPattern("posts/{name}").Fill(_ => null));
}
