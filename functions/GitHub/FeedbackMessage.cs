using Pipeline.Functions.Predict;

namespace Pipeline.Functions.GitHub;

/// <summary>What the owner made of a post, in the form in which POST /api/send-feedback keeps it: Seldon's message, with what it means to us beside it.</summary>
internal sealed record FeedbackMessage
{
    /// <summary>Names the text that was judged: <c>pr-</c> and the pull request's number.</summary>
    public required string Id { get; init; }

    /// <summary>From 0, not wanted, to 1, taken as it was.</summary>
    public required double Reward { get; init; }

    /// <summary>When it was noticed.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The model version that wrote the post.</summary>
    public required string Version { get; init; }

    /// <summary>Where it came from.</summary>
    public string Source { get; init; } = "pull-request";

    /// <summary><c>merged</c>, <c>edited</c> or <c>closed</c>.</summary>
    public required string Outcome { get; init; }

    /// <summary>What was asked for.</summary>
    public required SeldonMessage Request { get; init; }

    /// <summary>What the model wrote.</summary>
    public required SeldonMessage Response { get; init; }

    /// <summary>The post as the owner published it; null if he did not.</summary>
    public SeldonMessage? Truth { get; init; }
}
