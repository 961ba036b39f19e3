using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pipeline.GitHub;

/// <summary>What is sent to GitHub and read from it: of its objects only the members that are used.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RepositoryInfo))]
[JsonSerializable(typeof(GitReference))]
[JsonSerializable(typeof(GitTree))]
[JsonSerializable(typeof(GitCommit))]
[JsonSerializable(typeof(ObjectId))]
[JsonSerializable(typeof(ContentFile))]
[JsonSerializable(typeof(PullRequest))]
[JsonSerializable(typeof(IReadOnlyList<PullRequest>))]
[JsonSerializable(typeof(IReadOnlyList<Label>))]
[JsonSerializable(typeof(Installation))]
[JsonSerializable(typeof(InstallationToken))]
[JsonSerializable(typeof(Collaborator))]
[JsonSerializable(typeof(IssueComment))]
[JsonSerializable(typeof(GraphReply))]
[JsonSerializable(typeof(ErrorReply))]
[JsonSerializable(typeof(NewBlob))]
[JsonSerializable(typeof(NewTree))]
[JsonSerializable(typeof(NewCommit))]
[JsonSerializable(typeof(NewReference))]
[JsonSerializable(typeof(ReferenceUpdate))]
[JsonSerializable(typeof(NewPullRequest))]
[JsonSerializable(typeof(PullRequestUpdate))]
[JsonSerializable(typeof(NewLabels))]
[JsonSerializable(typeof(ReviewRequest))]
[JsonSerializable(typeof(NewComment))]
[JsonSerializable(typeof(GraphQuery))]
[JsonSerializable(typeof(InstallationTokenRequest))]
internal sealed partial class GitHubJson : JsonSerializerContext;

/// <summary>The body of a refusal.</summary>
internal sealed record ErrorReply(string? Message, IReadOnlyList<JsonElement>? Errors);
