using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Posts.Text;

namespace Pipeline.Shared.Tests.Posts.Text;

public sealed class PostTextProperties
{
    private static readonly string[] Markup =
    [
        "a", "word", " ", "  ", "\n", "\n\n", "\t", "    ", "- ", "1. ", "> ", "# ", "---", "===", "*", "**", "_", "~~", "`", "``", "```", "[", "]", "(", ")", "![", "](u)",
        "[r]", "[r]: u", "[^1]", "[^1]: ", "<b>", "</b>", "<div>", "</div>", "<div markdown=\"1\">", "<p", "<!--", "-->", "<script>", "</script>", "<ul><li>", "</ul>", "<pre>",
        "</pre>", "<br>", "&amp;", "&", "&#8203;", "|", "|---|", ": ", "*[A]: b", "{: .x}", "{:toc}", "{::comment}", "{:/}", "$", "$$", "\\", "\\\\(", "\\\\)", "\u00A0", "\u200B",
        "日", "本", "é", "\ud83d\ude00", "\ud800", "\r\n", "\0",
    ];

    private static readonly string[] ClosedLiquid =
    [
        "{{ x }}", "{{- x -}}", "{% include a %}", "{%- if a -%}b{% else %}c{% endif %}", "{% for a %}b{% endfor %}", "{% comment %}a{% endcomment %}", "{% figure %}b{% endfigure %}",
        "{% highlight a %}b{% endhighlight %}", "{% endnothing %}", "{% youtube %}",
    ];

    private static readonly string[] OpenLiquid = ["{{", "}}", "{%", "%}", "{% if a %}", "{% endif %}", "{% raw %}", "{% endraw %}", "{% comment %}", "{% case %}", "{% when %}", "{% enda %}", "{% a %}"];

    [Fact]
    public void Any_mixture_of_marks_gives_a_clean_text() =>
        Prop.ForAll(Sources([.. Markup, .. ClosedLiquid, .. OpenLiquid]), source => IsClean(source, PostMarkup.Markdown) && IsClean(source, PostMarkup.Html))
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Closed_liquid_never_survives() =>
        Prop.ForAll(Sources([.. Markup, .. ClosedLiquid]), source => !HasLiquid(Extracted.Markdown(source)) && !HasLiquid(Extracted.Html(source)))
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Text_without_marks_takes_the_short_way_to_the_same_result() =>
        Prop.ForAll(Sources([.. Markup, .. ClosedLiquid]), source =>
            new PostTextExtractor(isThorough: true).Extract(source, PostMarkup.Markdown, PostTextOptions.Default).Text == Extracted.Markdown(source))
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Words_of_plain_paragraphs_come_out_as_they_went_in() =>
        Prop.ForAll(Sources(["one", "two ", ", ", "\n\n", "three. ", "vier "]), source =>
        {
            var text = Extracted.Markdown(source);
            return Extracted.Markdown(text) == text && string.Concat(text.Split()) == string.Concat(source.Split());
        }).QuickCheckThrowOnFailure();

    private static Arbitrary<string> Sources(string[] pieces) =>
        Gen.Elements(pieces).ArrayOf().Select(string.Concat).ToArbitrary();

    private static bool HasLiquid(string text) =>
        (text.Contains("{%", StringComparison.Ordinal) && text.Contains("%}", StringComparison.Ordinal))
        || (text.Contains("{{", StringComparison.Ordinal) && text.Contains("}}", StringComparison.Ordinal));

    private static bool IsClean(string source, PostMarkup markup)
    {
        var text = PostText.Extract(source, markup, PostTextOptions.Default).Text;
        return text == text.TrimEnd().TrimStart('\n')
            && !text.Contains("\n\n\n", StringComparison.Ordinal)
            && !text.Contains(" \n", StringComparison.Ordinal)
            && !text.Any(character => char.IsControl(character) && character is not ('\n' or '\t'))
            && !text.Any(character => CharUnicodeInfo.GetUnicodeCategory(character) is UnicodeCategory.Format or UnicodeCategory.OtherNotAssigned)
            && text == Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
    }
}
