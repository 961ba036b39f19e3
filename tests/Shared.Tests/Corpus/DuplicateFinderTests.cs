using FsCheck;
using FsCheck.Fluent;
using Pipeline.Corpus;
using Pipeline.Testing;

namespace Pipeline.Shared.Tests.Corpus;

public sealed class DuplicateFinderTests
{
    [Fact]
    public void The_similarity_is_the_jaccard_index_of_word_shingles()
    {
        // Two texts of 14 and 15 words: 10 and 11 shingles, of which 10 are common.
        const string Text = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen";
        Assert.Equal(10 / 11.0, Similarity(Text, Text + " fifteen"));
        Assert.Equal(1, Similarity(Text, Text.ToUpperInvariant().Replace(" ", ", ", StringComparison.Ordinal)));
        Assert.Equal(0, Similarity(Text, "quite other words that never stand above at all"));
        Assert.Equal(0, Similarity("...", "!!!"));
    }

    [Fact]
    public void Shingles_equal_those_of_a_plain_computation_over_sets_of_strings()
    {
        var words = Gen.Elements("a", "b", "c").ArrayOf();
        Prop.ForAll(words.Zip(words).ToArbitrary(), pair =>
        {
            var (first, second) = (Plain(pair.Item1), Plain(pair.Item2));
            var union = first.Union(second).Count();
            var expected = union == 0 ? 0 : (double)first.Intersect(second).Count() / union;
            Assert.Equal(expected, Similarity(string.Join(' ', pair.Item1), string.Join(' ', pair.Item2)));
        }).QuickCheckThrowOnFailure();

        static HashSet<string> Plain(string[] words) => words.Length switch
        {
            0 => [],
            < 5 => [string.Join(' ', words)],
            _ => [.. Enumerable.Range(0, words.Length - 4).Select(start => string.Join(' ', words.Skip(start).Take(5)))],
        };
    }

    [Fact]
    public void Text_without_blanks_is_compared_by_its_characters()
    {
        // 30 characters make 26 shingles; one more at the end makes 27.
        var text = string.Concat(Enumerable.Range(0x4E00, 30).Select(c => (char)c));
        Assert.Equal(26 / 27.0, Similarity(text, text + "龍"));
        Assert.Equal(1, Similarity(text, text.Insert(10, "\n")));
        // Beyond the basic plane too: two different ideographs.
        Assert.Equal(0, Similarity("\U00020000", "\U00020001"));
    }

    [Fact]
    public void The_estimate_lies_near_the_jaccard_index()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            var text = Documents.Text(seed, 400);
            var other = text[..(text.Length * (50 + seed) / 100)] + Documents.Text(seed + 1000, 100);
            ulong[] first = Shingles.Of(text), second = Shingles.Of(other);
            // Five standard deviations of a mean of 240 draws.
            Assert.Equal(Shingles.Similarity(first, second), MinHash.Estimate(MinHash.Signature(first), MinHash.Signature(second)), 0.16);
        }
    }

    [Fact]
    public void Every_pair_at_the_threshold_is_found_and_none_below_it()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var words = Documents.Text(seed, 300).Split(' ');
            // 296 shingles; cutting words off the end leaves n-4 of them, all common.
            var shorter = string.Join(' ', words.Take(words.Length - (seed % 120)));
            var text = string.Join(' ', words);
            var similarity = Similarity(text, shorter);

            var finder = new DuplicateFinder(0.8);
            Assert.Null(finder.Add(0, text));
            var found = finder.Add(1, shorter);
            Assert.Equal(similarity >= 0.8, found is not null);
            Assert.Equal(similarity >= 0.8 ? similarity : 0, found?.Similarity ?? 0);
        }
    }

    [Fact]
    public void The_most_alike_of_the_earlier_texts_is_named()
    {
        var text = Documents.Text(7, 400);
        var finder = new DuplicateFinder(0.8);
        finder.Add(0, text[..(text.Length * 7 / 10)]);
        finder.Add(1, text);

        Assert.Equal(1, finder.Add(2, text + " end")!.Kept);
        Assert.Equal(0, finder.Add(3, text[..(text.Length * 7 / 10)] + " end")!.Kept);
    }

    [Fact]
    public void Texts_without_a_word_are_duplicates_only_if_they_are_equal()
    {
        var finder = new DuplicateFinder(0.8);
        Assert.Null(finder.Add(0, "🎈🎈"));
        Assert.Null(finder.Add(1, "🎈"));
        Assert.True(finder.Add(2, " 🎈 ")!.Exact);
    }

    [Fact]
    public void In_a_series_of_real_posts_made_after_one_pattern_exactly_the_pairs_above_the_threshold_are_found()
    {
        var folder = ProjectFolders.Shared("blogs", "made-mistakes", "site", "src", "_posts", "paperfaces");
        var texts = Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal).Select(BodyOf).ToList();
        var shingles = texts.ConvertAll(Shingles.Of);

        var finder = new DuplicateFinder(0.8);
        var found = texts.Select((text, number) => finder.Add(number, text)).ToList();

        // The plain way over all pairs says the same of every post.
        for (var number = 0; number < texts.Count; number++)
        {
            var kept = Enumerable.Range(0, number).Where(earlier => found[earlier] is null).ToList();
            var best = kept.Select(earlier => Shingles.Similarity(shingles[earlier], shingles[number])).DefaultIfEmpty(0).Max();
            Assert.Equal(best >= 0.8, found[number] is not null);
        }

        // Most of these posts are one sentence with another name in it, twice: that changes half of their shingles or more, so they
        // count as different. Left are those whose bodies are equal, or equal but for a word: a set computation in another language
        // over the same bodies finds five.
        Assert.InRange(found.Count(duplicate => duplicate is not null), 4, 6);
    }

    private static double Similarity(string first, string second) => Shingles.Similarity(Shingles.Of(first), Shingles.Of(second));

    private static string BodyOf(string file)
    {
        var parts = File.ReadAllText(file).Split("\n---", 2);
        return parts[^1];
    }
}
