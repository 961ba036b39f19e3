using System.Text;
using System.Text.Json;
using Pipeline.Publishing;
using Pipeline.Quality;
using Pipeline.Registry;
using Pipeline.Storage;

namespace Pipeline.Functions.Tests.Page;

/// <summary>A blog, a model's names, a run and a post, all of them written by somebody who means harm.</summary>
internal static class HostileStore
{
    private const string Hostile = "<script>alert(1)</script><img src=x onerror=\"alert('2')\">";

    /// <summary>Writes it.</summary>
    public static async Task WriteAsync(IBlobStore store, CancellationToken cancellationToken)
    {
        await new DocumentStore(store).WriteAsync(TestModels.Post(1, Hostile) with { Title = Hostile, Tags = [Hostile], Categories = [Hostile] }, cancellationToken);
        await TestModels.ServeAsync(store, TestModels.Manifest("v1"), DateTimeOffset.UnixEpoch, cancellationToken);
        await new RoutingStore(store).UpdateAsync(table => table.Refuse("v0", Hostile, DateTimeOffset.UnixEpoch), cancellationToken);
        await WriteRunAsync(store, "run-v1/state.json", $$"""{"run":"run-v1","version":"v1","status":"failed","preset":{{JsonSerializer.Serialize(Hostile)}},"error":{{JsonSerializer.Serialize(Hostile)}},"updated":"2026-01-01T00:00:00Z"}""", cancellationToken);
        await WriteRunAsync(store, "run-v1/train.log", "step,epoch,loss,smoothed_loss,validation_loss,learning_rate,tokens_per_second\n1,0.1,5,5,,0.001,100\n2,0.2,4,4.5,4.7,0.001,100\n", cancellationToken);
        await WriteRunAsync(store, "run-v1/samples.md", $"## Step 2\n\nSeed 1, longest copied run: 3 tokens\n\n    {Hostile}\n\n", cancellationToken);
        await new PostRecords(store).WriteAsync(
            new()
            {
                Created = DateTimeOffset.UnixEpoch,
                Done = true,
                Branch = Hostile,
                PullRequest = new(1, "javascript:alert(1)", PullRequestState.Open),
                Card = new()
                {
                    Day = new(2026, 1, 2),
                    Chosen = 1,
                    Provenance = new(Hostile, Hostile, 1, Hostile),
                    Candidates =
                    [
                        new()
                        {
                            Title = Hostile,
                            Body = Hostile,
                            Figures = [new QualityFigure(Hostile, 1, 2, "<", Hostile, false, Hostile)],
                            Copied = [new CopiedText(12, Hostile, Hostile)],
                        },
                    ],
                },
            },
            BlobCondition.None,
            cancellationToken);
    }

    private static Task<string> WriteRunAsync(IBlobStore store, string path, string text, CancellationToken cancellationToken) =>
        store.WriteAsync(new(Containers.Runs, path), Encoding.UTF8.GetBytes(text), BlobCondition.None, cancellationToken);
}
