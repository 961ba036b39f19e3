using Pipeline.Posts.Text;

namespace Pipeline.Shared.Tests.Posts.Text;

/// <summary>Input made to overflow a stack or to cost its length squared; a quadratic step would take hours at these sizes.</summary>
public sealed class HostileInputTests
{
    private const int Characters = 1_000_000;
    private const int SmallStack = 256 * 1024;

    public static TheoryData<string> Repeated =>
    [
        ">", "> ", "- ", "* ", "1. ", "- > ", ": ", "a\n: ", "[^1]: ", "[^1]: a\n", "[", "]", "![", "[a](", "[a](<b", "[a](b \"c", "[[a]", "[a] [", "![a](b)",
        "*", "_", "**a", "*a_", "a**b", "~~", "`", "`` `", "<", "<a ", "<a x=\"", "<a x='", "<a@b.c>", "<http:", "<div>", "<div>\n", "<div>\n\n", "</div>\n",
        "<!--", "<!-- \n", "<script>", "<pre>\n", "<svg>", "<code>", "<ul><li>", "<table><tr><td>", "<div markdown=\"1\">\n", "<div><div markdown=1>", "<x>\n",
        "&", "&#", "{", "{{", "{%", "{% a %}", "{% if %}", "{% raw %}", "{% a %}{% endb %}", "{%- a -%} ", "{% highlight a %}x", "    {% if a %}\n", "`{% if a %}`", "{{ a }}", "*{{ a }}*",
        "{:", "{: .x}\n", "{::comment}\n", "{:/}\n", "$", "$$", "$$ a\n\n", @"\\(", @"\\[", @"\\", "|", "| a |\n", "a|b\n|-|\n", "[a]: b\n", "[a]:\n",
        "# a\n", "a\n-\n", "a\n\n", "- a\n\n", "    a\n", "```\n", "~~~\n\n", "---\n", "\n", " ", "\t", "a  \n", "word ", "\u00A0", "\u200B", "日\n",
    ];

    [Theory(Timeout = 120_000)]
    [MemberData(nameof(Repeated))]
    public async Task A_megabyte_of_one_mark_is_read_on_a_small_stack(string piece)
    {
        var source = string.Concat(Enumerable.Repeat(piece, Characters / piece.Length));
        await OnSmallStack(source, PostMarkup.Markdown);
        await OnSmallStack(source, PostMarkup.Html);
    }

    [Theory(Timeout = 120_000)]
    [InlineData("[", "](b)")]
    [InlineData("[", "]")]
    [InlineData("*a ", "a*")]
    [InlineData("*a _b ", "a* b_ ")]
    [InlineData("<div>\n", "</div>\n")]
    [InlineData("<div markdown=\"1\">\n", "</div>\n")]
    [InlineData("<ul><li>", "</li></ul>")]
    [InlineData("<b>", "</b>")]
    [InlineData("{% if a %}", "{% endif %}")]
    [InlineData("{% highlight a %}", "{% endhighlight %}")]
    [InlineData("(", ")")]
    public async Task Ten_thousand_levels_keep_what_is_inside(string open, string close)
    {
        var source = string.Concat(Enumerable.Repeat(open, 10_000)) + "inside" + string.Concat(Enumerable.Repeat(close, 10_000));
        Assert.Contains("inside", (await OnSmallStack(source, PostMarkup.Markdown)).Text, StringComparison.Ordinal);
        Assert.Contains("inside", (await OnSmallStack(source, PostMarkup.Html)).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(">")]
    [InlineData("> ")]
    [InlineData("- ")]
    [InlineData("1. ")]
    public void Blocks_nested_too_deep_become_text_with_a_warning(string mark)
    {
        var result = PostText.Extract(string.Concat(Enumerable.Repeat(mark, 10_000)) + "inside\n\nafter", PostMarkup.Markdown, PostTextOptions.Default);
        Assert.EndsWith("inside\n\nafter", result.Text, StringComparison.Ordinal);
        Assert.Contains("nested", Assert.Single(result.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_that_is_indented_ever_deeper_keeps_all_items()
    {
        var source = string.Concat(Enumerable.Range(0, 1000).Select(level => $"{new string(' ', 2 * level)}- item{level}\n"));
        var text = Extracted.Markdown(source);
        Assert.All(Enumerable.Range(0, 1000), level => Assert.Contains($"item{level}", text, StringComparison.Ordinal));
    }

    [Fact]
    public void A_line_of_a_megabyte_stays_one_line()
    {
        var source = string.Concat(Enumerable.Repeat("word ", Characters / 5)).TrimEnd();
        Assert.Equal(source, Extracted.Markdown(source));
    }

    private static Task<PostTextResult> OnSmallStack(string source, PostMarkup markup)
    {
        var done = new TaskCompletionSource<PostTextResult>();
        var thread = new Thread(() => done.SetResult(PostText.Extract(source, markup, PostTextOptions.Default)), SmallStack);
        thread.Start();
        return done.Task.WaitAsync(TestContext.Current.CancellationToken);
    }
}
