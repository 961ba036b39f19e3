using Pipeline.Corpus;
using Pipeline.Functions.Serving;
using Pipeline.Quality;
using Pipeline.Storage;

namespace Pipeline.Functions.PublishPost;

/// <summary>The quality gates for a model: its corpus by tokens and words, and the newest posts.</summary>
internal sealed class GateSource(IBlobStore store) : IDisposable
{
    // A reader remembers about this many posts back.
    private const int RecentPosts = 50;

    private readonly SemaphoreSlim gate = new(1, 1);
    private (string Version, QualityGates Gates)? built;

    /// <summary>The gates for the borrowed model; built once a version.</summary>
    public async Task<QualityGates> ForAsync(ServingModels.Loan loan, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            if (built is not { } known || known.Version != loan.Manifest.Version)
            {
                known = (loan.Manifest.Version, await BuildAsync(loan, cancellationToken));
                built = known;
            }

            return known.Gates;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <inheritdoc />
    public void Dispose() => gate.Dispose();

    private async Task<QualityGates> BuildAsync(ServingModels.Loan loan, CancellationToken cancellationToken)
    {
        var lines = new List<CorpusLine>();
        foreach (var file in new[] { CorpusFiles.TrainFile, CorpusFiles.ValidationFile })
        {
            lines.AddRange(await CorpusFiles.ReadLinesAsync(store, loan.Manifest.CorpusId, file, cancellationToken).ToListAsync(cancellationToken));
        }

        // Judged without their headers, as candidates are: those repeat from post to post by design.
        var posts = lines.ConvertAll(line => (line.Path, Text: TrainingText.TryParse(line.Text, out _, out var body) ? body : line.Text));
        var recent = new SimilarityIndex();
        foreach (var (path, text) in posts.TakeLast(RecentPosts))
        {
            recent.Add(path, text);
        }

        var tokenizer = loan.Model.Tokenizer;
        return new(
            OriginalityIndex.Build(posts.Select(post => (post.Path, (IReadOnlyList<int>)tokenizer.Encode(post.Text)))),
            LanguageProfile.Of(posts.Select(post => post.Text)),
            recent,
            new QualityOptions());
    }
}
