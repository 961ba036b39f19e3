using FsCheck;
using FsCheck.Fluent;
using Pipeline.Publishing;

namespace Pipeline.Shared.Tests.Publishing;

public sealed class PostSlugTests
{
    [Theory]
    [InlineData("Soup: a method", "soup-a-method")]
    [InlineData("Don't tap the glass!", "dont-tap-the-glass")]
    [InlineData("Crème brûlée à la Zürich", "creme-brulee-a-la-zuerich")]
    [InlineData("Łódź, Ærø & Straße", "lodz-aero-strasse")]
    [InlineData("  --- ", "post")]
    [InlineData("日本語", "post")]
    [InlineData("C# and F#", "c-and-f")]
    [InlineData("a/../b", "a-b")]
    public void A_title_becomes_a_name(string title, string slug) => Assert.Equal(slug, PostSlug.Of(title));

    [Fact]
    public void Any_title_gives_a_name_that_Jekyll_takes() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2_000), Prop.ForAll(HostileText.Arbitrary, title =>
        {
            var slug = PostSlug.Of(title);
            Assert.Matches("^[a-z0-9]+(-[a-z0-9]+)*$", slug);
            Assert.InRange(slug.Length, 1, 60);
        }));
}
