using System.Text;
using System.Text.RegularExpressions;
using Pipeline.Posts.Text;
using Pipeline.Testing;

namespace Pipeline.Shared.Tests.Posts.Text;

/// <summary>What holds for every post of every blog of the test data.</summary>
public sealed partial class BlogPostTests
{
    private static readonly PostTextOptions WithoutCode = new() { Code = CodeText.Strip };

    public static TheoryData<string> Blogs => new(Directory.GetDirectories(ProjectFolders.Shared("blogs")).Select(folder => Path.GetFileName(folder)!).Order());

    [Theory]
    [MemberData(nameof(Blogs))]
    public void Text_is_clean(string blog)
    {
        foreach (var post in Posts(blog))
        {
            var text = post.Extract(PostTextOptions.Default);
            Assert.True(text == text.TrimEnd().TrimStart('\n'), $"{post.Path}: blanks at an end.");
            Assert.False(DirtyText().IsMatch(text), $"{post.Path}: '{DirtyText().Match(text).Value}' in the text.");
            Assert.True(post.Body.Contains('\uFFFD') || !text.Contains('\uFFFD'), $"{post.Path}: U+FFFD in the text.");
        }
    }

    [Theory]
    [MemberData(nameof(Blogs))]
    public void No_markup_survives_outside_code_and_raw(string blog)
    {
        foreach (var post in Posts(blog))
        {
            var withoutInlineCode = post with { Body = InlineCode().Replace(RawBlock().Replace(post.Body, "raw"), "code") };
            var text = withoutInlineCode.Extract(WithoutCode);
            Assert.False(Leftover().IsMatch(text), $"{post.Path}: '{Leftover().Match(text).Value}' in the text.");
        }
    }

    [Theory]
    [MemberData(nameof(Blogs))]
    public void Text_is_empty_only_if_the_post_holds_no_words(string blog)
    {
        foreach (var post in Posts(blog).Where(post => post.Extract(PostTextOptions.Default).Length == 0))
        {
            var rest = Unseen().Replace(post.Body, "");
            Assert.True(string.IsNullOrWhiteSpace(rest), $"{post.Path}: no text although there is '{rest.Trim()[..Math.Min(60, rest.Trim().Length)]}'.");
        }
    }

    [Theory]
    [MemberData(nameof(Blogs))]
    public void A_second_run_and_the_long_way_give_the_same_text(string blog)
    {
        var thorough = new PostTextExtractor(isThorough: true);
        foreach (var post in Posts(blog))
        {
            var text = post.Extract(PostTextOptions.Default);
            Assert.Equal(text, post.Extract(PostTextOptions.Default));
            Assert.Equal(text, thorough.Extract(post.Body, post.Markup, PostTextOptions.Default).Text);
        }
    }

    [Theory]
    [MemberData(nameof(Blogs))]
    public void Text_without_marks_stays_as_it_is_when_read_again(string blog)
    {
        foreach (var post in Posts(blog))
        {
            var paragraphs = post.Extract(PostTextOptions.Default).Split("\n\n").Where(paragraph => MarklessParagraph().IsMatch(paragraph));
            var text = string.Join("\n\n", paragraphs);
            Assert.Equal(text, Extracted.Markdown(text));
        }
    }

    private static IEnumerable<Post> Posts(string blog)
    {
        foreach (var path in Directory.EnumerateFiles(ProjectFolders.Shared("blogs", blog, "site"), "*", SearchOption.AllDirectories).Order())
        {
            var extension = Path.GetExtension(path).ToUpperInvariant();
            if (path.Contains("/_posts/", StringComparison.Ordinal) && char.IsAsciiDigit(Path.GetFileName(path)[0]) && extension is ".MD" or ".MARKDOWN" or ".HTML")
            {
                var content = Encoding.UTF8.GetString(File.ReadAllBytes(path)).TrimStart('\uFEFF');
                yield return new Post(path, FrontMatter().Replace(content, "", 1), extension == ".HTML" ? PostMarkup.Html : PostMarkup.Markdown);
            }
        }
    }

    [GeneratedRegex(@"\A---[ \t]*\r?\n(.*?\r?\n)??(---|\.\.\.)[ \t]*(\r?\n|\z)", RegexOptions.Singleline)]
    private static partial Regex FrontMatter();

    [GeneratedRegex(@"\r|\u00A0|\u200B|\uFEFF|\u00AD|[\x00-\x08\x0B-\x1F\x7F-\x9F]|[ \t]\n|\n\n\n")]
    private static partial Regex DirtyText();

    [GeneratedRegex(@"\{%-?\s*raw\s*-?%\}.*?\{%-?\s*endraw\s*-?%\}", RegexOptions.Singleline)]
    private static partial Regex RawBlock();

    [GeneratedRegex(@"(?<!`)`[^`\n]+`(?!`)")]
    private static partial Regex InlineCode();

    [GeneratedRegex(@"\{%|\{:|<!--|</?(p|div|span|script|em|strong|li|ul)\b")]
    private static partial Regex Leftover();

    /// <summary>Liquid with the inside of what a page does not show, images, comments and attribute lists.</summary>
    [GeneratedRegex(@"\{%-?\s*(for|do_nothing_other|capture|comment)\b.*\{%-?\s*end\w+\s*-?%\}|\{%.*?%\}|\{\{.*?\}\}|!\[[^\]]*\]\([^)]*\)|<!--.*?-->|\{:.*?\}", RegexOptions.Singleline)]
    private static partial Regex Unseen();

    [GeneratedRegex(@"^[\p{L}][\p{L}\p{N} ,.'’“”?!()]*\z")]
    private static partial Regex MarklessParagraph();

    private sealed record Post(string Path, string Body, PostMarkup Markup)
    {
        public string Extract(PostTextOptions options) => PostText.Extract(Body, Markup, options).Text;
    }
}
