using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Markdig;
using Pipeline.Publishing;
using Pipeline.Testing;

namespace Pipeline.Shared.Tests.Publishing;

public sealed partial class SafeBodyTests
{
    private static readonly HashSet<string> Hosts = ["known.example"];

    [Theory]
    [InlineData("Wind west, five.\nThe glass fell.\n\nSoup.", "Wind west, five.\nThe glass fell.\n\nSoup.")]
    [InlineData("a *b* __c__ `d`", "a *b* **c** `d`")]
    [InlineData("snake_case and 2 * 3", "snake_case and 2 \\* 3")]
    [InlineData("1. one\n2. two", "1. one\n2. two")]
    [InlineData("* one\n* two\n    * three", "- one\n- two\n  - three")]
    [InlineData("# Title\n\ntext", "## Title\n\ntext")]
    [InlineData("```python\nx = 1", "~~~python\nx = 1\n~~~")]
    [InlineData("| a | b |\n|---|---|\n| 1 | *2* |", "| a | b |\n| --- | --- |\n| 1 | *2* |")]
    [InlineData("2024. It was a year.", "2024\\. It was a year.")]
    [InlineData("3. three\n4. four", "3\\. three\n\n4\\. four")]
    [InlineData("> said\n> so", "> said\n> so")]
    public void Ordinary_text_stays_as_it_is(string text, string expected) => Assert.Equal(expected + "\n", SafeBody.Clean(text, Hosts));

    [Theory]
    [InlineData("a {{ site.title }} b", "a &#123;{ site.title }} b")]
    [InlineData("{% raw %}x{% endraw %}", "&#123;% raw %}x&#123;% endraw %}")]
    [InlineData("`{{ x }}`", "<code>&#123;&#123; x &#125;&#125;</code>")]
    [InlineData("text\n{: onclick=\"x()\"}", "text\n&#123;: onclick=\"x()\"}")]
    [InlineData("{::nomarkdown}<b>{:/}", "&#123;::nomarkdown}&#123;:/}")]
    [InlineData("a <script>alert(1)</script>b", "a b")]
    [InlineData("<script>\nalert(1)\n</script>\n\nb", "b")]
    [InlineData("<div onclick=\"x\">text</div>", "text")]
    [InlineData("<p>a<b>c</b></p>\n\n<!-- no -->", "ac")]
    [InlineData("&lt;script&gt;", "&lt;script>")]
    [InlineData("[x](javascript:alert(1))", "x")]
    [InlineData("[x](https://evil.example/a)", "x")]
    [InlineData("[x](https://evil.example@known.example/)", "x")]
    [InlineData("[x](https://known.example/a)", "[x](https://known.example/a)")]
    [InlineData("[x](//evil.example)", "x")]
    [InlineData("[x](/about/)", "[x](/about/)")]
    [InlineData("see https://evil.example/a_b", "see evil.example/a_b")]
    [InlineData("see https://known.example/a", "see https://known.example/a")]
    [InlineData("![alt](https://evil.example/i.png)", "alt")]
    [InlineData("---\ntitle: x\n---\nText", "* * *\n\n## title: x\n\nText")]
    [InlineData("a\n\n---\n\nb", "a\n\n* * *\n\nb")]
    [InlineData("a\u0000b\u0007c\r\nd", "abc\nd")]
    [InlineData("$$x$$", "\\$\\$x\\$\\$")]
    [InlineData(" \n\t\n", "")]
    public void Harm_is_taken_out(string text, string expected) =>
        Assert.Equal(expected.Length == 0 ? "" : expected + "\n", SafeBody.Clean(text, Hosts));

    [Fact]
    public void Ten_thousand_hostile_texts_hold_no_Liquid_no_foreign_link_and_no_markup_of_their_own() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(10_000), Prop.ForAll(HostileText.Arbitrary, text =>
        {
            var body = SafeBody.Clean(text, Hosts);
            Assert.DoesNotContain("{{", body, StringComparison.Ordinal);
            Assert.DoesNotContain("{%", body, StringComparison.Ordinal);
            Assert.DoesNotContain(body, character => char.IsControl(character) && character != '\n');
            Assert.False(body.StartsWith("---", StringComparison.Ordinal) || body.StartsWith("+++", StringComparison.Ordinal));
            AssertHarmless(Markdown.ToHtml(body));
        }));

    [Fact]
    public void Text_nested_ten_thousand_levels_deep_becomes_plain_text()
    {
        Assert.NotEmpty(SafeBody.Clean(new string('>', 10_000) + " a", Hosts));
        Assert.NotEmpty(SafeBody.Clean(string.Concat(Enumerable.Repeat("- ", 10_000)) + "a", Hosts));
        Assert.NotEmpty(SafeBody.Clean(new string('[', 10_000), Hosts));
    }

    [Theory]
    [InlineData("[")]
    [InlineData("![a ")]
    [InlineData("*a **b ")]
    [InlineData("_a [")]
    public void Marks_without_end_are_no_end_of_the_stack(string marks)
    {
        var body = "";
        var thread = new Thread(() => body = SafeBody.Clean(string.Concat(Enumerable.Repeat(marks, 30_000)), Hosts), 1 << 20);
        thread.Start();
        thread.Join();

        Assert.Contains(marks[^1] == ' ' ? "a" : "[", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Jekyll_shows_two_hundred_hostile_texts_without_running_anything_in_them()
    {
        using var folder = new TemporaryFolder();
        var texts = HostileText.Sample(200, seed: 20240501);
        Directory.CreateDirectory(folder.Sub("site", "_posts"));
        var date = new DateOnly(2024, 1, 1);
        for (var index = 0; index < texts.Count; index++)
        {
            // Half of them as a Jekyll sees them that knows render_with_liquid, half as GitHub Pages' older one does.
            var key = index % 2 == 0 ? "render_with_liquid: false\n" : "";
            await File.WriteAllTextAsync(
                folder.Sub("site", "_posts", $"{date.AddDays(index):yyyy-MM-dd}-post.md"),
                $"---\ntitle: \"Post {index}\"\n{key}---\n\nBEGIN{index}\n\n{SafeBody.Clean(texts[index], Hosts)}\nEND{index}\n",
                TestContext.Current.CancellationToken);
        }

        var build = await Jekyll.BuildAsync(folder.Sub("site"), folder.Sub("out"), TestContext.Current.CancellationToken);

        Assert.True(build.ExitCode == 0, build.Output);
        for (var index = 0; index < texts.Count; index++)
        {
            var page = build.Page($"/{date.AddDays(index):yyyy'/'MM'/'dd}/post.html");
            Assert.Contains($"BEGIN{index}", page, StringComparison.Ordinal);
            Assert.Contains($"END{index}", page, StringComparison.Ordinal);
            Assert.DoesNotMatch(@"3333|>[^<=]*EXECUTED", page);
            AssertHarmless(page);
        }
    }

    private static void AssertHarmless(string html)
    {
        foreach (Match tag in Tag().Matches(html))
        {
            Assert.Contains(tag.Groups["name"].Value.ToLowerInvariant(), Known);
            Assert.DoesNotMatch(@"(?i)\son\w+\s*=|style\s*=|javascript:|evil\.example", tag.Value);
        }
    }

    private static readonly HashSet<string> Known =
        ["p", "h2", "h3", "h4", "h5", "h6", "em", "strong", "code", "pre", "ul", "ol", "li", "blockquote", "a", "br", "hr", "table", "thead", "tbody", "tr", "th", "td", "div", "span"];

    [GeneratedRegex(@"<\s*/?\s*(?<name>[a-zA-Z][a-zA-Z0-9:-]*|!|\?)[^>]*>")]
    private static partial Regex Tag();
}
