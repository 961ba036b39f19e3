using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Pipeline.Posts;

namespace Pipeline.Corpus;

/// <summary>Puts documents together to a corpus: which, in what order, and which of them are held out.</summary>
public static class CorpusBuilder
{
    private const int IdDigits = 16;

    // Words; doubling, since lengths of posts spread over orders of magnitude.
    private static readonly int[] Buckets = [0, 50, 100, 200, 400, 800, 1600, 3200, 6400, 12800];

    /// <summary>Builds the corpus. The same documents, in whatever order, give the same corpus.</summary>
    /// <exception cref="ArgumentException">An option makes no sense.</exception>
    public static TrainingCorpus Build(IEnumerable<PostDocument> documents, CorpusOptions options)
    {
        options.Check();
        var all = documents.OrderBy(document => document.Path, StringComparer.Ordinal).ThenBy(document => document.Hash, StringComparer.Ordinal).ToList();
        var judged = all.ConvertAll(document => (Document: document, Reason: ReasonToSkip(document, options)));
        var skipped = judged.Where(post => post.Reason is not null).Select(post => new SkippedPost(post.Document.Path, post.Reason!)).ToList();
        var (kept, duplicates) = DropDuplicates(judged.Where(post => post.Reason is null).Select(post => post.Document), options);

        // A post without a date is not among the newest, which are held out.
        var posts = kept.OrderBy(document => document.Date ?? DateTimeOffset.MinValue).ToList();
        var heldOut = posts.Count < 2 ? 0 : Math.Max(1, (int)(posts.Count * options.ValidationShare));
        var id = IdOf(posts);
        return new TrainingCorpus(id, posts[..^heldOut], posts[^heldOut..], Report(id, posts, heldOut) with
        {
            Skipped = skipped,
            Duplicates = duplicates,
        });
    }

    private static string? ReasonToSkip(PostDocument document, CorpusOptions options) =>
        document.Skipped ?? (string.IsNullOrWhiteSpace(document.Text) ? "The post has no text." : options.Private.WhyPrivate(document));

    /// <summary>Keeps the oldest of those that say the same. A dated post goes before an undated one: it is the one that was published.</summary>
    private static (List<PostDocument> Kept, List<DuplicatePost> Duplicates) DropDuplicates(IEnumerable<PostDocument> documents, CorpusOptions options)
    {
        var candidates = documents.OrderBy(document => document.Date ?? DateTimeOffset.MaxValue).ToList();
        var finder = new DuplicateFinder(options.NearDuplicateSimilarity);
        var kept = new List<PostDocument>();
        var duplicates = new List<DuplicatePost>();
        for (var number = 0; number < candidates.Count; number++)
        {
            if (finder.Add(number, candidates[number].Text) is { } duplicate)
            {
                duplicates.Add(new DuplicatePost(candidates[number].Path, candidates[duplicate.Kept].Path, duplicate.Exact, Math.Round(duplicate.Similarity, 4)));
            }
            else
            {
                kept.Add(candidates[number]);
            }
        }

        // A stable sort by date comes next: ties must stand by path again.
        kept.Sort((first, second) => string.CompareOrdinal(first.Path, second.Path));
        duplicates.Sort((first, second) => string.CompareOrdinal(first.Path, second.Path));
        return (kept, duplicates);
    }

    // The post's bytes and what was made of them: the same posts read as plain text and as Markdown are two corpora.
    private static string IdOf(IEnumerable<PostDocument> posts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var post in posts)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(post.Hash + "\n"));
            hash.AppendData(SHA256.HashData(Encoding.UTF8.GetBytes(TrainingText.Format(post))));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..IdDigits];
    }

    private static CorpusReport Report(string id, List<PostDocument> posts, int heldOut) => new()
    {
        Id = id,
        Posts = posts.Count,
        TrainPosts = posts.Count - heldOut,
        ValidationPosts = heldOut,
        Words = posts.Sum(post => (long)post.Words),
        Characters = posts.Sum(post => (long)post.Text.Length),
        Years = posts.GroupBy(post => post.Date?.Year).OrderBy(group => group.Key)
            .ToDictionary(group => group.Key?.ToString("0000", CultureInfo.InvariantCulture) ?? "undated", group => group.Count()),
        Tags = Counts(posts.SelectMany(post => post.Tags.Distinct())),
        Categories = Counts(posts.SelectMany(post => post.Categories.Distinct())),
        Languages = Counts(posts.Select(post => post.Language)),
        Lengths = Histogram(posts),
        Warnings = posts.Sum(post => post.Warnings.Count),
        Notes = posts.Count switch
        {
            0 => ["No post is left to train on."],
            1 => ["There is only one post: none is held out, so nothing judges the model."],
            _ => [],
        },
    };

    private static Dictionary<string, int> Counts(IEnumerable<string> names) => names.CountBy(name => name)
        .OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal)
        .ToDictionary();

    private static List<LengthBucket> Histogram(List<PostDocument> posts)
    {
        var used = posts.Count == 0 ? 0 : Array.FindLastIndex(Buckets, bucket => bucket <= posts.Max(post => post.Words)) + 1;
        return [.. Enumerable.Range(0, used).Select(index => new LengthBucket(
            Buckets[index],
            posts.Count(post => post.Words >= Buckets[index] && (index == Buckets.Length - 1 || post.Words < Buckets[index + 1]))))];
    }
}
