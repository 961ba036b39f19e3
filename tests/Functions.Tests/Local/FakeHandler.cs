using System.Net;
using System.Text;
using System.Text.Json;

namespace Pipeline.Functions.Tests.Local;

/// <summary>A handler that notes what is posted to it and answers as the test says.</summary>
internal sealed class FakeHandler : HttpMessageHandler
{
    private readonly Lock gate = new();

    /// <summary>Every post: the path and the payload, in order of arrival.</summary>
    public List<(string Path, JsonElement Payload)> Posts { get; } = [];

    /// <summary>Answers a post.</summary>
    public Func<string, JsonElement, Task<(HttpStatusCode Status, string Body)>> Answer { get; set; } =
        (_, _) => Task.FromResult((HttpStatusCode.OK, """{"Outputs":{},"Logs":[],"ReturnValue":null}"""));

    /// <summary>Answers every post with an error.</summary>
    public void Fail(string error) => Answer = (_, _) => Task.FromResult((HttpStatusCode.InternalServerError, JsonSerializer.Serialize(new { error })));

    /// <summary>A client that speaks to this handler.</summary>
    public HttpClient Client() => new(this, disposeHandler: false) { BaseAddress = new Uri("http://127.0.0.1/") };

    /// <inheritdoc />
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var path = request.RequestUri!.AbsolutePath;
        using var document = JsonDocument.Parse(await request.Content!.ReadAsByteArrayAsync(cancellationToken));
        var payload = document.RootElement.Clone();
        lock (gate)
        {
            Posts.Add((path, payload));
        }

        var (status, body) = await Answer(path, payload);
        return new(status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
    }
}
