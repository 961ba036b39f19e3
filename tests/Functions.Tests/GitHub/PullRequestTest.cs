using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Costs;
using Pipeline.Functions.GitHub;
using Pipeline.Functions.PublishPost;
using Pipeline.Functions.Serving;
using Pipeline.Publishing;
using Pipeline.Quality;
using Pipeline.Registry;
using Pipeline.Storage;
using Pipeline.Testing;
using Pipeline.Testing.GitHub;

namespace Pipeline.Functions.Tests.GitHub;

/// <summary>Begins with a generated post's pull request that waits for its owner.</summary>
public abstract class PullRequestTest(GitHubFixture fixture) : IAsyncLifetime
{
    protected const string Branch = "pipeline/post-2026-03-02";

    private BlogConnection? blog;

    protected static DateOnly Day { get; } = new(2026, 3, 2);

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected InTestGitHub GitHub { get; } = fixture.GitHub;

    private protected TemporaryFolder Folder { get; } = new();

    private protected ContractHandler Calls { get; } = new();

    private protected FolderBlobStore Store { get; private set; } = null!;

    private protected PostRecords Records { get; private set; } = null!;

    private protected BlogConnection Blog => blog!;

    private protected PipelineSettings Settings { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        GitHub.Reset();
        Store = new(Folder.Sub("store"), TimeProvider.System);
        Records = new(Store);
        Settings = new()
        {
            Store = Folder.Sub("store"),
            GitHubRepository = "ann/blog",
            GitHubToken = GitHubServer.Token,
            GitHubApi = GitHub.Address.AbsoluteUri,
        };
        blog = new(Settings, Store, TimeProvider.System, Calls);
        await blog.Sync!.RunAsync(push: null, Token);
        await OpenAsync();
    }

    public ValueTask DisposeAsync()
    {
        blog?.Dispose();
        Folder.Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    protected async Task OpenAsync()
    {
        var target = await Blog.OpenAsync(Token);
        var profile = await new BlogSource(Store, new(Store)).ReadAsync(Token);
        var card = new ReportCard
        {
            Day = Day,
            Provenance = new("0123abcd-89ef4567", "0123456789abcdef", 1, "temperature 0.8"),
            Chosen = 1,
            Candidates =
            [
                new() { Title = "The first", Body = "The first text. One two three four five six seven.", Seed = 1, Figures = [new QualityFigure("fewest words", 90, 80, "≥", "words", true, null)] },
                new() { Title = "The second", Body = "The second text.", Seed = 2 },
            ],
        };
        var result = Assert.IsType<PublishResult.Published>(
            await new PostPublisher(target.Repository, profile, target.Options, TimeProvider.System, target.PullRequests).PublishAsync(CandidateWriter.DraftOf(card, 1), Day, card, Token));
        await Records.WriteAsync(
            new()
            {
                Card = card,
                Created = DateTimeOffset.UnixEpoch,
                Branch = result.Branch,
                Path = result.Path,
                Commit = result.Commit,
                Text = result.Text,
                PullRequest = result.PullRequest,
                Done = true,
            },
            BlobCondition.None,
            Token);
    }

    protected Task CommentAsync(string text, string login = "ann", long id = 5) => WithCommandsAsync(commands => commands.ActAsync(Comment(text, login, id), Token));

    private protected static PostComment Comment(string text, string login, long id) => new(id, 1, login, text, new DateTimeOffset(2026, 3, 2, 12, 0, 0, TimeSpan.Zero));

    private protected async Task WithCommandsAsync(Func<CommentCommands, Task> act)
    {
        var routing = new RoutingStore(Store);
        using var models = new ServingModels(routing, new ModelStore(Store), new ModelCache(Store, Folder.Sub("cache")));
        using var gates = new GateSource(Store, Records, Settings);
        using var cap = NoCap();
        using var commands = new CommentCommands(
            Blog, Records, new(Store, new(Store)), gates, new CandidateWriter(cap, Settings, TimeProvider.System), models, NullLogger<CommentCommands>.Instance);
        await act(commands);
    }

    private protected MonthlyCap NoCap() => new(Store, new(Store, TimeProvider.System), Settings.Prices, cap: null, TimeProvider.System);
}

/// <summary>One in-test GitHub for the tests of a class.</summary>
public sealed class GitHubFixture : IAsyncLifetime
{
    public InTestGitHub GitHub { get; private set; } = null!;

    public async ValueTask InitializeAsync() => GitHub = await InTestGitHub.StartAsync(TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => GitHub?.DisposeAsync() ?? ValueTask.CompletedTask;
}
