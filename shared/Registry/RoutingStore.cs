using Pipeline.Storage;

namespace Pipeline.Registry;

/// <summary>The routing table in the store, changed only by compare-and-swap.</summary>
public sealed class RoutingStore(IBlobStore store)
{
    // Each round of contenders lets one through, so this many of them can meet.
    private const int MostTries = 500;
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(50);

    /// <summary>Where the table lies.</summary>
    public static BlobName Blob { get; } = new(Containers.Registry, "routing.json");

    /// <summary>The table; the empty one before the first change.</summary>
    /// <exception cref="RegistryException">The table is damaged or of a newer format.</exception>
    public async Task<RoutingTable> ReadAsync(CancellationToken cancellationToken) => (await ReadVersionAsync(cancellationToken)).Table;

    /// <summary>Changes the table, whatever others do meanwhile.</summary>
    /// <param name="change">Makes the new table of the present one; may run several times. What it returns unchanged is not written.</param>
    /// <returns>The table as it is then.</returns>
    /// <exception cref="RegistryException">The table is damaged, of a newer format, or the new one contradicts itself.</exception>
    public Task<RoutingTable> UpdateAsync(Func<RoutingTable, RoutingTable> change, CancellationToken cancellationToken) =>
        UpdateAsync((table, _) => Task.FromResult(change(table)), cancellationToken);

    /// <summary>Changes the table by a change that itself has to read.</summary>
    /// <inheritdoc cref="UpdateAsync(Func{RoutingTable, RoutingTable}, CancellationToken)" />
    public async Task<RoutingTable> UpdateAsync(Func<RoutingTable, CancellationToken, Task<RoutingTable>> change, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            var (table, condition) = await ReadVersionAsync(cancellationToken);
            var changed = await change(table, cancellationToken);
            if (ReferenceEquals(changed, table))
            {
                return table;
            }

            changed.Check();
            try
            {
                await store.WriteAsync(Blob, changed.ToJson(), condition, cancellationToken);
                return changed;
            }
            catch (BlobConditionException) when (tries < MostTries)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(tries, LongestPause.TotalMilliseconds)), cancellationToken);
            }
        }
    }

    private async Task<(RoutingTable Table, BlobCondition Condition)> ReadVersionAsync(CancellationToken cancellationToken) =>
        await store.ReadAsync(Blob, cancellationToken) is var (bytes, entry)
            ? (RoutingTable.FromJson(bytes), BlobCondition.Matches(entry.ETag))
            : (RoutingTable.Empty, BlobCondition.Absent);
}
