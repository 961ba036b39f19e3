using System.Runtime.CompilerServices;
using Pipeline.Corpus;
using Pipeline.Functions.Serving;
using Pipeline.Posts;
using Pipeline.Publishing;
using Pipeline.Quality;
using Pipeline.Storage;

namespace Pipeline.Functions.PublishPost;

/// <summary>The quality gates for a model: its corpus by tokens and words, the newest posts, and everything that was written for other days.</summary>
internal sealed class GateSource(IBlobStore store, PostRecords records, PipelineSettings settings) : IDisposable
{
    // A reader remembers about this many posts back.
    private const int RecentPosts = 50;

    private readonly DocumentStore documents = new(store);
    private readonly SemaphoreSlim gate = new(1, 1);
    private (string Version, OriginalityIndex Originality, LanguageProfile Language, IReadOnlyList<(string Path, string Text)> Recent)? built;

    /// <summary>The gates for the borrowed model and a day; the corpus is indexed once a version.</summary>
    public async Task<QualityGates> ForAsync(ServingModels.Loan loan, DateOnly day, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            if (built is not { } known || known.Version != loan.Manifest.Version)
            {
                known = await BuildAsync(loan, cancellationToken);
                built = known;
            }

            return new(known.Originality, known.Language, await PostsAsync(known.Recent, day, cancellationToken), Options());
        }
        finally
        {
            gate.Release();
        }
    }

    /// <inheritdoc />
    public void Dispose() => gate.Dispose();

    // The owner's no to a post is one to its like; and what waits or was merged is not to be written again.
    private async Task<SimilarityIndex> PostsAsync(IReadOnlyList<(string Path, string Text)> recent, DateOnly day, CancellationToken cancellationToken)
    {
        var posts = new SimilarityIndex();
        var newest = recent.ToDictionary(StringComparer.Ordinal);
        await foreach (var document in NewestAsync(cancellationToken))
        {
            newest[document.Path] = document.Text;
        }

        foreach (var (path, text) in newest)
        {
            posts.Add(path, text);
        }

        await foreach (var record in records.ListAsync(cancellationToken))
        {
            if (record.Card.Day != day)
            {
                posts.Add($"the generated post of {record.Card.Day:yyyy-MM-dd} ({record.Outcome ?? (record.Reason is null ? "open" : "refused")})", record.Chosen.Body);
            }
        }

        return posts;
    }

    // What the blog had after the model learnt.
    private async IAsyncEnumerable<PostDocument> NewestAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var paths = await store.ListAsync(Containers.Documents, "", cancellationToken)
            .Select(entry => PostPath.TryParse(Path.ChangeExtension(entry.Name.Path, null)))
            .OfType<PostPath>()
            .Where(path => path is { IsDraft: false, Date: not null })
            .ToListAsync(cancellationToken);
        foreach (var path in paths.OrderByDescending(path => path.Date).Take(RecentPosts))
        {
            if (await documents.ReadAsync(path.Value, cancellationToken) is { Skipped: null } document)
            {
                yield return document;
            }
        }
    }

    private QualityOptions Options()
    {
        var options = new QualityOptions();
        foreach (var word in settings.ForbiddenWords.Split([',', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            options.ForbiddenWords.Add(word);
        }

        return options;
    }

    private async Task<(string Version, OriginalityIndex Originality, LanguageProfile Language, IReadOnlyList<(string Path, string Text)> Recent)> BuildAsync(
        ServingModels.Loan loan, CancellationToken cancellationToken)
    {
        var lines = new List<CorpusLine>();
        foreach (var file in new[] { CorpusFiles.TrainFile, CorpusFiles.ValidationFile })
        {
            lines.AddRange(await CorpusFiles.ReadLinesAsync(store, loan.Manifest.CorpusId, file, cancellationToken).ToListAsync(cancellationToken));
        }

        // Judged without their headers, as candidates are: those repeat from post to post by design.
        var posts = lines.ConvertAll(line => (line.Path, Text: TrainingText.TryParse(line.Text, out _, out var body) ? body : line.Text));
        var tokenizer = loan.Model.Tokenizer;
        return (
            loan.Manifest.Version,
            OriginalityIndex.Build(posts.Select(post => (post.Path, (IReadOnlyList<int>)tokenizer.Encode(post.Text)))),
            LanguageProfile.Of(posts.Select(post => post.Text)),
            [.. posts.TakeLast(RecentPosts)]);
    }
}
