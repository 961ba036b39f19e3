namespace Pipeline.Shared.Tests.Posts.Text;

public sealed class HtmlTests
{
    [Theory]
    [InlineData("<p>a <b>b</b>\n c</p>\n<p>d</p>", "a b c\n\nd")]
    [InlineData("<div>a</div><div>b<br/>c</div>", "a\nb\nc")]
    [InlineData("a<br><br>b", "a\n\nb")]
    [InlineData("<h2 id=\"x>y\">A</h2>b", "A\n\nb")]
    [InlineData("<ol><li>a<ul><li>b</li></ul></li><li><p>c</p></li></ol>", "1. a\n  - b\n2. c")]
    [InlineData("<ul><li>a<li>b</ul>c", "- a\n- b\n\nc")]
    [InlineData("<table><tr><th>a</th><th>b</th></tr>\n<tr><td>c</td><td>d</td></tr></table>", "a | b\nc | d")]
    [InlineData("<dl><dt>a</dt><dd>b</dd></dl>", "a\nb")]
    [InlineData("<pre><code>if a &lt; b:\n    <b>c</b>\n</code></pre>", "if a < b:\n    c")]
    [InlineData("<!DOCTYPE html><!-- no --><?php x ?>a", "a")]
    [InlineData("*a* [b](c) # d", "*a* [b](c) # d")]
    [InlineData("<img src=\"a\" alt=\"b\">c", "c")]
    public void Html_posts_are_read_as_html(string source, string expected) => Assert.Equal(expected.Replace("\n  -", "\n   -", StringComparison.Ordinal), Extracted.Html(source));

    [Theory]
    [InlineData("script")]
    [InlineData("style")]
    [InlineData("iframe")]
    [InlineData("svg")]
    [InlineData("object")]
    [InlineData("video")]
    [InlineData("audio")]
    [InlineData("form")]
    [InlineData("noscript")]
    public void Some_elements_vanish_with_their_inside(string name)
    {
        var element = $"<{name} a=\"b\">no <i>no</i>\n\nno</{name}>";
        Assert.Equal("x y", Extracted.Html($"x {element} y"));
        Assert.Equal("x\n\ny", Extracted.Markdown($"x\n\n{element}\n\ny"));
    }

    [Theory]
    [InlineData("&amp;lt; &lt;b&gt; &copy; &#8211; &#x41; &nbsp;x &bogus; &", "&lt; <b> © – A x &bogus; &")]
    [InlineData("a&#8203;b&shy;c&#0;d&#xD800;e", "abcde")]
    public void Entities_are_decoded_once(string source, string expected)
    {
        Assert.Equal(expected, Extracted.Html(source));
        Assert.Equal(expected, Extracted.Markdown(source));
    }

    [Theory]
    [InlineData("<div>\n\n*a*\n\n</div>\n\n*b*", "*a*\n\nb")]
    [InlineData("<div class=\"x\">\n    <p>a</p>\n\n    <p>b</p>\n</div>\nc", "a\n\nb\n\nc")]
    [InlineData("<div markdown=\"1\">\n\n- *a*\n\n</div>\n*b*", "- a\n\nb")]
    [InlineData("<div>\n<p markdown=\"span\">*a*</p>\n*b*\n</div>", "a\n\n*b*")]
    [InlineData("<div markdown=\"0\">*a*</div>", "*a*")]
    [InlineData("<span>*a*</span> <code>*b* &lt;</code> <kbd>_c_</kbd>", "a *b* < _c_")]
    [InlineData("<details>\n<summary>a</summary>\nb\n</details>", "a\nb")]
    [InlineData("a <b>b</b><sup>2</sup> <a href='x'>*c*</a>", "a b2 c")]
    [InlineData("1 < 2 and 3 > 2 <3", "1 < 2 and 3 > 2 <3")]
    [InlineData("<section>\n    <div>a</div>\n\nb", "a\n\nb")]
    [InlineData("<p>open *a*\n\nb *c*", "open a\n\nb c")]
    [InlineData("a <!-- x\ny --> b", "a b")]
    [InlineData("<!-- x\n\n*y*\n-->\nb", "b")]
    public void Html_within_markdown(string source, string expected) => Assert.Equal(expected, Extracted.Markdown(source));

    [Theory]
    [InlineData("One.\n<!--more-->\nTwo.")]
    [InlineData("One. <!-- cut --> Two.")]
    [InlineData("One.\n\n<!--more-->\n\nTwo.")]
    [InlineData("<p>One.</p><!--more--><p>Two.</p>")]
    public void Excerpt_separators_leave_paragraphs_apart(string source) => Assert.Equal("One.\n\nTwo.", Extracted.Markdown(source));
}
