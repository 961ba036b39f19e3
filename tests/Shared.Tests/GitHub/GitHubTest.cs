using Pipeline.GitHub;
using Pipeline.Testing;
using Pipeline.Testing.GitHub;

namespace Pipeline.Shared.Tests.GitHub;

/// <summary>One in-test GitHub for the tests of a class; each begins with the sample blog on <c>main</c> and nothing else.</summary>
public sealed class GitHubFixture : IAsyncLifetime
{
    public InTestGitHub GitHub { get; private set; } = null!;

    public async ValueTask InitializeAsync() => GitHub = await InTestGitHub.StartAsync(TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => GitHub?.DisposeAsync() ?? ValueTask.CompletedTask;
}

/// <summary>What tests against the in-test GitHub have in common.</summary>
public abstract class GitHubTest : IDisposable
{
    private readonly List<GitHubClient> _clients = [];

    protected GitHubTest(GitHubFixture fixture)
    {
        GitHub = fixture.GitHub;
        GitHub.Reset();
    }

    protected InTestGitHub GitHub { get; }

    /// <summary>A folder that is gone when the test is.</summary>
    protected TemporaryFolder Folder { get; } = new();

    protected GitHubServer Server => GitHub.Server;

    protected ContractHandler Calls { get; private set; } = new();

    internal SkippingClock Clock { get; } = new("2026-03-02T09:30:00Z");

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _clients.ForEach(client => client.Dispose());
        Calls.Dispose();
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    protected GitHubClient Client(GitHubOptions? options = null)
    {
        // A disposed handler cannot serve a second client.
        Calls = new ContractHandler { Before = Calls.Before, After = Calls.After };
        var client = new GitHubClient(options ?? Options(), Calls, Clock, new Random(1));
        _clients.Add(client);
        return client;
    }

    protected GitHubOptions Options(string repository = "ann/blog", string? token = GitHubServer.Token, Uri? address = null, TimeSpan? timeout = null) => new()
    {
        Repository = RepositoryName.Parse(repository),
        BaseAddress = address ?? GitHub.Address,
        Token = token,
        Timeout = timeout ?? TimeSpan.FromSeconds(30),
    };
}
