namespace Pipeline.Shared.Tests.Posts.Text;

public sealed class MarkdownTests
{
    [Theory]
    [InlineData("a\nb", "a b")]
    [InlineData("a\n\n\n\nb", "a\n\nb")]
    [InlineData("a  \nb", "a\nb")]
    [InlineData("a\\\nb", "a\nb")]
    [InlineData("a\\\\\nb", "a\nb")]
    [InlineData("a<br>\nb", "a\nb")]
    [InlineData("a   b\tc", "a b c")]
    [InlineData("漢字\n漢字 abc\n漢字", "漢字漢字 abc 漢字")]
    [InlineData("한국\n어", "한국 어")]
    public void Paragraphs_and_line_breaks(string source, string expected) => Assert.Equal(expected, Extracted.Markdown(source));

    [Theory]
    [InlineData("# A", "A")]
    [InlineData("## A ##\nb", "A\n\nb")]
    [InlineData("A\n===\nb", "A\n\nb")]
    [InlineData("A\n---\nb", "A\n\nb")]
    [InlineData("# A {#id}", "A")]
    [InlineData("# A {#id .class}", "A")]
    [InlineData("A {#id}\n===", "A")]
    [InlineData("# A *b* {:.no_toc}", "A b")]
    [InlineData("a\n# B\nc", "a\n\nB\n\nc")]
    [InlineData("# # \na", "a")]
    [InlineData("#\na", "a")]
    public void Headings_leave_their_text(string source, string expected) => Assert.Equal(expected, Extracted.Markdown(source));

    [Theory]
    [InlineData("*a* _b_ **c** __d__ ***e*** ~~f~~", "a b c d e f")]
    [InlineData("snake_case_name 2 * 3 * 4 a~b", "snake_case_name 2 * 3 * 4 a~b")]
    [InlineData("**“强调”**中文", "“强调”中文")]
    [InlineData("**Note:**text", "Note:text")]
    [InlineData("*a **b** c*", "a b c")]
    [InlineData("**a*b**", "a*b")]
    [InlineData("*.md and *.txt", "*.md and *.txt")]
    [InlineData("a*b", "a*b")]
    [InlineData(@"\_a\_ \# \[b\] 3\. \\ \q", @"_a_ # [b] 3. \ \q")]
    [InlineData("\"x\" -- 'y' --- ...", "\"x\" -- 'y' --- ...")]
    public void Emphasis_goes_and_other_characters_stay(string source, string expected) => Assert.Equal(expected, Extracted.Markdown(source));

    [Theory]
    [InlineData("[a](b) [c](d 'e') [f](<g h>) [i](j(k)l) [m]() [n](o\n\"p\")", "a c f i m n")]
    [InlineData("[a\nb](c)", "a b")]
    [InlineData("[a [b] c](d)", "a [b] c")]
    [InlineData("[a][R] [r][] [r], [r]. [x][s]\n\n[r]: /u \"T\"\n[S]: <v>\n  'title'\nText", "a r r, r. x\n\nText")]
    [InlineData("[a][no] [no] [b]: c", "[a][no] [no] [b]: c")]
    [InlineData("<https://x.y/a_b_c> <a@b.cd> <mailto:e@f.gh> https://i.j/k_l_m", "https://x.y/a_b_c a@b.cd e@f.gh https://i.j/k_l_m")]
    [InlineData("[r]: http://x y z\n\nText", "Text")]
    [InlineData("[`a]b`](c)", "a]b")]
    public void Links_leave_their_text(string source, string expected) => Assert.Equal(expected, Extracted.Markdown(source));

    [Theory]
    [InlineData("a ![b](c) d", "a d")]
    [InlineData("a ![b][r] d\n\n[r]: c", "a d")]
    [InlineData("[![a](b)](c)", "")]
    [InlineData("![a *b* [c](d)](e)f", "f")]
    [InlineData(@"\![a](b)!", "!a!")]
    [InlineData("{% include figure.html %}\n![a](b)", "")]
    public void Images_vanish(string source, string expected) => Assert.Equal(expected, Extracted.Markdown(source));

    [Theory]
    [InlineData("* a\n* b\n  * c\n    d\n* e", "- a\n- b\n  - c d\n- e")]
    [InlineData("+ a\n\n+ b", "- a\n- b")]
    [InlineData("3. a\n4. b\n   - c", "3. a\n4. b\n   - c")]
    [InlineData("1. a\n1. b", "1. a\n2. b")]
    [InlineData("a\n- b\n- c", "a\n\n- b\n- c")]
    [InlineData("- [ ] a\n- [x] b\n- [c] d", "- a\n- b\n- [c] d")]
    [InlineData("- a\n\n  b\n- c", "- a\n\n  b\n- c")]
    [InlineData("* a\n{: .x}\n* b", "- a\n\n- b")]
    [InlineData("-   a\n\n    deep text", "- a\n\n  deep text")]
    [InlineData("- a\n\n      code", "- a\n\n  code")]
    [InlineData("> a\n> b\n\n> > c", "a b\n\nc")]
    [InlineData("> a\nb", "a b")]
    [InlineData("a\n\n---\n\nb\n\n* * *\n\nc", "a\n\nb\n\nc")]
    public void Lists_quotes_and_rules(string source, string expected) => Assert.Equal(expected, Extracted.Markdown(source));

    [Theory]
    [InlineData("```js\nif (a) {\n    b();\n}\n```\nc", "if (a) {\n    b();\n}\n\nc")]
    [InlineData("~~~ ruby linenos\na\n\n\n\nb  \n~~~", "a\n\nb")]
    [InlineData("a:\n\n    *b* &lt; {: .x}\n    c", "a:\n\n*b* &lt; {: .x}\nc")]
    [InlineData("- a\n\n  ```\n  b\n    c\n  ```", "- a\n\n  b\n    c")]
    [InlineData("`` a`b `` and ` c ` and ``d", "a`b and c and ``d")]
    [InlineData("`a\nb`", "a b")]
    [InlineData("`{:toc}` `&lt;` `<!-- -->`", "{:toc} &lt; <!-- -->")]
    [InlineData("```\n<div>\n*[a]: b\n[c]: d\n$$\n```", "<div>\n*[a]: b\n[c]: d\n$$")]
    [InlineData("```\nunclosed", "unclosed")]
    public void Code_stays_as_it_is(string source, string expected) => Assert.Equal(expected, Extracted.Markdown(source));

    [Theory]
    [InlineData("a | b\n--- | ---\n`c|d` | e \\| f", "a | b\nc|d | e | f")]
    [InlineData("|a|b|\n|:-:|--:|\n|1||\n||2|", "a | b\n1\n2")]
    [InlineData("Intro\n| a | b |\n|---|---|\n| c | d |", "Intro\n\na | b\nc | d")]
    [InlineData("| a | b |\n| c | d |", "a | b\nc | d")]
    [InlineData("if (a || b) then", "if (a || b) then")]
    [InlineData("| [a](b) | **c** |\n|---+---|\n| d | e |\n|===|\n| f | g |", "a | c\nd | e\nf | g")]
    public void Tables_are_rows_of_cells(string source, string expected) => Assert.Equal(expected, Extracted.Markdown(source));

    [Theory]
    [InlineData("A\nB\n: c\n: d\n\n  e\n\nF\n: g", "A\nB\nc\nd\n\ne\n\nF\ng")]
    [InlineData("A\n\n: c *d*", "A\nc d")]
    [InlineData("a : b\n:c", "a : b :c")]
    public void Definition_lists_keep_terms_and_meanings(string source, string expected) => Assert.Equal(expected, Extracted.Markdown(source));

    [Theory]
    [InlineData("A [^a], b.[^b]\n\n[^b]: Two.\n\n    More.\n[^a]: One\n\nEnd", "A, b.\n\nEnd\n\nOne\n\nTwo.\n\nMore.")]
    [InlineData("A[^x] b", "A[^x] b")]
    [InlineData("A\n\n[^x]: never shown", "A")]
    [InlineData("A[^1].\n\n[^1]: See[^2].\n[^2]: Last.", "A.\n\nSee.\n\nLast.")]
    public void Footnotes_follow_the_body(string source, string expected) => Assert.Equal(expected, Extracted.Markdown(source));

    [Theory]
    [InlineData("{: .lead}\na\n\nb\n{: #id .x}", "a\n\nb")]
    [InlineData("*a*{: .red} `b`{:.c} ![d](e){: width=\"3\"}f", "a b f")]
    [InlineData("a\n{:toc}\nb", "a\n\nb")]
    [InlineData("# C\n\n- TOC\n{:toc}\n\nb", "C\n\nb")]
    [InlineData("{:toc}\n* x\n\nb", "b")]
    [InlineData("{:ref: .x}\na", "a")]
    [InlineData("a {::comment}no{:/comment} b", "a b")]
    [InlineData("{::options parse_block_html=\"true\" /}\na", "a")]
    [InlineData("{::nomarkdown}\n<b>*a*</b>\n{:/}\nb", "*a*\n\nb")]
    [InlineData("{::comment}\nopen", "open")]
    [InlineData("*[A B]: x\n*[C]: y\n\nA B and C", "A B and C")]
    public void Kramdowns_own_marks_vanish(string source, string expected) => Assert.Equal(expected, Extracted.Markdown(source));

    [Theory]
    [InlineData("$$\na_b &= *c* \\\\\nd < e\n$$", "$$\na_b &= *c* \\\\\nd < e\n$$")]
    [InlineData("$$ x^2 $$", "$$ x^2 $$")]
    [InlineData("let $$x_1 < y_1$$ be", "let $$x_1 < y_1$$ be")]
    [InlineData(@"\\[ a_1 \\]", @"\[ a_1 \]")]
    [InlineData("$HOME and $5, $a_b$", "$HOME and $5, $a_b$")]
    [InlineData("$$ open", "$$ open")]
    public void Math_stays_as_written(string source, string expected) => Assert.Equal(expected, Extracted.Markdown(source));

    [Fact]
    public void A_mark_of_the_text_generators_vocabulary_is_text() =>
        Assert.Equal("ends with <|endoftext|> here", Extracted.Markdown("ends with `<|endoftext|>` here"));
}
