using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Pipeline.Functions.Serving;
using Pipeline.Generation;
using Pipeline.Publishing;
using Pipeline.Quality;

namespace Pipeline.Functions.PublishPost;

/// <summary>A candidate and what the quality gates say of it.</summary>
internal sealed record Candidate(WrittenPost Post, QualityReport Report);

/// <summary>Writes candidates for a day's post, round by round, until one passes the gates.</summary>
internal sealed class CandidateWriter(PipelineSettings settings)
{
    private const int MostRounds = 5;

    /// <summary>How tokens are chosen for a post.</summary>
    public SamplingOptions Sampling => new() { MaxTokens = settings.Length };

    /// <summary>Every candidate written, in order; the last round is the first in which one passes, if any does.</summary>
    public async Task<IReadOnlyList<Candidate>> WriteAsync(ServingModels.Loan loan, BlogProfile blog, QualityGates gates, DateOnly day, CancellationToken cancellationToken)
    {
        var writer = new PostWriter(loan.Model);
        var candidates = new List<Candidate>();
        for (var round = 0; round < MostRounds && !candidates.Exists(candidate => candidate.Report.Passed); round++)
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
                candidates.Add(new(post, gates.Judge(new(post.Body, loan.Model.Tokenizer.Encode(post.Body), post.Title))));
            }
        }

        return candidates;
    }

    // Each day and candidate has a seed of its own, and the same ones always have the same.
    private ulong SeedOf(string version, DateOnly day, int number)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{settings.Seed}/{version}/{day:yyyy-MM-dd}/{number}");
        // Cut to what a JSON number keeps in every reader.
        return BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(name))) >> 11;
    }
}
