using System.Text.Json.Serialization;

namespace Pipeline.Registry;

/// <summary>What happened to a version.</summary>
public enum RoutingChangeKind
{
    /// <summary>It took over.</summary>
    [JsonStringEnumMemberName("promoted")]
    Promoted,

    /// <summary>It was judged and did not take over.</summary>
    [JsonStringEnumMemberName("refused")]
    Refused,

    /// <summary>It was taken out of service for the last good one.</summary>
    [JsonStringEnumMemberName("rolledBack")]
    RolledBack,

    /// <summary>It serves alone until it is unpinned.</summary>
    [JsonStringEnumMemberName("pinned")]
    Pinned,

    /// <summary>It is pinned no longer.</summary>
    [JsonStringEnumMemberName("unpinned")]
    Unpinned,

    /// <summary>It gets a share of the requests, to be watched.</summary>
    [JsonStringEnumMemberName("shared")]
    Shared,
}

/// <summary>An entry of the routing's history.</summary>
/// <param name="Time">When.</param>
/// <param name="Change">What.</param>
/// <param name="Version">Which version.</param>
/// <param name="Reason">Why, in a sentence.</param>
public sealed record RoutingChange(DateTimeOffset Time, RoutingChangeKind Change, string Version, string Reason);
