using System.Text.Json;
using Pipeline.Functions.GitHub;
using Pipeline.Functions.Hosting;
using Pipeline.GitHub;
using Pipeline.Publishing;

namespace Pipeline.Functions.ReceivePush;

/// <summary>Reads the bodies of GitHub's webhooks (https://docs.github.com/webhooks/webhook-events-and-payloads); members that are missing or of another kind read as null.</summary>
internal static class WebhookPayload
{
    // GitHub lists no more commits of a push.
    private const int MostCommits = 2048;

    // A comment that asks for something is short.
    private const int LongestComment = 10_000;

    /// <summary>The repository that an event is about, as <c>owner/name</c>.</summary>
    public static string? RepositoryOf(JsonElement body) => Text(Member(body, "repository"), "full_name");

    /// <summary>What an event says; null if nothing is to be done.</summary>
    public static GitHubEvent? Read(string name, string delivery, JsonElement body, RepositoryName repository) => name switch
    {
        "push" => new() { Delivery = delivery, Push = Push(body) },
        "pull_request" when Text(body, "action") == "closed" && Member(body, "pull_request") is { } pull && IsOurs(pull, repository) && Number(pull, "number") is { } number =>
            new() { Delivery = delivery, Closed = (int)number },
        "issue_comment" when Text(body, "action") == "created" && Member(body, "issue") is { } issue && Member(issue, "pull_request") is not null => Comment(delivery, body, issue),
        _ => null,
    };

    private static BlogPush Push(JsonElement body)
    {
        var reference = Text(body, "ref") ?? "";
        var commits = Member(body, "commits") is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray().ToList() : [];
        var after = Text(body, "after") ?? "";
        // A merge's own changes are not in its list of files, and a list that does not end at the new commit is cut off.
        var complete = !True(body, "forced") && !True(body, "created") && !True(body, "deleted")
            && commits.Count is > 0 and < MostCommits && Text(commits[^1], "id") == after
            && !commits.Exists(commit => (Text(commit, "message") ?? "").StartsWith("Merge ", StringComparison.Ordinal));
        return new(
            reference.StartsWith("refs/heads/", StringComparison.Ordinal) ? reference["refs/heads/".Length..] : null,
            Text(body, "before") ?? "",
            after,
            complete,
            complete ? [.. commits.SelectMany(commit => Texts(commit, "added").Concat(Texts(commit, "modified")).Concat(Texts(commit, "removed"))).Distinct(StringComparer.Ordinal)] : []);
    }

    private static GitHubEvent? Comment(string delivery, JsonElement body, JsonElement issue) =>
        Member(body, "comment") is { } comment && Number(comment, "id") is { } id && Number(issue, "number") is { } number
        && Text(Member(comment, "user"), "login") is { } login && Text(comment, "body") is { Length: <= LongestComment } text
        && PostCommand.Parse(text) is not null
        && DateTimeOffset.TryParse(Text(comment, "created_at"), System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal, out var created)
            ? new() { Delivery = delivery, Comment = new(id, (int)number, login, text, created) }
            : null;

    // A fork may have a branch of any name.
    private static bool IsOurs(JsonElement pull, RepositoryName repository) =>
        Member(pull, "head") is { } head && PostBranch.TryParse(Text(head, "ref") ?? "", out _) && repository.Is(Text(Member(head, "repo"), "full_name"));

    private static JsonElement? Member(JsonElement? of, string name) =>
        of is { ValueKind: JsonValueKind.Object } parent && parent.TryGetProperty(name, out var value) && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined) ? value : null;

    private static string? Text(JsonElement? of, string name) => Member(of, name) is { } value ? JsonText.Of(value) : null;

    private static long? Number(JsonElement? of, string name) => Member(of, name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt64(out var number) ? number : null;

    private static bool True(JsonElement of, string name) => Member(of, name) is { ValueKind: JsonValueKind.True };

    private static IEnumerable<string> Texts(JsonElement of, string name) =>
        Member(of, name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray().Select(JsonText.Of).OfType<string>() : [];
}
