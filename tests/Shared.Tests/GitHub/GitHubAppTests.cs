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

    [Fact]
    public async Task Neither_the_key_nor_a_token_made_with_it_stands_in_any_exception()
    {
        using var key = RSA.Create(2048);
        var client = App(key, key);
        await client.GetRepositoryAsync(Token);
        var made = Server.Tokens.Single(token => token != Pipeline.Testing.GitHub.GitHubServer.Token);
        var pem = key.ExportRSAPrivateKeyPem().Split('\n')[1];
        foreach (var status in new[] { 400, 401, 403, 404, 409, 422, 429, 451, 500, 503 })
        {
            Server.Instead = request => Pipeline.Testing.GitHub.GitHubServer.Refuse(status, $"You sent {request.Headers.Authorization} and {made}", ("retry-after", "3600"));
            Clock.Advance(TimeSpan.FromMinutes(status == 401 ? 61 : 0));
            // Past prism, which allows no such answers.
            var exception = await Assert.ThrowsAsync<GitHubException>(() => Client(new()
            {
                Repository = new("ann", "blog"),
                BaseAddress = Server.Address,
                AppId = "123456",
                PrivateKey = key.ExportRSAPrivateKeyPem(),
            }).CreateBlobAsync("x"u8.ToArray(), Token));
            var text = exception.ToString();
            Assert.DoesNotContain(made, text, StringComparison.Ordinal);
            Assert.DoesNotContain("eyJ", text, StringComparison.Ordinal);
            Assert.DoesNotContain(pem, text, StringComparison.Ordinal);
        }
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
