using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Pipeline.Functions.PublishPost;
using Pipeline.Functions.StartTraining;
using Pipeline.Posts;
using Pipeline.Publishing;
using Pipeline.Registry;
using Pipeline.Storage;

namespace Pipeline.Functions.Tests.Chaos;

/// <summary>
/// Left alone for 30 days in which everything goes wrong. <c>PIPELINE_CHAOS_DAYS</c> and <c>PIPELINE_CHAOS_SEED</c> make other lives of it.
/// </summary>
public sealed class ChaosTests(RealModel model)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task After_many_days_of_pushes_deaths_faults_and_clock_jumps_nothing_is_lost_or_there_twice()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("PIPELINE_CHAOS_SEED"), out var given) ? given : 20260301;
        var days = int.TryParse(Environment.GetEnvironmentVariable("PIPELINE_CHAOS_DAYS"), out var many) ? many : 30;
        await using var life = new Simulation(seed, model);

        await life.RunAsync(days, Token);

        TestContext.Current.SendDiagnosticMessage($"{days} days: {life.Processes} processes, {life.Misfortune.Deaths} deaths, {life.Misfortune.Failures} failures, {life.Jumps} jumps, {life.Trainings} trainings, {life.GitHub.Pulls.Count} pull requests");
        Assert.True(life.Misfortune.Deaths > days / 10 && life.Misfortune.Failures > days / 10, $"{life.Misfortune.Deaths} deaths, {life.Misfortune.Failures} failures");
        await CheckPostsAsync(life);
        await CheckDaysAsync(life);
        await CheckFeedbackAsync(life);
        await CheckRegistryAsync(life);
        await CheckSizeAsync(life, days);
    }

    [Fact]
    public async Task The_same_seed_gives_the_same_life()
    {
        var ends = new List<string>();
        for (var time = 0; time < 2; time++)
        {
            await using var life = new Simulation(7, model);
            await life.RunAsync(20, Token);
            ends.Add(await DigestAsync(life));
        }

        Assert.Equal(ends[0], ends[1]);
    }

    // The store has the blog's posts, byte for byte, and a document for each.
    private static async Task CheckPostsAsync(Simulation life)
    {
        var blog = life.GitHub.FilesOf("main").Where(file => PostPath.IsPost(file.Key)).ToDictionary();
        var stored = new Dictionary<string, string>();
        await foreach (var entry in life.Store.ListAsync(Containers.Posts, "_posts/", Token))
        {
            stored[entry.Name.Path] = Encoding.UTF8.GetString((await life.Store.ReadAsync(entry.Name, Token))!.Value.Bytes);
        }

        Assert.Equal(blog.OrderBy(file => file.Key, StringComparer.Ordinal), stored.OrderBy(file => file.Key, StringComparer.Ordinal));
        var documents = await new DocumentStore(life.Store).ReadAllAsync(Token).ToListAsync(Token);
        Assert.Equal(blog.Keys.Order(StringComparer.Ordinal), documents.Select(document => document.Path).Order(StringComparer.Ordinal));
        // An edit of the blog's own posts has reached the document.
        Assert.All(documents.Where(document => document.Skipped is null), document =>
            Assert.Equal(blog[document.Path].Contains("Edited", StringComparison.Ordinal), document.Text.Contains("Edited", StringComparison.Ordinal)));
    }

    private static async Task CheckDaysAsync(Simulation life)
    {
        var records = await new PostRecords(life.Store).ListAsync(Token).ToDictionaryAsync(record => record.Card.Day, cancellationToken: Token);
        var first = records.Keys.Min();
        var pulls = life.GitHub.Pulls.ToLookup(pull => pull.Head);
        foreach (var day in life.Days.Where(day => day >= first && day < life.Days[^1]))
        {
            var pull = pulls[new PostBranch(day).ToString()].ToList();
            Assert.True(pull.Count <= 1, $"{day} has {pull.Count} pull requests.");
            var answer = await life.Store.ReadAsync(new(Containers.Published, $"{day:yyyy-MM-dd}.json"), Token) is var (bytes, _) ? JsonSerializer.Deserialize(bytes, PublishJson.Default.PublishAnswer) : null;
            Assert.True(answer is not null || records.GetValueOrDefault(day) is { Done: true }, $"{day} has no outcome.");
            if (pull.Count == 1)
            {
                Assert.True(records.TryGetValue(day, out var record) && record.PullRequest?.Number == pull[0].Number, $"{day}: the record does not know its pull request.");
                Assert.Contains("ai-generated", pull[0].Labels);
                var tip = life.GitHub.Branches.GetValueOrDefault(pull[0].Head) ?? pull[0].HeadCommit!;
                Assert.Single(life.GitHub.MessagesAbove(tip, pull[0].Parent), message => message.Contains("Pipeline-Post:", StringComparison.Ordinal));
            }
            else
            {
                Assert.True(answer?.Reason is not null, $"{day} has neither a post nor a reason.");
            }
        }

        // No branch of ours without its pull request.
        Assert.All(life.GitHub.Branches.Keys.Where(name => name != "main"), name => Assert.Contains(life.GitHub.Pulls, pull => pull.Head == name && pull.Open));
    }

    private static async Task CheckFeedbackAsync(Simulation life)
    {
        foreach (var pull in life.GitHub.Pulls)
        {
            var feedback = await life.Store.ReadAsync(new(Containers.Feedback, $"pr-{pull.Number}.json"), Token) is var (bytes, _) ? JsonDocument.Parse(bytes).RootElement.GetProperty("outcome").GetString() : null;
            Assert.Equal(pull.Became, feedback);
        }
    }

    private static async Task CheckRegistryAsync(Simulation life)
    {
        var table = await new RoutingStore(life.Store).ReadAsync(Token);
        Assert.NotNull(table.Stable);
        Assert.InRange(table.History.Count, 1, RoutingTable.MostHistory);
        // Told again from its beginning, the history ends in what serves.
        string? stable = null, good = null;
        foreach (var change in table.History)
        {
            (stable, good) = change.Change switch
            {
                RoutingChangeKind.Promoted => (change.Version, stable is null || stable == change.Version ? good : stable),
                RoutingChangeKind.RolledBack => (good, null),
                _ => (stable, good),
            };
        }

        Assert.Equal((table.Stable, table.LastGood), (stable, good));
        // What serves can be loaded, whole.
        var manifest = (await new ModelStore(life.Store).ReadManifestAsync(table.Stable, Token))!;
        foreach (var (path, file) in manifest.Files)
        {
            Assert.Equal(file.Length, (await life.Store.FindAsync(ModelStore.BlobOf(table.Stable, path), Token))?.Length);
        }
    }

    private static async Task CheckSizeAsync(Simulation life, int days)
    {
        var versions = await life.Store.ListAsync(Containers.Models, "", Token).Select(entry => entry.Name.Path.Split('/')[0]).Distinct().ToListAsync(Token);
        // Those that serve or may, the newest, and a week's.
        Assert.InRange(versions.Count, 1, ModelRetention.Newest + 4 + 14);
        var corpora = await life.Store.ListAsync(Containers.Corpora, "", Token).Select(entry => entry.Name.Path.Split('/')[0]).Distinct().ToListAsync(Token);
        Assert.InRange(corpora.Count, 1, versions.Count + 14);
        var events = await life.Store.ListAsync(Containers.Published, "events/", Token).CountAsync(Token);
        Assert.InRange(events, 0, 31 * 5);
        Assert.InRange(life.Store.SizeOf(Containers.Published).Blobs, 1, events + (2 * (days + 2)));
        Assert.InRange(life.Store.SizeOf(Containers.Registry).Bytes, 1, 400_000);
    }

    private static async Task<string> DigestAsync(Simulation life)
    {
        var text = new StringBuilder().AppendLine($"{life.Processes} {life.Misfortune.Deaths} {life.Misfortune.Failures} {life.Trainings} {string.Join(' ', life.GitHub.Branches)}");
        foreach (var container in new[] { Containers.Posts, Containers.Documents, Containers.Registry, Containers.Feedback, Containers.Published })
        {
            await foreach (var entry in life.Store.ListAsync(container, "", Token))
            {
                // Posts are converted side by side, and its fingerprint is of the store's own version marks.
                text.AppendLine(entry.Name == CorpusWatch.Blob ? "" : $"{entry.Name} {Convert.ToHexString(SHA256.HashData((await life.Store.ReadAsync(entry.Name, Token))!.Value.Bytes))}");
            }
        }

        return text.ToString();
    }
}
