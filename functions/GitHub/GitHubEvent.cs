using System.Text.Json.Serialization;
using Pipeline.GitHub;

namespace Pipeline.Functions.GitHub;

/// <summary>What a webhook told, as far as it is acted on. One of the three is not null.</summary>
internal sealed record GitHubEvent
{
    /// <summary>GitHub's id of the delivery.</summary>
    public required string Delivery { get; init; }

    /// <summary>Commits came to a branch.</summary>
    public BlogPush? Push { get; init; }

    /// <summary>The number of a pull request of ours that was closed.</summary>
    public int? Closed { get; init; }

    /// <summary>A comment on a pull request.</summary>
    public PostComment? Comment { get; init; }

    /// <summary>The version of this form; a reader refuses a newer one.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The form's version.</summary>
    public int Format { get; init; } = CurrentFormat;
}

/// <summary>A comment on a pull request.</summary>
/// <param name="Id">GitHub's id of it.</param>
/// <param name="Number">The pull request.</param>
/// <param name="Login">Who wrote it.</param>
/// <param name="Body">What it says.</param>
/// <param name="Created">When it was written.</param>
internal sealed record PostComment(long Id, int Number, string Login, string Body, DateTimeOffset Created);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(GitHubEvent))]
[JsonSerializable(typeof(FeedbackMessage))]
internal sealed partial class GitHubEventJson : JsonSerializerContext;
