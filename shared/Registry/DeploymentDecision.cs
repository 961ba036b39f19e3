using System.Globalization;

namespace Pipeline.Registry;

/// <summary>What becomes of a model version that was published.</summary>
/// <param name="Table">The routing that follows from it.</param>
public abstract record DeploymentDecision(RoutingTable Table)
{
    /// <summary>A candidate may be this much worse in perplexity and still take over: it knows newer posts.</summary>
    public const double Tolerance = 1.02;

    /// <summary>It takes over.</summary>
    public sealed record Promoted(RoutingTable Table, string Reason) : DeploymentDecision(Table);

    /// <summary>It is tried beside the version in service, with a share of the requests or in the shadow.</summary>
    public sealed record Tried(RoutingTable Table, string Reason) : DeploymentDecision(Table);

    /// <summary>It does not.</summary>
    public sealed record Refused(RoutingTable Table, string Reason) : DeploymentDecision(Table);

    /// <summary>It was decided before: the version serves, has served, or was refused for the same reason.</summary>
    public sealed record Unchanged(RoutingTable Table) : DeploymentDecision(Table);

    /// <summary>
    /// Decides. News of a version may come twice, late and in another order than the versions were made: the newer of two wins
    /// unless its perplexity is worse by more than the tolerance, whichever of them is judged first.
    /// </summary>
    /// <param name="table">The routing now.</param>
    /// <param name="candidate">The version to judge.</param>
    /// <param name="stable">The manifest of the version in service; null if there is none, or if it is gone.</param>
    /// <param name="clock">Dates the history.</param>
    /// <param name="terms">How versions take over; null is <see cref="DeploymentTerms.Direct"/>.</param>
    /// <exception cref="ArgumentException">The stable manifest is not that of the table's stable version.</exception>
    public static DeploymentDecision Decide(RoutingTable table, ModelManifest candidate, ModelManifest? stable, TimeProvider clock, DeploymentTerms? terms = null)
    {
        terms ??= DeploymentTerms.Direct;
        if (stable is not null && stable.Version != table.Stable)
        {
            throw new ArgumentException($"{stable.Version} is not the stable version {table.Stable}.", nameof(stable));
        }

        var served = table.History.Any(change => change.Version == candidate.Version
            && (change.Change is RoutingChangeKind.Promoted or RoutingChangeKind.RolledBack));
        if (served || table.Stable == candidate.Version || table.Candidate == candidate.Version)
        {
            return new Unchanged(table);
        }

        var (promote, reason) = terms.Fault is { } fault ? (false, fault) : Judge(table, candidate, stable, terms);
        var time = clock.GetUtcNow();
        if (promote && stable is not null && terms.Hundredths is { } share)
        {
            return table.History.Any(change => change.Version == candidate.Version && change.Change == RoutingChangeKind.Shared)
                ? new Unchanged(table)
                : new Tried(table.Share(candidate.Version, share, reason, time), reason);
        }

        return promote ? new Promoted(table.Promote(candidate.Version, reason, time), reason)
            : table.History.Any(change => change.Version == candidate.Version && change.Reason == reason) ? new Unchanged(table)
            : new Refused(table.Refuse(candidate.Version, reason, time), reason);
    }

    private static (bool Promote, string Reason) Judge(RoutingTable table, ModelManifest candidate, ModelManifest? stable, DeploymentTerms terms)
    {
        if (candidate.ServingFile is null)
        {
            return (false, "It has no file to generate with.");
        }

        if (candidate.PrivacyFault is { } fault)
        {
            return (false, fault);
        }

        if (table.Pinned is { } pinned)
        {
            return (false, $"The version {pinned} is pinned.");
        }

        if (stable is null)
        {
            return (true, table.Stable is null ? "It is the first version." : $"The version in service, {table.Stable}, is gone from the store.");
        }

        if (stable.PrivacyFault is { } worse)
        {
            return (true, $"{stable.Version} must not go on serving. {worse}");
        }

        if (terms.Trying is { } trying && trying.Created > candidate.Created)
        {
            return (false, $"The newer version {trying.Version} is being tried.");
        }

        if (terms.OnlyBest && terms.Rivals.FirstOrDefault(rival => rival.CorpusId == candidate.CorpusId && rival.PrivacyFault is null && rival.Metrics.Perplexity < candidate.Metrics.Perplexity) is { } better)
        {
            return (false, $"{better.Version} is better on the same held-out posts: {Perplexity(better.Metrics.Perplexity)} against {Perplexity(candidate.Metrics.Perplexity)}.");
        }

        var newer = candidate.Created >= stable.Created;
        if (terms.OnlyBest && candidate.CorpusId == stable.CorpusId && candidate.Metrics.Perplexity is { } best && stable.Metrics.Perplexity is { } present)
        {
            // Of several, the best one serves, however old it is.
            return (best < present || (best == present && newer), Compared(best, present, stable));
        }

        if (candidate.CorpusId != stable.CorpusId && terms.Comparison is { } compared && newer)
        {
            return (compared.Candidate <= Tolerance * compared.Stable, Compared(compared.Candidate, compared.Stable, stable));
        }

        if (candidate.CorpusId != stable.CorpusId)
        {
            return newer
                ? (true, $"It learnt from another corpus than {stable.Version}, so their figures are not comparable, and it is the newer one.")
                : (false, $"It learnt from another corpus than {stable.Version}, so their figures are not comparable, and it is the older one.");
        }

        return (candidate.Metrics.Perplexity, stable.Metrics.Perplexity) switch
        {
            (null, not null) => (false, $"It was not judged on the held-out posts, on which {stable.Version} was."),
            (_, null) => (newer, $"{stable.Version} was not judged on held-out posts, and it is the {(newer ? "newer" : "older")} one."),
            ({ } mine, { } theirs) when newer => (mine <= Tolerance * theirs, Compared(mine, theirs, stable)),
            ({ } mine, { } theirs) => (theirs > Tolerance * mine, $"{Compared(mine, theirs, stable)} It is the older one."),
        };
    }

    private static string Perplexity(double? value) => value?.ToString("0.###", CultureInfo.InvariantCulture) ?? "none";

    private static string Compared(double mine, double theirs, ModelManifest stable) => string.Create(
        CultureInfo.InvariantCulture,
        $"Its perplexity on the held-out posts is {mine:0.###}, {mine / theirs:0.####} times the {theirs:0.###} of {stable.Version}; up to {Tolerance} is allowed.");
}
