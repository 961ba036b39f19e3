using System.Text;
using Pipeline.Posts;
using YamlDotNet.RepresentationModel;

namespace Pipeline.Shared.Tests.Posts;

public sealed class FrontMatterTests
{
    private const string Path = "_posts/2024-05-01-a-post.md";

    [Theory]
    [InlineData("---\ntitle: T\n---\nBody\n", "T", "Body\n")]
    [InlineData("---   \ntitle: T\n---  \t\nBody", "T", "Body")]
    [InlineData("---\r\ntitle: T\r\n---\r\nBody\r\n", "T", "Body\r\n")]
    [InlineData("---\ntitle: T\n...\nBody", "T", "Body")]
    [InlineData("---\ntitle: T\n---\n\n\n  indented", "T", "  indented")]
    [InlineData("---\ntitle: T\n---", "T", "")]
    [InlineData("---\ntitle: a --- b\n---\nx\n---\ny", "a --- b", "x\n---\ny")]
    [InlineData("---\n---\nBody", null, "Body")]
    [InlineData("---\n\n---\nBody", null, "Body")]
    [InlineData("Body only\n---\nmore", null, "Body only\n---\nmore")]
    [InlineData("----\ntitle: T\n----\n", null, "----\ntitle: T\n----\n")]
    [InlineData("", null, "")]
    [InlineData("---", null, "---")]
    public void Head_and_body_part_as_in_jekyll(string text, string? title, string body)
    {
        var parsed = FrontMatter.Parse(text, Path);

        Assert.Equal(title, YamlValue.Text(parsed.Find("title")));
        Assert.Equal(body, parsed.Body);
        Assert.Equal(text[parsed.BodyStart..], parsed.Body);
        Assert.Empty(parsed.Warnings);
    }

    [Theory]
    [InlineData("\n\n---\ntitle: T\n---\nBody", FrontMatterForm.YamlAfterBlankLines)]
    [InlineData("  \n---\ntitle: T\n---\n\nBody", FrontMatterForm.YamlAfterBlankLines)]
    [InlineData("---\ntitle: T\ntags:\n- a\n\nBody", FrontMatterForm.YamlWithoutEnd)]
    [InlineData("---\ntitle: T\n\ntags: a\nBody", FrontMatterForm.YamlWithoutEnd)]
    [InlineData("---\ntitle: T\nBody", FrontMatterForm.YamlWithoutEnd)]
    [InlineData("+++\ntitle = \"T\"\n+++\nBody", FrontMatterForm.Toml)]
    [InlineData("+++\n# c\ntitle = 'T' # c\ndraft = false\n[taxonomies]\ntags = [\n 'a',\n \"b\",\n]\n+++\n\nBody", FrontMatterForm.Toml)]
    public void A_head_that_jekyll_would_print_is_read_and_reported(string text, FrontMatterForm form)
    {
        var parsed = FrontMatter.Parse(text, Path);

        Assert.Equal(form, parsed.Form);
        Assert.Equal("T", YamlValue.Text(parsed.Find("title")));
        Assert.Equal("Body", parsed.Body);
        Assert.Single(parsed.Warnings);
    }

    [Fact]
    public void A_rule_in_the_body_is_not_taken_for_the_missing_end_line()
    {
        var parsed = FrontMatter.Parse("---\ntitle: T\n\nFirst part.\n\n---\n\nSecond part.", Path);

        Assert.Equal(FrontMatterForm.YamlWithoutEnd, parsed.Form);
        Assert.Equal("First part.\n\n---\n\nSecond part.", parsed.Body);
    }

    [Theory]
    [InlineData("\n---\nA paragraph between rules.\n---\nMore")]
    [InlineData("---\nA rule, then text.\n")]
    [InlineData("+++\nno keys\n+++\nMore")]
    public void What_was_not_meant_as_a_head_stays_text(string text) => Assert.Equal(text, FrontMatter.Parse(text, Path).Body);

    [Fact]
    public void Yaml_that_does_not_parse_gives_one_warning_with_file_line_and_column_and_keeps_the_body()
    {
        var parsed = FrontMatter.Parse("---\nlayout: post\ntitle: One: two\n---\nBody", Path);

        Assert.Null(parsed.Mapping);
        Assert.Equal("Body", parsed.Body);
        // Ruby's Psych reports line 2, column 11 of the YAML alone.
        Assert.StartsWith($"{Path}:3:1", Assert.Single(parsed.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("title: @home")]
    [InlineData("title: `code`")]
    [InlineData("title: [open")]
    [InlineData("title: 'it's'")]
    [InlineData("title: \"a\" b")]
    [InlineData("tags: *missing")]
    [InlineData("\"\\xZZ\": 1")]
    public void No_malformed_yaml_loses_the_body(string yaml)
    {
        var parsed = FrontMatter.Parse($"---\n{yaml}\n---\nBody", Path);

        Assert.Equal("Body", parsed.Body);
        Assert.StartsWith(Path, Assert.Single(parsed.Warnings), StringComparison.Ordinal);
    }

    // The values are those of Ruby 3.1's Psych.
    [Theory]
    [InlineData("a: \"x\ny z\"\nb: 1", "x y z")]
    [InlineData("a: 'x\n\ny'", "x\ny")]
    [InlineData("a: [x,\ny]", "x|y")]
    [InlineData("a: [\"x\ny\", z]\nb: [1]", "x y|z")]
    [InlineData("a: b\na: c", "c")]
    [InlineData("x: &n v\na: *n", "v")]
    [InlineData("d: &d {a: m}\n<<: *d", "m")]
    [InlineData("a: |\n  \"x\n  y\nb: 1", "\"x\ny\n")]
    [InlineData("a: >\n  x\n  y\n", "x y\n")]
    [InlineData("a: !ruby/object:X y", "y")]
    [InlineData("a: http://x:y", "http://x:y")]
    [InlineData("a: 2048", "2048")]
    [InlineData("a: Yes", "Yes")]
    [InlineData("a: ~", null)]
    [InlineData("a: \"\"", "")]
    [InlineData("a: Null", null)]
    public void Values_are_read_as_psych_reads_them(string yaml, string? expected)
    {
        var parsed = FrontMatter.Parse($"---\n{yaml}\n---\nBody", Path);

        Assert.Empty(parsed.Warnings);
        Assert.Equal(expected, parsed.Find("a") is YamlSequenceNode list ? string.Join('|', list.Select(YamlValue.Text)) : YamlValue.Text(parsed.Find("a")));
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("Yes", true)]
    [InlineData("ON", true)]
    [InlineData("false", false)]
    [InlineData("no", false)]
    [InlineData("Off", false)]
    [InlineData("y", null)]
    [InlineData("\"false\"", null)]
    [InlineData("!!str false", null)]
    [InlineData("1", null)]
    public void Booleans_are_those_of_yaml_1_1(string value, bool? expected) =>
        Assert.Equal(expected, YamlValue.Boolean(FrontMatter.Parse($"---\na: {value}\n---\n", Path).Find("a")));

    [Fact]
    public void An_alias_bomb_is_refused()
    {
        var yaml = new StringBuilder("---\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (var level = 1; level < 30; level++)
        {
            yaml.Append($"a{level}: &a{level} [{string.Join(", ", Enumerable.Repeat($"*a{level - 1}", 10))}]\n");
        }

        var parsed = FrontMatter.Parse(yaml.Append("tags: *a29\n---\nBody").ToString(), Path);

        Assert.Null(parsed.Mapping);
        Assert.Equal("Body", parsed.Body);
        Assert.Contains("aliases", Assert.Single(parsed.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{a: ")]
    [InlineData("- ")]
    [InlineData("? ")]
    [InlineData("[\n")]
    public void Values_nested_ten_thousand_levels_deep_are_refused(string opening)
    {
        var parsed = FrontMatter.Parse($"---\nkey:\n  {string.Concat(Enumerable.Repeat(opening, 10_000))}\n---\nBody", Path);

        Assert.Null(parsed.Mapping);
        Assert.Equal("Body", parsed.Body);
        Assert.Single(parsed.Warnings);
    }

    [Fact]
    public void A_node_that_contains_itself_is_refused() =>
        Assert.Contains("inside its own anchor", Assert.Single(FrontMatter.Parse("---\ntags: &t [a, *t]\n---\nBody", Path).Warnings), StringComparison.Ordinal);

    [Theory]
    [InlineData("---\n- a\n- b\n---\nBody")]
    [InlineData("---\njust text\n---\nBody")]
    public void A_head_that_is_no_mapping_is_reported_and_left_out(string text)
    {
        var parsed = FrontMatter.Parse(text, Path);

        Assert.Equal("Body", parsed.Body);
        Assert.Single(parsed.Warnings);
    }
}
