using System.Text.Json;
using System.Text.Json.Serialization;
using System.Threading.Channels;
using Pipeline.Generation;
using Pipeline.Registry;
using Pipeline.Storage;

namespace Pipeline.Functions.Serving;

/// <summary>
/// Asks the version in the shadow what the stable one was asked, when nothing else is to do, and keeps both answers as
/// <c>registry/shadow/{version}/{puid}.json</c>. What does not fit into its short queue is left out.
/// </summary>
internal sealed partial class ShadowRunner(
    ServingModels models, GenerationQueue queue, RoutingStore routing, IBlobStore store, TimeProvider clock, ILogger<ShadowRunner> logger) : BackgroundService
{
    private const int MostWaiting = 4;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MostTime = TimeSpan.FromMinutes(3);

    private readonly Channel<ShadowTask> tasks = Channel.CreateBounded<ShadowTask>(new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Offers a request that was answered.</summary>
    public void Offer(ShadowTask task) => tasks.Writer.TryWrite(task);

    /// <summary>Where a comparison lies.</summary>
    public static BlobName BlobOf(string version, string puid) => new(Containers.Registry, $"shadow/{version}/{puid}.json");

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var task in tasks.Reader.ReadAllAsync(stoppingToken))
            {
                await TryCompareAsync(task, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The way it ends.
        }
    }

    private async Task TryCompareAsync(ShadowTask task, CancellationToken cancellationToken)
    {
        try
        {
            await CompareAsync(task, cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Whatever it is: a trial must not harm what serves, and an exception that leaves here would end the whole app. The comparisons
            // that are missing tell of it.
            Log.Failed(logger, exception.Message);
        }
    }

    private async Task CompareAsync(ShadowTask task, CancellationToken cancellationToken)
    {
        if ((await routing.ReadAsync(cancellationToken)).Shadow is null)
        {
            return;
        }

        IDisposable? place;
        while ((place = queue.EnterIfIdle()) is null)
        {
            await Task.Delay(Pause, clock, cancellationToken);
        }

        using (place)
        {
            using var loan = await models.BorrowShadowAsync(cancellationToken);
            if (loan is null)
            {
                return;
            }

            var started = clock.GetTimestamp();
            var text = await TimedText.GenerateAsync(loan, task.Request(loan.Model), TimedText.After(clock, MostTime), clock, onText: null, cancellationToken);
            var comparison = new ShadowComparison(
                task.Puid, task.Prefix, task.Stable, loan.Manifest.Version, task.Text, text.Text, task.Seconds, clock.GetElapsedTime(started).TotalSeconds,
                Mean(task.LogProbability, task.Tokens), Mean(text.LogProbability, text.Tokens.Count));
            await store.WriteAsync(
                BlobOf(loan.Manifest.Version, task.Puid), JsonSerializer.SerializeToUtf8Bytes(comparison, ShadowJson.Default.ShadowComparison), BlobCondition.None, cancellationToken);
        }
    }

    private static double? Mean(double logProbability, int tokens) => tokens == 0 ? null : logProbability / tokens;

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "A comparison in the shadow failed: {Reason}")]
        public static partial void Failed(ILogger logger, string reason);
    }
}

/// <summary>A request that the stable version answered.</summary>
internal sealed record ShadowTask(
    string Puid, string Prefix, string Stable, string Text, int Tokens, double LogProbability, double Seconds, Func<LanguageModel, GenerationRequest> Request);

/// <summary>Two versions' answers to one request; log-probabilities are each model's mean a token of its own text, in nats.</summary>
internal sealed record ShadowComparison(
    string Puid, string Prefix, string Stable, string Shadow, string StableText, string ShadowText, double StableSeconds, double ShadowSeconds,
    double? StableLogProbability, double? ShadowLogProbability)
{
    /// <summary>The version of this form; a reader refuses a newer one.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The form's version.</summary>
    public int Format { get; init; } = CurrentFormat;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(ShadowComparison))]
internal sealed partial class ShadowJson : JsonSerializerContext;
