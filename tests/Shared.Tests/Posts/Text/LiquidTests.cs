namespace Pipeline.Shared.Tests.Posts.Text;

public sealed class LiquidTests
{
    [Theory]
    [InlineData("a {{ site.x | upcase }} b", "a b")]
    [InlineData("a{{ x }}b", "ab")]
    [InlineData("[t]({{ site.url }}/p \"T\") u", "t u")]
    [InlineData("[t][r] u\n\n[r]: {{ site.url }}/p", "t u")]
    [InlineData("[t][r] u\n\n[r]: {{ site.url }}", "t u")]
    [InlineData("[t][r] u\n\n[r]:{% link a.md %} \"T\"\n[s]: /x", "t u")]
    [InlineData("a <{{ site.url }}> b", "a b")]
    [InlineData("a **{{ x }}** b `{{ y }}` c", "a b c")]
    public void Output_is_dropped_and_leaves_no_marks(string source, string expected) => Assert.Equal(expected, Extracted.Markdown(source));

    [Theory]
    [InlineData("{% include f.html a=\"b\" %}\nText", "Text")]
    [InlineData("{% include_cached f %}{% include_relative g %}{% youtube x %}{% img 'a' alt:'b' %}Text", "Text")]
    [InlineData("See [x]({% link _posts/a.md %}) and [y]({% post_url f/2014-01-01-a %}).", "See x and y.")]
    [InlineData("{% assign a = 1 %}b", "b")]
    [InlineData("{% capture x %}no{% endcapture %}b", "b")]
    [InlineData("{% for p in site.posts %}- {{ p }}\n{% endfor %}b", "b")]
    [InlineData("{% tablerow p in q %}x{% endtablerow %}b", "b")]
    [InlineData("{% if a %}x{% if b %}y{% else %}n{% endif %}{% elsif c %}z{% else %}w{% endif %}b", "xyb")]
    [InlineData("{% unless a %}x{% else %}y{% endunless %}", "x")]
    [InlineData("{% case a %}\n no {% when 1 %}one{% when 2 %}two{% else %}three{% endcase %}", "one")]
    [InlineData("{% notice %}**in** side{% endnotice %}", "in side")]
    [InlineData("{% a %}x{% b %}y{% enda %}", "xy")]
    public void Tags_do_what_the_site_would_show(string source, string expected) => Assert.Equal(expected, Extracted.Markdown(source));

    [Theory]
    [InlineData("a  \n{%- assign x = 1 -%}\n  b", "ab")]
    [InlineData("a {{- x -}} b", "ab")]
    [InlineData("a {%- comment -%} no {%- endcomment -%} b", "ab")]
    [InlineData("a {%- raw -%} {{ x }} {%- endraw -%} b", "a{{ x }}b")]
    public void Hyphens_eat_the_blanks_beside_the_tag(string source, string expected) => Assert.Equal(expected, Extracted.Markdown(source));

    [Theory]
    [InlineData("{% raw %}{% if a %}{{ b }}{% endif %}{% endraw %}", "{% if a %}{{ b }}{% endif %}")]
    [InlineData("`{% raw %}{% include x %}{% endraw %}`", "{% include x %}")]
    [InlineData("```\n{% raw %}{{ x }}{% endraw %} {{ y }}\n```", "{{ x }}")]
    [InlineData("{% highlight html %}{% raw %}<b>{{ x }}</b>{% endraw %}{% endhighlight %}", "<b>{{ x }}</b>")]
    public void Raw_keeps_its_inside(string source, string expected) => Assert.Equal(expected, Extracted.Markdown(source));

    [Fact]
    public void Highlight_is_code_with_its_indentation_wherever_it_stands()
    {
        Assert.Equal("Text:\n\ndef *f*:\n    return 1\n\nMore", Extracted.Markdown("Text:\n{% highlight python %}\ndef *f*:\n    return 1\n{% endhighlight %}\nMore"));
        Assert.Equal("- item\n\n  a # b", Extracted.Markdown("- item\n\n  {% highlight sh %}\na # b\n  {% endhighlight %}"));
        Assert.Equal("<b> &amp;", Extracted.Html("{% highlight html %}<b> &amp;{% endhighlight %}"));
    }

    [Theory]
    [InlineData("a {{ b", "a {{ b", "'{{' in line 1")]
    [InlineData("a\nb {% c", "a b {% c", "'{%' in line 2")]
    [InlineData("{% comment %} a *b*", "{% comment %} a b", "'comment' in line 1")]
    [InlineData("{% raw %} a {{ b }}", "{% raw %} a", "'raw' in line 1")]
    [InlineData("a {% endif %} b", "a b", "'endif' in line 1")]
    public void What_would_stop_the_build_is_reported(string source, string expected, string warning)
    {
        Assert.Equal(expected, Extracted.Markdown(source));
        Assert.Contains(warning, Assert.Single(Extracted.Warnings(source)), StringComparison.Ordinal);
    }

    [Fact]
    public void Parts_around_a_dropped_tag_do_not_become_a_tag() =>
        Assert.Equal("{ % x %}", Extracted.Markdown("{{% a %}% x %}"));

    [Fact]
    public void References_whose_definitions_a_loop_writes_are_links() =>
        Assert.Equal("Fix it (#12)", Extracted.Markdown("Fix it ([#12][])\n\n{% for i in l %}\n[#{{ i }}]: /i/{{ i }}\n{% endfor %}"));

    [Fact]
    public void Many_warnings_are_cut_short()
    {
        var warnings = Extracted.Warnings(string.Concat(Enumerable.Range(0, 500).Select(line => $"{{% if {line} %}}\n\n")));
        Assert.InRange(warnings.Count, 2, 25);
    }
}
