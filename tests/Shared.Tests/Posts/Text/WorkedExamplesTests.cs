namespace Pipeline.Shared.Tests.Posts.Text;

/// <summary>The worked examples of the rules for posts, row by row.</summary>
public sealed class WorkedExamplesTests
{
    [Theory]
    [InlineData("See [the *docs*](http://x.y){: .ext}, ok.", "See the docs, ok.")]
    [InlineData("See [x]({{ site.baseurl }}{% post_url 2014-09-16-a %}).", "See x.")]
    [InlineData("A[^1], B.\n\n[^1]: The *note*.", "A, B.\n\nThe note.")]
    [InlineData("![Alt](a.png \"T\"){: .left}\n\nText", "Text")]
    [InlineData("[![i](a.png)](http://l) Text", "Text")]
    [InlineData("* content\n{:toc}\n\nText", "Text")]
    [InlineData("# A #\n{: .no_toc}\nText", "A\n\nText")]
    [InlineData("a &amp; b &lt;c@d.e&gt;", "a & b <c@d.e>")]
    [InlineData("use `<br>` and `a*b*c`", "use <br> and a*b*c")]
    [InlineData("{% raw %}{{ x }}{% endraw %} and {{ y }}", "{{ x }} and")]
    [InlineData("{% highlight ruby linenos %}\ndef f; end\n{% endhighlight %}", "def f; end")]
    [InlineData("{% figure caption:\"C\" %}\n![a](b)\n{% endfigure %}\n\nT", "T")]
    [InlineData("{% spoiler S %}\n- a\n{% endspoiler %}", "- a")]
    [InlineData("x {% comment %}no{% endcomment %}y", "x y")]
    [InlineData("One.<!--more-->\n\nTwo.", "One.\n\nTwo.")]
    [InlineData("One<!-- no -->\ntwo", "One two")]
    [InlineData("$$a_b^2$$ and $5 or $6 each", "$$a_b^2$$ and $5 or $6 each")]
    [InlineData(@"\\( x_1 * y_2 * z \\)", @"\( x_1 * y_2 * z \)")]
    [InlineData("<ul><li>a</li><li>b</li></ul>", "- a\n- b")]
    [InlineData("<p>a<br />b</p><p>c</p>", "a\nb\n\nc")]
    [InlineData("<div markdown=\"1\">\n*a*\n</div>", "a")]
    [InlineData("<div>\n*a*\n</div>", "*a*")]
    [InlineData("Term\n: Meaning", "Term\nMeaning")]
    [InlineData("| a | b |\n|---|---|\n| 1 | *2* |\n{: .t}", "a | b\n1 | 2")]
    [InlineData("CMS here\n\n*[CMS]: Content System", "CMS here")]
    [InlineData(@"1\.8 and \*x\* and \`y\`", "1.8 and *x* and `y`")]
    [InlineData("日本\n語の *強調* です", "日本語の 強調 です")]
    [InlineData("#NoBlank", "#NoBlank")]
    [InlineData("{::comment}\nno\n{:/comment}\n\nT", "T")]
    [InlineData("<script>x()</script>\n\nT <small>s</small>", "T s")]
    public void The_text_is_the_one_of_the_rules(string source, string expected) => Assert.Equal(expected, Extracted.Markdown(source));

    [Fact]
    public void An_unclosed_tag_is_reported_and_kept_as_written()
    {
        const string Source = "a {{ \"{%\" }} b {% if %}";
        Assert.Equal("a b {% if %}", Extracted.Markdown(Source));
        var warning = Assert.Single(Extracted.Warnings(Source));
        Assert.Contains("'if' in line 1", warning, StringComparison.Ordinal);
    }
}
