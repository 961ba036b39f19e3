using FsCheck;
using FsCheck.Fluent;
using Pipeline.Corpus;

namespace Pipeline.Shared.Tests.Corpus;

public sealed class CorpusBuilderTests
{
    private static readonly CorpusOptions Options = new();

    [Fact]
    public void Posts_stand_by_date_then_path_and_undated_ones_first()
    {
        var corpus = CorpusBuilder.Build(
        [
            Documents.Post("b.md", Documents.Text(1, 60), "2024-01-01T12:00:00+00:00"),
            Documents.Post("a.md", Documents.Text(2, 60), "2024-01-01T13:00:00+01:00"),
            Documents.Post("c.md", Documents.Text(3, 60), "2024-01-01T12:30:00+02:00"),
            Documents.Post("d.md", Documents.Text(4, 60), date: null),
        ], Options);

        Assert.Equal(["d.md", "c.md", "a.md", "b.md"], corpus.Posts.Select(post => post.Path));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(19, 1)]
    [InlineData(20, 2)]
    [InlineData(105, 10)]
    public void The_newest_tenth_is_held_out_and_at_least_one_if_there_are_two(int posts, int heldOut)
    {
        var corpus = CorpusBuilder.Build(Documents.Different(posts).Reverse(), Options);

        Assert.Equal(heldOut, corpus.Validation.Count);
        Assert.Equal(posts, corpus.Report.Posts);
        Assert.Equal(Documents.Different(posts).Select(post => post.Path), corpus.Posts.Select(post => post.Path));
        Assert.Equal(posts < 2, corpus.Report.Notes.Count == 1);
    }

    [Fact]
    public void The_id_follows_from_the_posts_and_not_from_the_order_they_come_in()
    {
        var posts = Documents.Different(30).ToList();
        var id = CorpusBuilder.Build(posts, Options).Id;

        Assert.Matches("^[0-9a-f]{16}$", id);
        Assert.Equal(id, CorpusBuilder.Build(posts.OrderBy(post => post.Hash), Options).Id);
        Assert.NotEqual(id, CorpusBuilder.Build(posts.Skip(1), Options).Id);
        Assert.NotEqual(id, CorpusBuilder.Build([posts[0] with { Hash = new string('0', 64) }, .. posts.Skip(1)], Options).Id);
        Assert.NotEqual(id, CorpusBuilder.Build([posts[0] with { Text = "# " + posts[0].Text }, .. posts.Skip(1)], Options).Id);
    }

    [Fact]
    public void The_same_posts_in_any_order_give_the_same_corpus()
    {
        var posts = Documents.Different(20).ToList();
        posts.AddRange(posts.Take(8).Select(post => post with { Path = "again/" + post.Path, Text = post.Text + " And one more word." }));
        var expected = Paths(CorpusBuilder.Build(posts, Options));

        Prop.ForAll(Gen.Shuffle(posts.ToArray()).ToArbitrary(), shuffled => Assert.Equal(expected, Paths(CorpusBuilder.Build(shuffled, Options)))).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Skipped_and_empty_posts_are_left_out_with_their_reasons()
    {
        var corpus = CorpusBuilder.Build(
        [
            Documents.Post("a.md", "Some text of this post."),
            Documents.Post("b.md", "Hidden.") with { Skipped = "It is not published." },
            Documents.Post("c.md", " \n"),
        ], Options);

        Assert.Equal(["a.md"], corpus.Posts.Select(post => post.Path));
        Assert.Equal([new SkippedPost("b.md", "It is not published."), new SkippedPost("c.md", "The post has no text.")], corpus.Report.Skipped);
    }

    [Fact]
    public void Of_equal_texts_the_oldest_is_kept_and_the_report_says_which()
    {
        var text = Documents.Text(1, 100);
        var corpus = CorpusBuilder.Build(
        [
            Documents.Post("new.md", text.Replace(" ", "\n\t ", StringComparison.Ordinal), "2024-02-01T00:00:00Z"),
            Documents.Post("old.md", text, "2023-02-01T00:00:00Z"),
            Documents.Post("draft.md", text, date: null),
        ], Options);

        Assert.Equal(["old.md"], corpus.Posts.Select(post => post.Path));
        Assert.Equal([new DuplicatePost("draft.md", "old.md", true, 1), new DuplicatePost("new.md", "old.md", true, 1)], corpus.Report.Duplicates);
    }

    [Fact]
    public void A_near_duplicate_is_dropped_and_a_post_that_shares_half_is_not()
    {
        var text = Documents.Text(1, 400);
        var half = text[..(text.Length / 2)] + " " + Documents.Text(2, 200);
        var corpus = CorpusBuilder.Build(
        [
            Documents.Post("a.md", text, "2023-01-01T00:00:00Z"),
            Documents.Post("b.md", text + " A correction at the end.", "2023-01-02T00:00:00Z"),
            Documents.Post("c.md", half, "2023-01-03T00:00:00Z"),
        ], Options);

        Assert.Equal(["a.md", "c.md"], corpus.Posts.Select(post => post.Path));
        var duplicate = Assert.Single(corpus.Report.Duplicates);
        Assert.False(duplicate.Exact);
        Assert.InRange(duplicate.Similarity, 0.97, 0.999);
    }

    [Fact]
    public void Near_duplicates_stay_if_they_are_wanted()
    {
        var text = Documents.Text(1, 400);
        var corpus = CorpusBuilder.Build([Documents.Post("a.md", text), Documents.Post("b.md", text + " More."), Documents.Post("c.md", text)], new CorpusOptions { NearDuplicateSimilarity = null });

        Assert.Equal(["a.md", "b.md"], corpus.Posts.Select(post => post.Path));
    }

    [Fact]
    public void The_report_counts_what_is_in_the_corpus()
    {
        var corpus = CorpusBuilder.Build(
        [
            Documents.Post("a.md", "One two three four.", "2023-05-01T00:00:00Z") with { Tags = ["x", "y"], Categories = ["c"], Language = "en", Warnings = ["odd"] },
            Documents.Post("b.md", string.Join(' ', Enumerable.Range(0, 60)), "2024-05-01T00:00:00Z") with { Tags = ["y"], Language = "de" },
            Documents.Post("c.md", "Quite another small text.", date: null) with { Language = "en" },
        ], Options);

        var report = corpus.Report;
        Assert.Equal((3, 2, 1, 68), (report.Posts, report.TrainPosts, report.ValidationPosts, report.Words));
        Assert.Equal(corpus.Posts.Sum(post => post.Text.Length), report.Characters);
        Assert.Equal([("undated", 1), ("2023", 1), ("2024", 1)], report.Years.Select(pair => (pair.Key, pair.Value)));
        Assert.Equal([("y", 2), ("x", 1)], report.Tags.Select(pair => (pair.Key, pair.Value)));
        Assert.Equal([("c", 1)], report.Categories.Select(pair => (pair.Key, pair.Value)));
        Assert.Equal([("en", 2), ("de", 1)], report.Languages.Select(pair => (pair.Key, pair.Value)));
        Assert.Equal([new LengthBucket(0, 2), new LengthBucket(50, 1)], report.Lengths);
        Assert.Equal(1, report.Warnings);
    }

    [Theory]
    [InlineData(0.2, 0.1)]
    [InlineData(1.1, 0.1)]
    [InlineData(double.NaN, 0.1)]
    [InlineData(0.8, 1.0)]
    [InlineData(0.8, -0.1)]
    public void Options_that_make_no_sense_are_refused(double similarity, double share) => Assert.Throws<ArgumentException>(() =>
        CorpusBuilder.Build([], new CorpusOptions { NearDuplicateSimilarity = similarity, ValidationShare = share }));

    private static string Paths(TrainingCorpus corpus) => string.Join('\n', corpus.Posts.Select(post => post.Path).Concat(corpus.Report.Duplicates.Select(duplicate => duplicate.ToString())));
}
