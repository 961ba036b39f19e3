using System.Globalization;
using System.Text.Json;
using Pipeline.Storage;

namespace Pipeline.Costs;

/// <summary>
/// Adds up the seconds in which callers' texts were made, a second in which several were made once: in memory first, then in the month's blob
/// <c>registry/spending/yyyy-MM.json</c>. Runs and posts carry their seconds themselves.
/// </summary>
/// <param name="store">Where the blob lies.</param>
/// <param name="clock">Says which month it is.</param>
public sealed class SampleMeter(IBlobStore store, TimeProvider clock)
{
    private readonly Lock _gate = new();
    private double _waiting;

    /// <summary>Where a month's sum lies.</summary>
    public static BlobName BlobOf(DateOnly month) => new(Containers.Registry, string.Create(CultureInfo.InvariantCulture, $"spending/{month:yyyy-MM}.json"));

    /// <summary>Seconds that are not in the store yet.</summary>
    public double Waiting
    {
        get
        {
            lock (_gate)
            {
                return _waiting;
            }
        }
    }

    /// <summary>Notes a text's share of the seconds in which it was made.</summary>
    public void Add(double seconds)
    {
        lock (_gate)
        {
            _waiting += seconds;
        }
    }

    /// <summary>Writes what has come together since the last time; other processes add to the same sum.</summary>
    /// <exception cref="FormatException">The month's blob is damaged or of a newer format.</exception>
    public async Task SaveAsync(CancellationToken cancellationToken)
    {
        double seconds;
        lock (_gate)
        {
            (seconds, _waiting) = (_waiting, 0);
        }

        if (seconds == 0)
        {
            return;
        }

        try
        {
            await AddAsync(seconds, cancellationToken);
        }
        catch
        {
            Add(seconds);
            throw;
        }
    }

    /// <summary>A month's seconds as far as they are in the store.</summary>
    /// <exception cref="FormatException">The month's blob is damaged or of a newer format.</exception>
    public async Task<double> ReadAsync(DateOnly month, CancellationToken cancellationToken) =>
        await store.ReadAsync(BlobOf(month), cancellationToken) is var (bytes, entry) ? SampleSeconds.Parse(bytes, entry.Name).Seconds : 0;

    private async Task AddAsync(double seconds, CancellationToken cancellationToken)
    {
        var today = clock.GetUtcNow();
        var name = BlobOf(new DateOnly(today.Year, today.Month, 1));
        while (true)
        {
            var read = await store.ReadAsync(name, cancellationToken);
            var sum = (read is var (bytes, _) ? SampleSeconds.Parse(bytes, name).Seconds : 0) + seconds;
            try
            {
                await store.WriteAsync(
                    name,
                    JsonSerializer.SerializeToUtf8Bytes(new SampleSeconds(sum), CostJson.Default.SampleSeconds),
                    read is var (_, entry) ? BlobCondition.Matches(entry.ETag) : BlobCondition.Absent,
                    cancellationToken);
                return;
            }
            catch (BlobConditionException)
            {
                // Another process added meanwhile: both count.
            }
        }
    }
}

/// <summary>A month's sum as it is stored.</summary>
internal sealed record SampleSeconds(double Seconds)
{
    /// <summary>The version of this form; a reader refuses a newer one.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The form's version.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>Reads it.</summary>
    /// <exception cref="FormatException">It is damaged or of a newer format.</exception>
    public static SampleSeconds Parse(byte[] bytes, BlobName name) =>
        StoredForm.Read(bytes, CostJson.Default.SampleSeconds, sum => sum.Format, CurrentFormat, $"The month's sum {name}", "Delete it; the sum then begins anew.");
}
