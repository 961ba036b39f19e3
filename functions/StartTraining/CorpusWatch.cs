using Pipeline.Corpus;
using Pipeline.Registry;
using Pipeline.Storage;

namespace Pipeline.Functions.StartTraining;

/// <summary>How the corpus stands to the models.</summary>
internal abstract record CorpusState
{
    private CorpusState()
    {
    }

    /// <summary>There is no post to learn from.</summary>
    public sealed record Empty : CorpusState;

    /// <summary>A model has learned from it.</summary>
    public sealed record Known(string Version) : CorpusState;

    /// <summary>No model has learned from it yet.</summary>
    public sealed record Changed(string Id) : CorpusState;
}

/// <summary>Compares the documents with what the published models learned from.</summary>
internal sealed class CorpusWatch(DocumentStore documents, ModelStore models)
{
    /// <summary>Looks once.</summary>
    public async Task<CorpusState> LookAsync(CancellationToken cancellationToken)
    {
        var corpus = CorpusBuilder.Build(await documents.ReadAllAsync(cancellationToken).ToListAsync(cancellationToken), new CorpusOptions());
        if (corpus.Train.Count == 0)
        {
            return new CorpusState.Empty();
        }

        await foreach (var version in models.ListAsync(cancellationToken))
        {
            if ((await models.ReadManifestAsync(version, cancellationToken))?.CorpusId == corpus.Id)
            {
                return new CorpusState.Known(version);
            }
        }

        return new CorpusState.Changed(corpus.Id);
    }
}
