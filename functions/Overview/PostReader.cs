using Pipeline.Publishing;

namespace Pipeline.Functions.Overview;

/// <summary>Reads the records of generated posts.</summary>
internal sealed class PostReader(PostRecords records)
{
    /// <summary>The newest days, the newest first. A damaged record is left out; whoever writes the day's post reports it.</summary>
    /// <param name="days">How many at most.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<IReadOnlyList<PostSummary>> ListAsync(int days, CancellationToken cancellationToken)
    {
        var newest = new List<DateOnly>();
        await foreach (var day in records.ListDaysAsync(cancellationToken))
        {
            newest.Add(day);
        }

        var posts = new List<PostSummary>();
        foreach (var day in newest.OrderDescending().Take(days))
        {
            try
            {
                if (await records.ReadAsync(day, cancellationToken) is var (record, _))
                {
                    posts.Add(PostSummary.Of(record));
                }
            }
            catch (FormatException)
            {
                // The day is shown once its record is mended.
            }
        }

        return posts;
    }
}
