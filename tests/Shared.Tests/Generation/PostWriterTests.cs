using Pipeline.Corpus;
using Pipeline.Generation;

namespace Pipeline.Shared.Tests.Generation;

public sealed class PostWriterTests(TestModel test)
{
    private static readonly string[] Categories = ["Garden", "Kitchen, mostly", "Bicycles"];
    private static readonly string[] Tags = ["bread", "c++", "rain", "über uns", "cats"];

    private readonly PostWriter _composer = new(test.Model);

    [Fact]
    public async Task What_is_chosen_comes_from_the_closed_sets_and_the_title_is_one_line()
    {
        List<WrittenPost> posts = [];
        for (var seed = 0UL; seed < 40; seed++)
        {
            posts.Add(await Compose(Request(seed)));
        }

        Assert.All(posts, post =>
        {
            Assert.Contains(post.Category, Categories);
            Assert.InRange(post.Tags.Count, 1, 3);
            Assert.All(post.Tags, tag => Assert.Contains(tag, Tags));
            Assert.Equal(post.Tags.Distinct(), post.Tags);
            Assert.NotEqual("", post.Title.Trim());
            Assert.DoesNotContain(post.Title, char.IsControl);
            Assert.Equal(2026, post.Year);
            Assert.InRange(post.Tokens.Count, 0, 30);
        });
        Assert.True(posts.Select(post => post.Category).Distinct().Count() > 1);
        Assert.True(posts.Select(post => post.Tags.Count).Distinct().Count() > 1);
        Assert.Equal(posts.Count, posts.Select(post => post.Title + post.Body).Distinct().Count());
    }

    [Fact]
    public async Task The_same_seed_gives_the_same_post()
    {
        var (first, second) = (await Compose(Request(9)), await Compose(Request(9)));
        Assert.Equal((first.Title, first.Category, first.Body, first.LogProbability, 9UL), (second.Title, second.Category, second.Body, second.LogProbability, second.Seed));
        Assert.Equal(first.Tags, second.Tags);
    }

    [Fact]
    public async Task What_is_given_stays()
    {
        var post = await Compose(Request(1) with { Category = "News", FixedTags = ["a", "b"], Title = "The given title" });
        Assert.Equal(("News", "The given title"), (post.Category, post.Title));
        Assert.Equal(["a", "b"], post.Tags);
    }

    [Fact]
    public async Task Without_closed_sets_there_is_neither_category_nor_tag()
    {
        var post = await Compose(new() { Title = "T", Sampling = new() { MaxTokens = 10 } });
        Assert.Null(post.Category);
        Assert.Empty(post.Tags);
        Assert.Null(post.Year);
    }

    [Fact]
    public async Task The_body_goes_on_from_the_header_as_it_stands_in_training()
    {
        var code = new ControlCode("News", ["a"], 2026, "The title");
        // The tokens of a whole training text up to its body.
        var whole = test.Model.Tokenizer.Encode(TrainingText.Format(code, "Body"));
        int[] prompt = [test.Model.Tokenizer.EndOfTextId, .. whole.Take(whole.Count - test.Model.Tokenizer.Encode("Body").Count)];
        var sampling = SamplingOptions.Greedy with { MaxTokens = 20 };

        var post = await Compose(new() { Category = "News", FixedTags = ["a"], Year = 2026, Title = "The title", Sampling = sampling });
        var plain = Assert.Single(await new TextGenerator(test.Model).GenerateAsync(new() { PromptTokens = prompt, Sampling = sampling }, TestContext.Current.CancellationToken));
        Assert.Equal(plain.Tokens, post.Tokens);
    }

    [Fact]
    public async Task Bad_settings_are_refused() =>
        await Assert.ThrowsAsync<InvalidSamplingException>(() => Compose(new() { Sampling = new() { TopP = -1 } }));

    private static WriteRequest Request(ulong seed) => new()
    {
        Categories = Categories,
        Tags = Tags,
        Year = 2026,
        Sampling = new() { Seed = seed, MaxTokens = 30, Temperature = 1.5f, TopK = 0, TopP = 1 },
    };

    private Task<WrittenPost> Compose(WriteRequest request) => _composer.WriteAsync(request, TestContext.Current.CancellationToken);
}
