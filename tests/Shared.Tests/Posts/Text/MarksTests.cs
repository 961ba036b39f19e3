using Pipeline.Posts.Text;

namespace Pipeline.Shared.Tests.Posts.Text;

/// <summary>Text that keeps its Markdown: what stays is valid Markdown of the same structure.</summary>
public sealed class MarksTests
{
    private static readonly PostTextOptions Marks = new() { Marks = true };

    [Theory]
    [InlineData("# A #\n\nText", "# A\n\nText")]
    [InlineData("### A {#id}\n{: .no_toc}\n\nText", "### A\n\nText")]
    [InlineData("A\n---\n\nText", "## A\n\nText")]
    [InlineData("An *old* and **new** __word__", "An *old* and **new** __word__")]
    [InlineData("2 * 3 * 4 and snake_case", "2 * 3 * 4 and snake_case")]
    [InlineData("use `a*b` now", "use `a*b` now")]
    [InlineData("use `` a`b `` now", "use `` a`b `` now")]
    [InlineData("> One\n> two.\n>\n> Three.", "> One two.\n\n> Three.")]
    [InlineData("```ruby\ndef f\n\n  x\nend\n```\n\nText", "```\ndef f\n\n  x\nend\n```\n\nText")]
    [InlineData("    indented\n\nText", "```\nindented\n```\n\nText")]
    [InlineData("- a\n- b", "- a\n- b")]
    [InlineData("See [the *docs*](http://x.y){: .ext} ![i](a.png).", "See the *docs* .")]
    [InlineData("| a | b |\n|---|---|\n| 1 | *2* |", "a | b\n|---|---|\n1 | *2*")]
    [InlineData("<b>bold</b> {{ site.x }} text", "bold text")]
    [InlineData("```\n```\n\nText", "Text")]
    public void Marks_stay_where_they_are_asked_for(string source, string expected) =>
        Assert.Equal(expected, PostText.Extract(source, PostMarkup.Markdown, Marks).Text);

    [Theory]
    [InlineData("# A\n\nSome *text* with `code`.\n\n```\nx = 1\n```\n\n- one\n- two")]
    [InlineData("> A quote with **weight**.\n\nA | b\n|---|---|\n1 | 2")]
    public void Text_with_marks_read_again_is_the_same_text(string source)
    {
        var once = PostText.Extract(source, PostMarkup.Markdown, Marks).Text;
        Assert.Equal(once, PostText.Extract(once, PostMarkup.Markdown, Marks).Text);
    }
}
