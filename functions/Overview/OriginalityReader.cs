using Pipeline.Corpus;
using Pipeline.Functions.Serving;
using Pipeline.Quality;
using Pipeline.Storage;
using Pipeline.Tokenization;

namespace Pipeline.Functions.Overview;

/// <summary>Compares texts with the corpus of the model in service, which is indexed once a version.</summary>
internal sealed class OriginalityReader(IBlobStore store, ServingModels models) : IDisposable
{
    // Shorter stretches are language; a post that has no longer one is no source.
    private const int ShortestRun = 6;

    private readonly SemaphoreSlim gate = new(1, 1);
    private (string Version, OriginalityIndex Index, IReadOnlyDictionary<string, string> Titles)? built;

    /// <summary>Compares a text, paragraph by paragraph.</summary>
    /// <exception cref="NoModelException">No model is in service.</exception>
    public async Task<OriginalityAnswer> ReadAsync(string text, CancellationToken cancellationToken)
    {
        using var loan = await models.BorrowAsync(cancellationToken);
        var (version, index, titles) = await IndexAsync(loan, cancellationToken);
        var tokenizer = loan.Model.Tokenizer;
        return new(
            version,
            [
                .. text.ReplaceLineEndings("\n").Split("\n\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                    .Select(paragraph => Compare(paragraph, tokenizer, index, titles)),
            ]);
    }

    /// <inheritdoc />
    public void Dispose() => gate.Dispose();

    private static ParagraphOriginality Compare(string paragraph, BpeTokenizer tokenizer, OriginalityIndex index, IReadOnlyDictionary<string, string> titles)
    {
        var tokens = tokenizer.Encode(paragraph);
        var report = index.Compare(tokens, ShortestRun);
        return new(
            paragraph,
            report.LongestRun,
            report.SeenShare,
            report.Runs is [var longest, ..] ? new(longest.Path, titles.GetValueOrDefault(longest.Path, longest.Path)) : null,
            [.. report.Runs.Select(run => new CopiedStretch(tokenizer.Decode([.. tokens.Skip(run.Start).Take(run.Length)]), run.Length, run.Path))]);
    }

    private async Task<(string Version, OriginalityIndex Index, IReadOnlyDictionary<string, string> Titles)> IndexAsync(ServingModels.Loan loan, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            if (built is { } known && known.Version == loan.Manifest.Version)
            {
                return known;
            }

            var lines = new List<CorpusLine>();
            foreach (var file in new[] { CorpusFiles.TrainFile, CorpusFiles.ValidationFile })
            {
                lines.AddRange(await CorpusFiles.ReadLinesAsync(store, loan.Manifest.CorpusId, file, cancellationToken).ToListAsync(cancellationToken));
            }

            var tokenizer = loan.Model.Tokenizer;
            var index = OriginalityIndex.Build(lines.Select(line => (
                line.Path, (IReadOnlyList<int>)tokenizer.Encode(TrainingText.TryParse(line.Text, out _, out var body) ? body : line.Text))));
            var fresh = (loan.Manifest.Version, index, lines.ToDictionary(line => line.Path, line => line.Title, StringComparer.Ordinal));
            built = fresh;
            return fresh;
        }
        finally
        {
            gate.Release();
        }
    }
}
