using Pipeline.Corpus;
using Pipeline.Functions.StartTraining;
using Pipeline.Functions.Training;
using Pipeline.Registry;
using Pipeline.Runs;

namespace Pipeline.Functions.Overview;

/// <summary>What the store says of every step.</summary>
internal sealed record FlowFacts
{
    /// <summary>What has failed and not succeeded since, the newest first.</summary>
    public required IReadOnlyList<StepFailure> Failures { get; init; }

    /// <summary>Posts of the blog.</summary>
    public required BlobCount Posts { get; init; }

    /// <summary>Documents made of them.</summary>
    public required BlobCount Documents { get; init; }

    /// <summary>The newest training run.</summary>
    public RunState? Run { get; init; }

    /// <summary>Which version serves.</summary>
    public RoutingTable Routing { get; init; } = RoutingTable.Empty;

    /// <summary>Why that cannot be read; null if it can.</summary>
    public string? RoutingError { get; init; }

    /// <summary>The newest generated posts, the newest first.</summary>
    public required IReadOnlyList<PostSummary> Recent { get; init; }

    /// <summary>The last look at the corpus; null before the first.</summary>
    public CorpusLook? Look { get; init; }

    /// <summary>The newest corpus's report, if it was built.</summary>
    public CorpusReport? Corpus { get; init; }

    /// <summary>The version in service; null if there is none, or its manifest is gone.</summary>
    public ModelManifest? Model { get; init; }

    /// <summary>The run that a person cancelled last.</summary>
    public CancelledRun? Cancelled { get; init; }
}
