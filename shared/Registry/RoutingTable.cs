using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Storage;

namespace Pipeline.Registry;

/// <summary>Which version answers requests, and how that came about. Kept as <c>registry/routing.json</c>.</summary>
public sealed record RoutingTable
{
    /// <summary>The version of this form; a reader refuses a newer one.</summary>
    public const int CurrentFormat = 1;

    /// <summary>Older history than this many entries is forgotten.</summary>
    public const int MostHistory = 500;

    private const int AllRequests = 100;

    /// <summary>Nothing serves yet.</summary>
    public static RoutingTable Empty { get; } = new();

    /// <summary>The version in service, or null before the first one.</summary>
    public string? Stable { get; init; }

    /// <summary>The version that is being tried beside it, or null.</summary>
    public string? Candidate { get; init; }

    /// <summary>The share of requests of each version in hundredths; they sum to 100, or there is none.</summary>
    public IReadOnlyDictionary<string, int> Weights { get; init => field = value ?? new Dictionary<string, int>(); } = new Dictionary<string, int>();

    /// <summary>The version that a person has fixed, or null. It is the stable one, and no other takes over meanwhile.</summary>
    public string? Pinned { get; init; }

    /// <summary>The version to roll back to, or null.</summary>
    public string? LastGood { get; init; }

    /// <summary>What happened, oldest first.</summary>
    public IReadOnlyList<RoutingChange> History { get; init => field = value ?? []; } = [];

    /// <summary>The candidate that answers nothing but is tried beside the stable version, or null.</summary>
    [JsonIgnore]
    public string? Shadow => Candidate is { } candidate && Weights.GetValueOrDefault(candidate) == 0 ? candidate : null;

    /// <summary>The form's version.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>
    /// The version that answers a request. The same key gets the same version while the weights stay, and a growing share of the
    /// candidate keeps those whom it had.
    /// </summary>
    /// <param name="key">What names the request or its sender.</param>
    /// <returns>Null if nothing serves yet.</returns>
    public string? Choose(string key)
    {
        if (Candidate is not { } candidate || Weights.GetValueOrDefault(candidate) == 0)
        {
            return Stable;
        }

        var place = BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(key))) % AllRequests;
        return place < (ulong)Weights[candidate] ? candidate : Stable;
    }

    /// <summary>A version takes over; the one before is the one to roll back to.</summary>
    /// <exception cref="RegistryException">Another version is pinned.</exception>
    public RoutingTable Promote(string version, string reason, DateTimeOffset time) => Pinned is { } pinned && pinned != version
        ? throw new RegistryException($"The model {pinned} is pinned. Unpin it before another takes over.")
        : Noted(time, RoutingChangeKind.Promoted, version, reason) with
        {
            Stable = version,
            Candidate = null,
            Weights = All(version),
            LastGood = Stable is null || Stable == version ? LastGood : Stable,
        };

    /// <summary>A version was judged and does not take over.</summary>
    public RoutingTable Refuse(string version, string reason, DateTimeOffset time) => Noted(time, RoutingChangeKind.Refused, version, reason) with
    {
        Candidate = Candidate == version ? null : Candidate,
        Weights = Candidate == version && Stable is not null ? All(Stable) : Weights,
    };

    /// <summary>A version gets a share of the requests beside the stable one; with no share it runs in the shadow.</summary>
    /// <param name="hundredths">0 to 99.</param>
    /// <exception cref="RegistryException">There is no stable version, it is this one, one is pinned, or the share is out of range.</exception>
    public RoutingTable Share(string version, int hundredths, string reason, DateTimeOffset time) =>
        Stable is null || Stable == version || Pinned is not null || hundredths is < 0 or >= AllRequests
            ? throw new RegistryException($"The model {version} cannot get {hundredths} hundredths of the requests: there must be another stable one, none pinned, and 0 to 99 hundredths.")
            : Noted(time, RoutingChangeKind.Shared, version, reason) with
            {
                Candidate = version,
                Weights = new Dictionary<string, int> { [Stable] = AllRequests - hundredths, [version] = hundredths },
            };

    /// <summary>The last good version takes over again from the stable one.</summary>
    /// <exception cref="RegistryException">There is none to roll back to, or the stable one is pinned.</exception>
    public RoutingTable RollBack(string reason, DateTimeOffset time) => (Stable, LastGood, Pinned) switch
    {
        (_, _, { } pinned) => throw new RegistryException($"The model {pinned} is pinned. Unpin it before rolling back."),
        ({ } bad, { } good, null) => Noted(time, RoutingChangeKind.RolledBack, bad, reason) with { Stable = good, Candidate = null, Weights = All(good), LastGood = null },
        _ => throw new RegistryException("There is no earlier model to roll back to."),
    };

    /// <summary>A person fixes a version: it serves alone.</summary>
    public RoutingTable Pin(string version, string reason, DateTimeOffset time) => (this with { Pinned = null }).Promote(version, reason, time) with
    {
        Pinned = version,
        History = Noted(time, RoutingChangeKind.Pinned, version, reason).History,
    };

    /// <summary>Versions may take over again.</summary>
    public RoutingTable Unpin(string reason, DateTimeOffset time) =>
        Pinned is { } version ? Noted(time, RoutingChangeKind.Unpinned, version, reason) with { Pinned = null } : this;

    /// <summary>Writes the table as UTF-8 JSON.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, RegistryJson.Default.RoutingTable);

    /// <summary>Reads a table and checks it.</summary>
    /// <exception cref="RegistryException">The bytes are no table, one of a newer format, or one that contradicts itself.</exception>
    public static RoutingTable FromJson(ReadOnlySpan<byte> utf8)
    {
        RoutingTable? table;
        try
        {
            table = JsonSerializer.Deserialize(utf8, RegistryJson.Default.RoutingTable);
        }
        catch (JsonException exception)
        {
            // A newer form may hold what this version has no word for.
            throw new RegistryException(StoredForm.FormatOf(utf8) is > CurrentFormat and var format
                ? $"The routing table has format {format}; this version reads up to {CurrentFormat}. Update Pipeline."
                : $"Not a routing table: {exception.Message}", exception);
        }

        if (table is null or { Format: > CurrentFormat })
        {
            throw new RegistryException(table is null
                ? "Not a routing table: the JSON is null."
                : $"The routing table has format {table.Format}; this version reads up to {CurrentFormat}. Update Pipeline.");
        }

        table.Check();
        return table;
    }

    /// <summary>Refuses a table that contradicts itself.</summary>
    /// <exception cref="RegistryException">The message says what is wrong.</exception>
    internal void Check()
    {
        foreach (var version in Weights.Keys.Concat(new[] { Stable, Candidate, Pinned, LastGood }.OfType<string>()))
        {
            ManifestCheck.CheckVersion(version);
        }

        if (Weights.Count > 0 && (Weights.Values.Any(weight => weight is < 0 or > AllRequests) || Weights.Values.Sum(weight => (long)weight) != AllRequests))
        {
            throw new RegistryException($"The routing table's weights are {string.Join(" + ", Weights.Values)}; they must sum to {AllRequests}.");
        }

        if (Stable is null ? Weights.Count > 0 : !Weights.ContainsKey(Stable) || Weights.Keys.Any(version => version != Stable && version != Candidate))
        {
            throw new RegistryException("The routing table's weights are not those of its stable and its candidate version.");
        }

        if (Pinned is not null && Pinned != Stable)
        {
            throw new RegistryException($"The routing table pins {Pinned}, which is not the stable version {Stable}.");
        }
    }

    private RoutingTable Noted(DateTimeOffset time, RoutingChangeKind change, string version, string reason) => this with
    {
        History = [.. History.Skip(Math.Max(0, History.Count + 1 - MostHistory)), new RoutingChange(time, change, version, reason)],
    };

    private static Dictionary<string, int> All(string version) => new() { [version] = AllRequests };
}
