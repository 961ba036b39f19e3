using System.Text.Json;
using Pipeline.Deployment;
using Pipeline.Feedback;
using Pipeline.Functions.StartTraining;
using Pipeline.Functions.Training;
using Pipeline.Registry;
using Pipeline.Storage;

namespace Pipeline.Functions.Deploying;

/// <summary>
/// Looks at everything that the sensors of the deployment in force watch, and sets off those that it concerns. A sensor on the start goes
/// off once for each deployment, one on an event once for each event, one on a metric when its threshold is crossed and not again until it
/// was not. Also trains the further models of a rollout to the best of several.
/// </summary>
internal sealed class SensorWatch(
    DeploymentStore deployments,
    IBlobStore store,
    RoutingStore routing,
    ModelStore models,
    FeedbackStore feedback,
    CorpusWatch corpus,
    ITrainingLauncher launcher,
    SensorActions actions,
    PipelineSettings settings,
    TimeProvider clock)
{
    /// <summary>Where what was seen is kept.</summary>
    public static BlobName Blob { get; } = new(Containers.Registry, "sensors.json");

    /// <summary>Looks once.</summary>
    /// <returns>What was done, a sentence a sensor.</returns>
    public async Task<IReadOnlyList<string>> LookAsync(CancellationToken cancellationToken)
    {
        if (await deployments.ReadAsync(cancellationToken) is not var (manifest, id))
        {
            return [];
        }

        var (state, condition) = await ReadAsync(cancellationToken);
        var table = await routing.ReadAsync(cancellationToken);
        var run = await launcher.FindAsync(cancellationToken);
        var seen = new SensorState
        {
            Deployment = id,
            Routing = table.History.Count > 0 ? table.History[^1].Time : DateTimeOffset.MinValue,
            Corpus = await CorpusAsync(cancellationToken),
            Training = run is null ? "" : $"{run.Id} {run.State}",
        };
        // What happened before the deployment was applied concerns none of its sensors.
        var before = state.Deployment == id ? state : seen with { Fired = [] };
        var metrics = await MetricsAsync(manifest, table, cancellationToken);
        var fired = new List<(SensorPart Sensor, string Reason)>();
        var on = new List<string>();
        foreach (var sensor in manifest.Sensors)
        {
            var reason = sensor.On switch
            {
                "start" => before.Fired.Contains(sensor.Name) ? "" : "The deployment was applied.",
                "metric" => metrics(sensor.When!) is { } crossed ? before.Fired.Contains(sensor.Name) ? "" : crossed : null,
                "event" => EventOf(sensor.Event!, before, seen, table, run),
                _ => null,
            };
            if (sensor.On is "start" or "metric" && reason is not null)
            {
                on.Add(sensor.Name);
            }

            if (!string.IsNullOrEmpty(reason))
            {
                fired.Add((sensor, reason));
            }
        }

        // Noted before it is done, and only by the one who was first: two watchers do nothing twice.
        if (!await TryWriteAsync(seen with { Fired = on }, condition, cancellationToken))
        {
            return [];
        }

        var done = new List<string>();
        foreach (var (sensor, reason) in fired)
        {
            done.Add($"{sensor.Name}: {reason} {await actions.RunAsync(sensor, reason, cancellationToken)}");
        }

        if (await TrainFurtherAsync(manifest, cancellationToken) is { } further)
        {
            done.Add(further);
        }

        return done;
    }

    /// <summary>Models of the present corpus that the rollout still wants, of which the best will serve.</summary>
    public async Task<int> MissingAsync(DeploymentManifest manifest, CancellationToken cancellationToken) =>
        manifest.Rollout.Of is { } wanted && await CountAsync(cancellationToken) is > 0 and var count ? Math.Max(0, wanted - count) : 0;

    private async Task<string?> TrainFurtherAsync(DeploymentManifest manifest, CancellationToken cancellationToken)
    {
        if (await MissingAsync(manifest, cancellationToken) is 0 and var missing || (await launcher.FindAsync(cancellationToken))?.State == TrainingRunState.Running)
        {
            return null;
        }

        var count = await CountAsync(cancellationToken);
        var start = await launcher.StartAsync(new(Seed: settings.Seed + count), cancellationToken);
        return start.Started ? $"rollout: Model {count + 1} of {manifest.Rollout.Of} is trained, with seed {settings.Seed + count}." : null;
    }

    private async Task<int> CountAsync(CancellationToken cancellationToken)
    {
        var id = await CorpusAsync(cancellationToken);
        var count = 0;
        await foreach (var version in models.ListAsync(cancellationToken))
        {
            count += id.Length > 0 && (await models.ReadManifestAsync(version, cancellationToken))?.CorpusId == id ? 1 : 0;
        }

        return count;
    }

    private async Task<string> CorpusAsync(CancellationToken cancellationToken) => await corpus.LookAsync(cancellationToken) switch
    {
        CorpusState.Changed changed => changed.Id,
        CorpusState.Known known => (await models.ReadManifestAsync(known.Version, cancellationToken))?.CorpusId ?? "",
        _ => "",
    };

    private static string? EventOf(string name, SensorState before, SensorState now, RoutingTable table, TrainingRun? run) => name switch
    {
        "corpus.changed" => now.Corpus != before.Corpus ? $"The corpus is now {now.Corpus}." : null,
        "training.done" => now.Training != before.Training && run?.State == TrainingRunState.Done ? $"Training {run.Id} is done." : null,
        "training.failed" => now.Training != before.Training && run?.State == TrainingRunState.Failed ? $"Training {run.Id} failed." : null,
        _ => table.History.LastOrDefault(change => change.Time > before.Routing && name == $"model.{JsonNamingPolicy.CamelCase.ConvertName(change.Change.ToString())}") is { } change
            ? $"{change.Version}: {change.Reason}"
            : null,
    };

    private async Task<Func<string, string?>> MetricsAsync(DeploymentManifest manifest, RoutingTable table, CancellationToken cancellationToken)
    {
        var expressions = manifest.Sensors.Where(sensor => sensor.When is not null).ToDictionary(sensor => sensor.When!, sensor => MetricExpression.Parse(sensor.When!), StringComparer.Ordinal);
        if (expressions.Count == 0)
        {
            return _ => null;
        }

        var now = clock.GetUtcNow();
        var words = (await feedback.ReadSinceAsync(now - expressions.Values.Max(expression => expression.Window), cancellationToken))
            .Where(entry => entry.Version is null || entry.Version == table.Stable).ToList();
        var perplexity = table.Stable is { } stable ? (await models.ReadManifestAsync(stable, cancellationToken))?.Metrics.Perplexity : null;
        return when => expressions[when].Holds(Values, now) ? $"{when} holds." : null;

        IReadOnlyList<double> Values(string metric, DateTimeOffset since) => metric switch
        {
            MetricExpression.Perplexity => perplexity is { } value ? [value] : [],
            "reward" => [.. words.Where(entry => entry.Time > since).Select(entry => entry.Reward)],
            _ => [.. words.Where(entry => entry.Time > since && entry.Outcome == metric).Select(entry => entry.Reward)],
        };
    }

    private async Task<(SensorState State, BlobCondition Condition)> ReadAsync(CancellationToken cancellationToken)
    {
        if (await store.ReadAsync(Blob, cancellationToken) is not var (bytes, entry))
        {
            return (new(), BlobCondition.Absent);
        }

        try
        {
            return (JsonSerializer.Deserialize(bytes, SensorJson.Default.SensorState) is { Format: SensorState.CurrentFormat } state ? state : new(), BlobCondition.Matches(entry.ETag));
        }
        catch (JsonException)
        {
            // Nothing was seen then; a start goes off again, which finds its work done.
            return (new(), BlobCondition.Matches(entry.ETag));
        }
    }

    private async Task<bool> TryWriteAsync(SensorState state, BlobCondition condition, CancellationToken cancellationToken)
    {
        try
        {
            await store.WriteAsync(Blob, JsonSerializer.SerializeToUtf8Bytes(state, SensorJson.Default.SensorState), condition, cancellationToken);
            return true;
        }
        catch (BlobConditionException)
        {
            return false;
        }
    }
}
