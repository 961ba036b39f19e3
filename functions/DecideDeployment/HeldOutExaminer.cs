using Pipeline.Corpus;
using Pipeline.Functions.Serving;
using Pipeline.Generation;
using Pipeline.Registry;
using Pipeline.Storage;

namespace Pipeline.Functions.DecideDeployment;

/// <summary>
/// Measures two versions on the posts that the candidate's corpus holds out, which neither has seen if the corpus has only grown:
/// the manifests of different corpora speak of different posts.
/// </summary>
internal sealed partial class HeldOutExaminer(IBlobStore store, ModelCache cache, ILogger<HeldOutExaminer> logger) : IDeploymentExaminer
{
    // Some tens of posts' beginnings: enough for a ratio to within a few hundredths, and under a minute on one core for 124M parameters.
    private const int MostTokens = 1500;
    private const int MostTokensAPost = 150;

    // Characters that no tokenizer makes less than MostTokensAPost of, nearly: both models see the same text.
    private const int MostCharacters = 400;

    /// <inheritdoc />
    public async Task<(HeldOutComparison? Comparison, string? Fault)> ExamineAsync(ModelManifest candidate, ModelManifest stable, CancellationToken cancellationToken)
    {
        var texts = await HeldOutAsync(candidate.CorpusId, cancellationToken);
        (double Nats, int Tokens) mine;
        try
        {
            mine = await ScoreAsync(candidate, texts, cancellationToken);
        }
        catch (Exception exception) when (exception is ModelException or RegistryException)
        {
            return (null, $"It cannot be loaded: {exception.Message}");
        }

        try
        {
            var theirs = await ScoreAsync(stable, texts, cancellationToken);
            // A token of one may be two of the other: both sums are divided by the same number.
            return mine.Tokens == 0 ? (null, null) : (new(Math.Exp(mine.Nats / mine.Tokens), Math.Exp(theirs.Nats / mine.Tokens)), null);
        }
        catch (Exception exception) when (exception is ModelException or RegistryException)
        {
            // It serves badly or not at all: what the manifests say must do.
            Log.NotLoaded(logger, stable.Version, exception.Message);
            return (null, null);
        }
    }

    private async Task<List<string>> HeldOutAsync(string corpus, CancellationToken cancellationToken)
    {
        var texts = new List<string>();
        try
        {
            await foreach (var line in CorpusFiles.ReadLinesAsync(store, corpus, CorpusFiles.ValidationFile, cancellationToken))
            {
                texts.Add(line.Text.Length <= MostCharacters ? line.Text : line.Text[..MostCharacters]);
            }
        }
        catch (FileNotFoundException)
        {
            // Removed to save room: then the manifests must do.
            return [];
        }

        // The newest are last, and say most about the posts to come.
        return [.. texts.AsEnumerable().Reverse().Take(MostTokens / MostTokensAPost)];
    }

    private async Task<(double Nats, int Tokens)> ScoreAsync(ModelManifest manifest, List<string> texts, CancellationToken cancellationToken)
    {
        var folder = await cache.GetAsync(manifest.Version, cancellationToken);
        using var model = LanguageModel.Load(folder, manifest.ServingFile);
        var (nats, tokens) = (0.0, 0);
        foreach (var text in texts)
        {
            var score = await TextScore.OfAsync(model, text, model.Shape.Context - 1, cancellationToken);
            nats += score.Nats;
            tokens += score.Tokens;
        }

        return (nats, tokens);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The version in service, {Version}, could not be loaded to compare: {Reason}")]
        public static partial void NotLoaded(ILogger logger, string version, string reason);
    }
}
