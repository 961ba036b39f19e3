using System.Runtime.CompilerServices;
using Pipeline.Storage;

namespace Pipeline.Feedback;

/// <summary>All feedback, one blob a judged text.</summary>
public sealed class FeedbackStore(IBlobStore store)
{
    private const string Extension = ".json";

    /// <summary>Where an entry lies.</summary>
    /// <exception cref="ArgumentException">No blob can have that name.</exception>
    public static BlobName BlobOf(string id) => new(Containers.Feedback, id + Extension);

    /// <summary>Keeps an entry; said twice, it is kept once.</summary>
    public async Task WriteAsync(FeedbackEntry entry, CancellationToken cancellationToken) =>
        await store.WriteAsync(BlobOf(entry.Id), entry.ToJson(), BlobCondition.None, cancellationToken);

    /// <summary>What was written since a time, oldest word first.</summary>
    /// <exception cref="FormatException">A blob is no entry; the message names it.</exception>
    public async Task<IReadOnlyList<FeedbackEntry>> ReadSinceAsync(DateTimeOffset time, CancellationToken cancellationToken)
    {
        var entries = new List<FeedbackEntry>();
        await foreach (var entry in ReadAsync(time, cancellationToken))
        {
            if (entry.Time >= time)
            {
                entries.Add(entry);
            }
        }

        entries.Sort((first, second) => (first.Time, first.Id).CompareTo((second.Time, second.Id)));
        return entries;
    }

    private async IAsyncEnumerable<FeedbackEntry> ReadAsync(DateTimeOffset time, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var blob in store.ListAsync(Containers.Feedback, "", cancellationToken))
        {
            // Written earlier, it can say nothing later.
            if (blob.Name.Path.EndsWith(Extension, StringComparison.Ordinal) && blob.LastModified >= time
                && await store.ReadAsync(blob.Name, cancellationToken) is var (bytes, _))
            {
                yield return Parse(bytes, blob.Name);
            }
        }
    }

    private static FeedbackEntry Parse(byte[] bytes, BlobName name)
    {
        try
        {
            return FeedbackEntry.FromJson(bytes);
        }
        catch (FormatException exception)
        {
            throw new FormatException($"The blob {name} cannot be read: {exception.Message} Delete it.", exception);
        }
    }
}
