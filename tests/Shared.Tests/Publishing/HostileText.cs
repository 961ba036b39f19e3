using FsCheck;
using FsCheck.Fluent;

namespace Pipeline.Shared.Tests.Publishing;

/// <summary>Texts made of pieces that mean something to Liquid, kramdown, YAML or a browser, glued at random.</summary>
internal static class HostileText
{
    private static readonly string[] Pieces =
    [
        "{{", "}}", "{%", "%}", "{{ 1111 | times: 3 }}", "{% raw %}", "{% endraw %}", "{%- endraw -%}", "{%assign x='EXECU'%}{{x}}TED", "{{ site.title }}",
        "{% include nothing.html %}", "{% comment %}", "{", "%", "}", "{:", "{: onclick=\"alert(1)\"}", "{:.c #i}", "{::nomarkdown}", "{:/}", "{::options /}", "{:toc}",
        "<script>alert(1)</script>", "<script>", "</script>", "<img src=x onerror=alert(1)>", "<a href='javascript:alert(1)'>x</a>", "<b onclick=x>", "<!--", "-->", "<div>",
        "</div>", "<svg/onload=alert(1)>", "<iframe src=//evil.example>", "<code>", "</code>", "<pre>", "</pre>", "<", ">", "&lt;script&gt;", "&#123;&#37;", "&#x7b;{", "&", ";",
        "[x](javascript:alert(1))", "[x](https://evil.example/a)", "[x](https://known.example/a)", "[x](//evil.example)", "[x][r]", "\n[r]: https://evil.example\n",
        "![i](https://evil.example/i.png)", "<https://evil.example>", "https://evil.example/x", "https://known.example/x", "[x](java\nscript:alert(1))", "[x](data:text/html,x)",
        "---", "\n---\n", "\n---\nlayout: evil\n---\n", "...", "title: x", "```", "~~~", "\n```html\n", "\n~~~\n", "`", "``", "    ", "\t", "\n    <script>alert(1)</script>\n",
        "* ", "- ", "1. ", "\n- a\n  - b\n", "> ", "# ", "\n===\n", "|", "\n| a | b |\n|---|---|\n| c | d |\n", ": ", "\n: ", "$$", "\\", "\\\\", "*", "**", "_", "__", "~~", "^", "\n^\n",
        "[^1]", "\n[^1]: note\n", "*[HTML]: x", "\n", "\n\n", "\r\n", "\r", "\0", "\u0007", "\u2028", "\u202E", "\uFEFF", "\uD800", "é", "日本", "🙂", "word", "A sentence.", "snake_case", " ",
    ];

    /// <summary>Up to 25 pieces in any order.</summary>
    public static Arbitrary<string> Arbitrary { get; } = (from count in Gen.Choose(1, 25)
                                                          from pieces in Gen.Elements(Pieces).ListOf(count)
                                                          select string.Concat(pieces)).ToArbitrary();

    /// <summary>The same <paramref name="count"/> texts every time.</summary>
    public static IReadOnlyList<string> Sample(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => string.Concat(Enumerable.Range(0, random.Next(3, 30)).Select(_ => Pieces[random.Next(Pieces.Length)])))];
    }
}
