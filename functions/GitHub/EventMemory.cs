using Pipeline.Storage;

namespace Pipeline.Functions.GitHub;

/// <summary>
/// The deliveries of the webhook that were taken, a blob each, so that one that comes again does nothing. They are kept for 30 days: GitHub
/// offers a redelivery for three. A body sent again after that is worked off once more, which changes nothing: the blog as it is now decides
/// about posts, and comments and closed pull requests that were acted on stand in the day's record.
/// </summary>
/// <param name="store">Has the blobs.</param>
/// <param name="clock">Tells their age.</param>
internal sealed class EventMemory(IBlobStore store, TimeProvider clock)
{
    /// <summary>What the names of the blobs begin with.</summary>
    public const string Prefix = "events/";

    /// <summary>How long a delivery is remembered.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromDays(30);

    /// <summary>Forgets what is older.</summary>
    /// <returns>How many deliveries were forgotten.</returns>
    public async Task<int> ForgetAsync(CancellationToken cancellationToken)
    {
        var oldest = clock.GetUtcNow() - Window;
        var old = await store.ListAsync(Containers.Published, Prefix, cancellationToken).Where(entry => entry.LastModified < oldest).ToListAsync(cancellationToken);
        foreach (var entry in old)
        {
            await store.DeleteAsync(entry.Name, BlobCondition.None, cancellationToken);
        }

        return old.Count;
    }
}
