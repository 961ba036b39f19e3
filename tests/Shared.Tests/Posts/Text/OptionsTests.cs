using Pipeline.Posts.Text;

namespace Pipeline.Shared.Tests.Posts.Text;

public sealed class OptionsTests
{
    private const string Code = "a `b`\n\n```\nc\n```\n\n    d\n\n{% highlight x %}e{% endhighlight %}\n\n<pre>f</pre>\n\ng";

    [Theory]
    [InlineData(CodeText.Keep, "a b\n\nc\n\nd\n\ne\n\nf\n\ng")]
    [InlineData(CodeText.Strip, "a b\n\ng")]
    [InlineData(CodeText.Placeholder, "a b\n\n[code]\n\n[code]\n\n[code]\n\n[code]\n\ng")]
    public void Blocks_of_code_can_be_kept_stripped_or_replaced(CodeText choice, string expected) =>
        Assert.Equal(expected, Extract(Code, new PostTextOptions { Code = choice }));

    [Fact]
    public void Math_can_be_dropped() =>
        Assert.Equal("a c and e\n\nf", Extract("a $$b$$ c\nand \\\\( d \\\\) e\n\n$$\nx\n$$\n\nf", new PostTextOptions { Math = MathText.Drop }));

    [Fact]
    public void The_text_of_images_can_be_kept() =>
        Assert.Equal("a b c d e", Extract("a ![b *c*](x) <img alt=\"d\" src=y> e", new PostTextOptions { ImageAlt = true }));

    [Fact]
    public void A_separator_of_the_blogs_own_leaves_paragraphs_apart() =>
        Assert.Equal("One.\n\nTwo. Three.", Extract("One.\n<!-- fold here -->\nTwo.\n<!-- other -->\nThree.", new PostTextOptions { ExcerptSeparator = "<!-- fold here -->" }));

    private static string Extract(string source, PostTextOptions options) => PostText.Extract(source, PostMarkup.Markdown, options).Text;
}
