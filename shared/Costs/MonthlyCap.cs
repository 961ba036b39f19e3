using System.Text.Json.Serialization;
using Pipeline.Publishing;
using Pipeline.Storage;

namespace Pipeline.Costs;

/// <summary>
/// Adds up what a month has cost, from what is in the store: the seconds that runs and posts carry, and those of callers' texts. A run
/// counts to the month in which it was last worked on. What the cap stops is asked of <see cref="Spending"/>.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="samples">Counts callers' texts.</param>
/// <param name="prices">The stated prices.</param>
/// <param name="cap">What a month may cost; null for no end.</param>
/// <param name="clock">Says which month it is.</param>
public sealed class MonthlyCap(IBlobStore store, SampleMeter samples, Prices prices, double? cap, TimeProvider clock) : IDisposable
{
    private const string RunFile = "/state.json";
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(1);

    private readonly PostRecords _posts = new(store);
    private readonly SemaphoreSlim _gate = new(1, 1);
    private (Spending Spending, DateTimeOffset Time)? _last;

    /// <summary>The stated prices.</summary>
    public Prices Prices => prices;

    /// <summary>This month's spending, read now.</summary>
    /// <exception cref="FormatException">Something that it is read from is damaged or of a newer format.</exception>
    public async Task<Spending> ReadAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var month = new DateOnly(now.Year, now.Month, 1);
        var (training, trainingCost, runs) = await RunsAsync(month, cancellationToken);
        var (seconds, cost, posts) = await PostsAsync(month, cancellationToken);
        var sampling = await samples.ReadAsync(month, cancellationToken) + samples.Waiting;
        return new()
        {
            Month = month,
            Currency = prices.Currency,
            Cap = cap,
            TrainingSeconds = training,
            TrainingCost = trainingCost,
            Runs = runs,
            PostSeconds = seconds,
            PostCost = cost,
            Posts = posts,
            SampleSeconds = sampling,
            SampleCost = prices.OfGeneration(sampling),
        };
    }

    /// <summary>Refuses training that the month does not allow.</summary>
    /// <exception cref="CapReachedException">It does not.</exception>
    public async Task DemandTrainingAsync(CancellationToken cancellationToken)
    {
        if (cap is not null && await ReadAsync(cancellationToken) is { TrainingAllowed: false } spending)
        {
            throw new CapReachedException(spending.Stopped!);
        }
    }

    /// <summary>Refuses texts that the month does not allow; what was found is remembered for a minute.</summary>
    /// <exception cref="CapReachedException">It does not.</exception>
    public async Task DemandGenerationAsync(CancellationToken cancellationToken)
    {
        if (cap is not null && await RecentAsync(cancellationToken) is { GenerationAllowed: false } spending)
        {
            throw new CapReachedException(spending.Stopped!);
        }
    }

    /// <inheritdoc />
    public void Dispose() => _gate.Dispose();

    private async Task<Spending> RecentAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            var now = clock.GetUtcNow();
            if (_last is not { } last || (now - last.Time).Duration() > Memory)
            {
                last = (await ReadAsync(cancellationToken), now);
                _last = last;
            }

            return last.Spending;
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<(double Seconds, double Cost, int Runs)> RunsAsync(DateOnly month, CancellationToken cancellationToken)
    {
        var (seconds, cost, runs) = (0.0, 0.0, 0);
        await foreach (var entry in store.ListAsync(Containers.Runs, "", cancellationToken))
        {
            // What was not written since the month began was not worked on in it.
            if (!entry.Name.Path.EndsWith(RunFile, StringComparison.Ordinal) || !IsIn(month, entry.LastModified) || await store.ReadAsync(entry.Name, cancellationToken) is not var (bytes, _))
            {
                continue;
            }

            var run = StoredForm.Read(bytes, CostJson.Default.RunCost, state => state.Format, RunCost.CurrentFormat, $"The state {entry.Name} of a run", "Delete the run.");
            if (IsIn(month, run.Updated ?? entry.LastModified))
            {
                seconds += run.Seconds;
                cost += prices.TrainingHour > 0 ? prices.OfTraining(run.Seconds) : run.Cost ?? 0;
                runs++;
            }
        }

        return (seconds, cost, runs);
    }

    private async Task<(double Seconds, double Cost, int Posts)> PostsAsync(DateOnly month, CancellationToken cancellationToken)
    {
        var (seconds, cost, posts) = (0.0, 0.0, 0);
        await foreach (var record in _posts.ListAsync(cancellationToken))
        {
            if (IsIn(month, record.Created))
            {
                seconds += record.Card.Seconds;
                cost += record.Card.Cost ?? prices.OfGeneration(record.Card.Seconds);
                posts++;
            }
        }

        return (seconds, cost, posts);
    }

    private static bool IsIn(DateOnly month, DateTimeOffset time) => time.UtcDateTime is var utc && utc.Year == month.Year && utc.Month == month.Month;
}

/// <summary>What a run's <c>state.json</c> says of its cost.</summary>
/// <param name="Seconds">Seconds of work, over all processes that worked on it.</param>
/// <param name="Cost">What they cost, if the run was told a price.</param>
/// <param name="Updated">When it was written.</param>
internal sealed record RunCost(double Seconds, double? Cost, DateTimeOffset? Updated)
{
    /// <summary>The newest version of the job's form that is known here.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The form's version.</summary>
    public int Format { get; init; } = CurrentFormat;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(SampleSeconds))]
[JsonSerializable(typeof(RunCost))]
internal sealed partial class CostJson : JsonSerializerContext;
