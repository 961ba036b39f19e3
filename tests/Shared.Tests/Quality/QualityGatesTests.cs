using Pipeline.Quality;

namespace Pipeline.Shared.Tests.Quality;

public sealed class QualityGatesTests
{
    private static readonly string[] Nouns = ["barometer", "gull", "tide", "kettle", "ladder", "storm", "window", "lamp", "rope", "mast", "cat", "book", "wire", "valve", "slate", "horn"];
    private static readonly string[] Verbs = ["watches", "holds", "measures", "forgets", "carries", "mends", "finds", "paints", "hears", "leaves", "turns", "counts", "keeps", "lifts"];

    [Fact]
    public void An_original_text_in_the_blogs_words_passes()
    {
        var report = Gates().Judge(Candidate(Text(seed: 99)));

        Assert.True(report.Passed, string.Join(' ', report.Reasons));
        Assert.Empty(report.Reasons);
        Assert.InRange(report.Score, 0.5, 1);
        Assert.Equal(14, report.Figures.Count);
    }

    [Fact]
    public void A_copied_text_is_refused_with_its_source()
    {
        var report = Gates().Judge(Candidate(Text(seed: 99) + " " + Text(seed: 3)[..600]));

        Assert.False(report.Passed);
        Assert.Contains(report.Reasons, reason => reason.Contains("copied from post-3.md", StringComparison.Ordinal));
        Assert.Equal("post-3.md", report.Originality.Runs[0].Path);
        Assert.False(Figure(report, "seen runs of 8 tokens").Passed);
    }

    // 40 tokens in a row, or 15 % of the runs of 8: at the threshold a text is refused, one below it passes.
    [Theory]
    [InlineData(39, 1000, true, true)]
    [InlineData(40, 1000, false, true)]
    // 22 copied tokens are 15 of 100 runs of 8, 21 are 14.
    [InlineData(21, 107, true, true)]
    [InlineData(22, 107, true, false)]
    public void Copying_is_refused_from_40_tokens_in_a_row_and_from_15_hundredths_of_the_runs_of_8_on(int copied, int length, bool runPasses, bool sharePasses)
    {
        int[] corpus = [.. Enumerable.Range(0, 500)];
        var gates = new QualityGates(OriginalityIndex.Build([("a.md", corpus)]), LanguageProfile.Of([Text(1)]), new SimilarityIndex(), new QualityOptions());
        int[] tokens = [.. corpus.Skip(100).Take(copied), .. Enumerable.Range(10_000, length - copied)];

        var report = gates.Judge(new(Text(99), tokens));

        Assert.Equal((runPasses, sharePasses), (Figure(report, "longest copied run").Passed, Figure(report, "seen runs of 8 tokens").Passed));
        Assert.Equal((copied, (copied - 7) / (double)(length - 7)), (report.Originality.LongestRun, report.Originality.SeenShare));
    }

    [Fact]
    public void A_text_that_repeats_itself_is_refused()
    {
        var report = Gates().Judge(Candidate(string.Concat(Enumerable.Repeat("The gull watches the old lamp. ", 40))));

        Assert.False(Figure(report, "different runs of 4 words").Passed);
        Assert.Equal(39 / 40.0, Figure(report, "repeated sentences").Value, 12);
        Assert.False(Figure(report, "repeated sentences").Passed);
    }

    [Fact]
    public void A_text_like_a_recent_post_is_refused()
    {
        var posts = new SimilarityIndex();
        posts.Add("new.md", Text(seed: 99));
        posts.Add("other.md", Text(seed: 98));

        var report = Gates(posts: posts).Judge(Candidate(Text(seed: 99) + " The cat keeps the rope."));

        Assert.Contains(report.Reasons, reason => reason.StartsWith("The text is like new.md", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Too short.", "fewest words")]
    [InlineData("mail me at ann@weather.org", "e-mail addresses")]
    [InlineData("call +44 20 7946 0958", "telephone numbers")]
    [InlineData("Broken \uFFFD character", "broken characters")]
    [InlineData("Broken \uD800 surrogate", "broken characters")]
    [InlineData("A nul \0 here", "broken characters")]
    [InlineData("She said: Drat IT!", "forbidden words")]
    public void Each_gate_closes_on_its_own_fault(string addition, string figure)
    {
        var options = new QualityOptions { ForbiddenWords = { "drat it", "damn" } };
        var text = figure == "fewest words" ? addition : $"{Text(seed: 99)} {addition}";

        Assert.False(Figure(Gates(options).Judge(Candidate(text)), figure).Passed);
    }

    [Fact]
    public void A_part_of_a_word_is_not_forbidden() =>
        Assert.True(Figure(Gates(new QualityOptions { ForbiddenWords = { "ate", "lam" } }).Judge(Candidate(Text(seed: 99) + " The slates.")), "forbidden words").Passed);

    [Fact]
    public void Gibberish_and_another_script_are_refused()
    {
        var gibberish = Gates().Judge(Candidate(string.Join(' ', Enumerable.Range(0, 200).Select(n => $"xq{n}zk vr{n}pl"))));
        var other = Gates().Judge(Candidate(string.Concat(Enumerable.Repeat("Ветер западный, стекло стоит. ", 30))));

        Assert.False(Figure(gibberish, "known words").Passed);
        Assert.False(Figure(other, "letters in the blog's script").Passed);
    }

    [Fact]
    public void A_title_may_not_give_anything_away_either() =>
        Assert.False(Figure(Gates().Judge(Candidate(Text(seed: 99)) with { Title = "Write to ann@weather.org" }), "e-mail addresses").Passed);

    [Fact]
    public void The_better_text_has_the_higher_score()
    {
        var gates = Gates();
        var good = gates.Judge(Candidate(Text(seed: 99)));
        var copying = gates.Judge(Candidate(Text(seed: 99) + " " + Text(seed: 3)[..150]));
        var copied = gates.Judge(Candidate(Text(seed: 3)));

        Assert.True(good.Score > copying.Score);
        Assert.True(copying.Score > copied.Score);
    }

    [Fact]
    public void An_empty_text_is_refused_without_an_error()
    {
        var report = Gates().Judge(Candidate(""));

        Assert.False(report.Passed);
        Assert.All(report.Figures, figure => Assert.True(double.IsFinite(figure.Value)));
        Assert.True(double.IsFinite(report.Score));
    }

    [Fact]
    public void Every_failed_figure_has_a_reason_and_no_other()
    {
        foreach (var text in new[] { "", "a", Text(seed: 99), Text(seed: 3), "ann@weather.org \0 " + new string('x', 5000) })
        {
            Assert.All(Gates().Judge(Candidate(text)).Figures, figure => Assert.Equal(figure.Passed, figure.Reason is null));
        }
    }

    [Fact]
    public void Text_without_blanks_between_words_is_counted_by_characters()
    {
        var text = string.Concat(Enumerable.Repeat("今日は風が強い。", 20));

        Assert.Equal(140, Figure(Gates().Judge(Candidate(text)), "fewest words").Value);
    }

    private static QualityGates Gates(QualityOptions? options = null, SimilarityIndex? posts = null)
    {
        var texts = Enumerable.Range(0, 20).Select(seed => (Path: $"post-{seed}.md", Text: Text(seed))).ToList();
        return new QualityGates(
            OriginalityIndex.Build(texts.Select(text => (text.Path, Tokens(text.Text)))),
            LanguageProfile.Of(texts.Select(text => text.Text)),
            posts ?? new SimilarityIndex(),
            options ?? new QualityOptions());
    }

    private static QualityFigure Figure(QualityReport report, string name) => Assert.Single(report.Figures, figure => figure.Name == name);

    private static QualityCandidate Candidate(string text) => new(text, Tokens(text));

    // A token for a word is enough here; the gates do not know what a token is.
    private static IReadOnlyList<int> Tokens(string text) =>
        [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => word.Aggregate(17, (hash, character) => ((hash * 31) + character) & 0xFFFF))];

    private static string Text(int seed)
    {
        var random = new Random(seed);
        return string.Join(' ', Enumerable.Range(0, 40).Select(_ => $"The {Nouns[random.Next(Nouns.Length)]} {Verbs[random.Next(Verbs.Length)]} the {Nouns[random.Next(Nouns.Length)]} and {Verbs[random.Next(Verbs.Length)]} a {Nouns[random.Next(Nouns.Length)]}."));
    }
}
