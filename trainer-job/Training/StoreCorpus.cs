using Pipeline.Corpus;
using Pipeline.Posts;
using Pipeline.Privacy;
using Pipeline.Storage;
using Pipeline.TrainerJob.Runs;

namespace Pipeline.TrainerJob.Training;

/// <summary>The corpus of a store's documents.</summary>
internal static class StoreCorpus
{
    /// <summary>Reads the documents, builds the corpus and leaves its files in the store.</summary>
    /// <exception cref="InputException">No document is left to train on.</exception>
    public static async Task<CorpusInput> BuildAsync(IBlobStore store, PrivatePatterns hidden, RunView view, CancellationToken cancellationToken)
    {
        List<PostDocument> documents = [];
        await foreach (var document in new DocumentStore(store).ReadAllAsync(cancellationToken))
        {
            documents.Add(document);
        }

        var corpus = CorpusBuilder.Build(documents, new CorpusOptions { Private = hidden });
        var left = $"{corpus.Report.Skipped.Count} left out, {corpus.Report.Duplicates.Count} duplicates";
        if (corpus.Train.Count == 0)
        {
            throw new InputException(
                $"The store has no post to train on: {documents.Count} documents, {left}. Convert the blog's posts first, and see in the documents why they are skipped.");
        }

        view.Say($"Corpus {corpus.Id}: {corpus.Train.Count + corpus.Validation.Count} posts, {corpus.Report.Words} words; {left}.");
        foreach (var note in corpus.Report.Notes)
        {
            view.Say(note);
        }

        await CorpusFiles.WriteAsync(corpus, store, cancellationToken);
        return new CorpusInput(corpus.Id, [.. corpus.Train.Select(TrainingText.Format)], [.. corpus.Validation.Select(TrainingText.Format)]);
    }
}
