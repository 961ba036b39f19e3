using System.Text.Json.Serialization;

namespace Pipeline.Functions.PublishPost;

/// <summary>What became of a day's post: the answer of POST /api/publish.</summary>
internal sealed record PublishAnswer
{
    /// <summary>The post's day.</summary>
    public required DateOnly Day { get; init; }

    /// <summary>The post's path in the blog, or null if there is no post.</summary>
    public string? Path { get; init; }

    /// <summary>The branch that holds it.</summary>
    public string? Branch { get; init; }

    /// <summary>The commit.</summary>
    public string? Commit { get; init; }

    /// <summary>The model version that wrote it.</summary>
    public string? Version { get; init; }

    /// <summary>How many candidates were written.</summary>
    public int Candidates { get; init; }

    /// <summary>The quality gates that the chosen candidate fails, a sentence each.</summary>
    public IReadOnlyList<string> Failed { get; init => field = value ?? []; } = [];

    /// <summary>The whole file.</summary>
    public string? Text { get; init; }

    /// <summary>The pull request's number; null where there are none.</summary>
    public int? PullRequest { get; init; }

    /// <summary>The pull request's page.</summary>
    public string? PullRequestUrl { get; init; }

    /// <summary>Why there is no post, or what is special about this one.</summary>
    public string? Reason { get; init; }

    /// <summary>The version of this form; it is kept in the store, too.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The form's version.</summary>
    public int Format { get; init; } = CurrentFormat;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(PublishAnswer))]
internal sealed partial class PublishJson : JsonSerializerContext;
