using System.Net;
using System.Text;
using Pipeline.GitHub;

namespace Pipeline.Shared.Tests.GitHub;

/// <summary>A GitHub Enterprise Server has REST below <c>/api/v3/</c> and GraphQL beside it (https://docs.github.com/enterprise-server/graphql/guides/forming-calls-with-graphql).</summary>
public sealed class EnterpriseTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("https://github.example.org/api/v3/")]
    [InlineData("https://github.example.org/api/v3")]
    public async Task Every_call_goes_to_the_servers_own_addresses(string address)
    {
        var handler = new Recorder();
        using var client = new GitHubClient(
            new() { Repository = new("ann", "blog"), BaseAddress = new Uri(address), Token = "ghp_enterprise" }, handler, TimeProvider.System, new Random(1));

        await client.GetRepositoryAsync(Token);
        await client.EnableAutoMergeAsync(new PullRequest(1, "PR_1", "open", "A title", "", new("x", "", null), new("main", "", null)), Token);
        await (await client.OpenTarballAsync("main", Token)).DisposeAsync();

        Assert.Equal(
            [
                "https://github.example.org/api/v3/repos/ann/blog Bearer ghp_enterprise",
                "https://github.example.org/api/graphql Bearer ghp_enterprise",
                "https://github.example.org/api/v3/repos/ann/blog/tarball/main Bearer ghp_enterprise",
                // Elsewhere the token is not sent.
                "https://codeload.github.example.org/ann/blog/legacy.tar.gz/main ",
            ],
            handler.Calls);
    }

    private sealed class Recorder : HttpMessageHandler
    {
        public List<string> Calls { get; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Calls.Add($"{request.RequestUri!.AbsoluteUri} {request.Headers.Authorization}");
            var answer = new HttpResponseMessage(HttpStatusCode.OK)
            {
                Content = new StringContent(
                    request.RequestUri.AbsolutePath.EndsWith("/graphql", StringComparison.Ordinal) ? """{"data":{}}"""
                        : """{"full_name":"ann/blog","default_branch":"main","html_url":"https://github.example.org/ann/blog","archived":false,"disabled":false}""",
                    Encoding.UTF8,
                    "application/json"),
            };
            if (request.RequestUri.AbsolutePath.Contains("/api/v3/repos/ann/blog/tarball/", StringComparison.Ordinal))
            {
                answer.StatusCode = HttpStatusCode.Found;
                answer.Headers.Location = new Uri("https://codeload.github.example.org/ann/blog/legacy.tar.gz/main");
            }

            return Task.FromResult(answer);
        }
    }
}
