using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Pipeline.Corpus;
using Pipeline.Costs;
using Pipeline.Functions.Serving;
using Pipeline.Generation;
using Pipeline.Publishing;
using Pipeline.Quality;

namespace Pipeline.Functions.PublishPost;

/// <summary>Writes candidates for a day's post, round by round, until one passes the gates, and judges them.</summary>
internal sealed class CandidateWriter(MonthlyCap cap, PipelineSettings settings, TimeProvider clock)
{
    private const int MostRounds = 5;

    // Each code costs a run of the model over the text.
    private const int MostCategories = 6;
    private const int MostTags = 12;
    private const int AttributedTokens = 192;

    private SamplingOptions Sampling => new() { MaxTokens = settings.Length };

    /// <summary>
    /// The report card of new candidates, behind those that the day has already; the last round is the first in which one passes, if any
    /// does. The best of the new ones is chosen.
    /// </summary>
    /// <param name="loan">The model.</param>
    /// <param name="blog">Categories and tags to choose from.</param>
    /// <param name="gates">Judge.</param>
    /// <param name="day">The day.</param>
    /// <param name="before">The day's card so far; null for none.</param>
    /// <param name="cancellationToken">Ends the work before the next token.</param>
    /// <exception cref="CapReachedException">The month's money is spent.</exception>
    public async Task<ReportCard> WriteAsync(ServingModels.Loan loan, BlogProfile blog, QualityGates gates, DateOnly day, ReportCard? before, CancellationToken cancellationToken)
    {
        await cap.DemandGenerationAsync(cancellationToken);
        var started = clock.GetTimestamp();
        var writer = new PostWriter(loan.Model);
        var candidates = before?.Candidates.ToList() ?? [];
        var first = candidates.Count;
        for (var round = 0; round < MostRounds && !candidates.Skip(first).Any(candidate => candidate.Passed); round++)
        {
            for (var number = 0; number < settings.Candidates; number++)
            {
                var post = await writer.WriteAsync(
                    new()
                    {
                        Categories = blog.Categories,
                        Tags = blog.Tags,
                        Year = day.Year,
                        Sampling = Sampling with { Seed = SeedOf(loan.Manifest.Version, day, candidates.Count) },
                    },
                    cancellationToken);
                candidates.Add(Judge(loan.Model, post, gates));
            }
        }

        var chosen = Enumerable.Range(first, candidates.Count - first).OrderByDescending(index => candidates[index].Passed).ThenByDescending(index => candidates[index].Score).First();
        candidates[chosen] = candidates[chosen] with { Sources = await AttributeAsync(loan.Model, blog, candidates[chosen], cancellationToken) };
        var seconds = Math.Round((before?.Seconds ?? 0) + clock.GetElapsedTime(started).TotalSeconds, 1);
        return new()
        {
            Day = day,
            Provenance = new(loan.Manifest.Version, loan.Manifest.CorpusId, candidates[chosen].Seed, Describe(Sampling)),
            Candidates = candidates,
            Chosen = chosen + 1,
            Seconds = seconds,
            Cost = settings.GenerationPrice is null ? null : settings.Prices.OfGeneration(seconds),
            Currency = settings.GenerationPrice is null ? null : settings.Currency,
        };
    }

    /// <summary>A candidate as a draft of the day's post.</summary>
    /// <param name="card">The day's card.</param>
    /// <param name="number">The candidate's number, from 1.</param>
    public static PostDraft DraftOf(ReportCard card, int number)
    {
        var candidate = card.Candidates[number - 1];
        return new(candidate.Title, candidate.Categories, candidate.Tags, candidate.Body, card.Provenance with { Seed = candidate.Seed });
    }

    private static CandidateReport Judge(LanguageModel model, WrittenPost post, QualityGates gates)
    {
        var tokens = model.Tokenizer.Encode(post.Body);
        var report = gates.Judge(new(post.Body, tokens, post.Title));
        return new()
        {
            Title = post.Title,
            Categories = post.Category is { } category ? [category] : [],
            Tags = post.Tags,
            Body = post.Body,
            Seed = post.Seed,
            Score = report.Score,
            Figures = report.Figures,
            Copied = [.. report.Originality.Runs.Select(run => new CopiedText(run.Length, run.Path, model.Tokenizer.Decode([.. tokens.Skip(run.Start).Take(run.Length)])))],
            Perplexity = post.Tokens.Count == 0 ? null : Math.Exp(-post.LogProbability / post.Tokens.Count),
        };
    }

    // How much likelier the text is under one tag than under another says which tag it is really about.
    private static Task<IReadOnlyList<AttributedSource>> AttributeAsync(LanguageModel model, BlogProfile blog, CandidateReport post, CancellationToken cancellationToken)
    {
        var categories = post.Categories.Concat(blog.Categories).Select(name => new KnownCode(KnownCode.Category, name, 0));
        var tags = post.Tags.Concat(blog.Tags).Select(name => new KnownCode(KnownCode.Tag, name, 0));
        return new SourceAttribution(model).AttributeAsync(
            model.Tokenizer.Encode(post.Body), [.. categories.Distinct().Take(MostCategories), .. tags.Distinct().Take(MostTags)], AttributedTokens, cancellationToken);
    }

    // Each day and candidate has a seed of its own, and the same ones always have the same.
    private ulong SeedOf(string version, DateOnly day, int number)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{settings.Seed}/{version}/{day:yyyy-MM-dd}/{number}");
        // Cut to what a JSON number keeps in every reader.
        return BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(name))) >> 11;
    }

    private static string Describe(SamplingOptions sampling) => string.Create(
        CultureInfo.InvariantCulture,
        $"temperature {sampling.Temperature}, top-k {sampling.TopK}, top-p {sampling.TopP}, repetition penalty {sampling.RepetitionPenalty}");
}
