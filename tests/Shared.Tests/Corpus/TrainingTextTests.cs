using FsCheck;
using FsCheck.Fluent;
using Pipeline.Corpus;

namespace Pipeline.Shared.Tests.Corpus;

public sealed class TrainingTextTests
{
    [Fact]
    public void The_header_says_category_three_tags_year_and_title_in_this_order_and_then_comes_an_empty_line()
    {
        var post = Documents.Post("_posts/2024-03-01-tea.md", "First line.\n\nSecond.", title: "On tea") with
        {
            Categories = ["kitchen", "other"],
            Tags = ["tea", "water", "patience", "a fourth"],
        };

        Assert.Equal("category: kitchen\ntags: tea, water, patience\nyear: 2024\ntitle: On tea\n\nFirst line.\n\nSecond.", TrainingText.Format(post));
    }

    [Fact]
    public void What_is_not_known_has_no_line()
    {
        Assert.Equal("title: On tea\n\nText", TrainingText.Format(Documents.Post("a.md", "Text", date: null, title: "On tea")));
        Assert.Equal("\nText", TrainingText.Format(ControlCode.Empty, "Text"));
    }

    [Theory]
    [InlineData("two\nlines", "two lines")]
    [InlineData("a\r\n\r\n title: b", "a title: b")]
    [InlineData("\u2028 x \u0085\u2029", "x")]
    [InlineData("tab\tand\0nul", "tab and nul")]
    [InlineData(" \n ", null)]
    public void Values_become_one_line(string value, string? expected)
    {
        Assert.Equal(expected, new ControlCode(null, [], null, value).Title);
        Assert.Equal(expected, (ControlCode.Empty with { Category = value }).Category);
    }

    [Fact]
    public void Tags_hold_no_comma_and_none_is_said_twice() =>
        Assert.Equal(["a b", "c"], new ControlCode(null, ["a,b", "a b", "\n", "c"], null, null).Tags);

    [Fact]
    public void A_year_out_of_range_is_not_known() => Assert.Null(new ControlCode(null, [], -3, null).Year);

    [Fact]
    public void The_year_is_that_of_the_sites_own_offset() =>
        Assert.Equal(2024, ControlCode.Of(Documents.Post("a.md", "x", "2024-01-01T00:30:00+02:00")).Year);

    [Theory]
    [InlineData("")]
    [InlineData("Just text.")]
    [InlineData("title: no empty line follows")]
    [InlineData("title: A\nyear: 2024\n\nwrong order")]
    [InlineData("year: 02024\n\nnot as written here")]
    [InlineData("tags: a,b\n\nnot as written here")]
    [InlineData("title: \n\nempty value")]
    public void A_text_of_another_form_is_not_parsed(string text) => Assert.False(TrainingText.TryParse(text, out _, out _));

    [Fact]
    public void Parsing_gives_back_what_was_formatted()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<(string?, string?[], int?, string?)>(), ArbMap.Default.ArbFor<string?>(), (parts, body) =>
        {
            var code = new ControlCode(parts.Item1, [.. parts.Item2.OfType<string>()], parts.Item3, parts.Item4);
            Assert.True(TrainingText.TryParse(TrainingText.Format(code, body ?? ""), out var parsed, out var parsedBody));
            Assert.Equal(code, parsed);
            Assert.Equal(body ?? "", parsedBody);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void No_header_has_an_empty_line_whatever_the_front_matter_says()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<(string?, string?[], string?)>(), parts =>
        {
            var header = TrainingText.Header(new ControlCode(parts.Item1 + "\n\n" + parts.Item3, [.. parts.Item2.OfType<string>()], 2024, parts.Item3 + "\r\n\r\nx"));
            Assert.DoesNotContain("\n\n", header, StringComparison.Ordinal);
            Assert.DoesNotContain('\r', header);
            Assert.EndsWith("\n", header, StringComparison.Ordinal);
        }).QuickCheckThrowOnFailure();
    }
}
