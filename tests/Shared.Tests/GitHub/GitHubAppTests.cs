using System.Security.Cryptography;
using Pipeline.GitHub;

namespace Pipeline.Shared.Tests.GitHub;

public sealed class GitHubAppTests(GitHubFixture fixture) : GitHubTest(fixture), IClassFixture<GitHubFixture>
{
    [Fact]
    public async Task The_token_of_an_installation_is_kept_until_five_minutes_before_its_end()
    {
        using var key = RSA.Create(2048);
        var client = App(key, key);

        await client.GetRepositoryAsync(Token);
        Clock.Advance(TimeSpan.FromMinutes(54));
        await client.GetRepositoryAsync(Token);
        Assert.Equal(1, Server.TokensMade);
        Clock.Advance(TimeSpan.FromMinutes(2));
        await client.GetRepositoryAsync(Token);

        Assert.Equal(2, Server.TokensMade);
        Assert.Equal("""{"contents":"write","pull_requests":"write"}""", Server.AskedPermissions!.ToJsonString());
    }

    [Fact]
    public async Task A_revoked_token_is_replaced()
    {
        using var key = RSA.Create(2048);
        var client = App(key, key);
        await client.GetRepositoryAsync(Token);
        Server.Tokens.Clear();

        await client.GetRepositoryAsync(Token);

        Assert.Equal(2, Server.TokensMade);
    }

    [Fact]
    public async Task Many_calls_at_once_ask_for_one_token()
    {
        using var key = RSA.Create(2048);
        var client = App(key, key);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => client.FindBranchAsync("main", Token)));

        Assert.Equal(1, Server.TokensMade);
    }

    [Fact]
    public async Task Another_key_is_refused_with_a_clear_reason()
    {
        using var key = RSA.Create(2048);
        using var other = RSA.Create(2048);

        var exception = await Assert.ThrowsAsync<GitHubException>(() => App(key, other).GetRepositoryAsync(Token));

        Assert.Equal(GitHubFailure.Unauthorized, exception.Failure);
    }

    private GitHubClient App(RSA known, RSA used)
    {
        Server.App = ("123456", known);
        Server.TokenEnd = () => Clock.GetUtcNow().AddHours(1);
        // As app settings hold it: one line.
        var pem = used.ExportRSAPrivateKeyPem().Replace("\n", "\\n", StringComparison.Ordinal);
        return Client(new() { Repository = new("ann", "blog"), BaseAddress = GitHub.Address, AppId = "123456", PrivateKey = pem });
    }
}
