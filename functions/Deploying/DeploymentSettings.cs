using Pipeline.Deployment;
using Pipeline.Storage;

namespace Pipeline.Functions.Deploying;

/// <summary>What the deployment in force says, as settings. It wins over the environment: whoever applied it meant it.</summary>
internal static class DeploymentSettings
{
    // Sensors on metrics of minutes are of no use if they are looked at once an hour.
    private const string EveryMinute = "0 * * * * *";

    /// <summary>Adds what the deployment in the settings' store says, if there is one.</summary>
    /// <exception cref="FormatException">What lies there is no deployment.</exception>
    public static async Task<PipelineSettings> AddAsync(PipelineSettings settings, CancellationToken cancellationToken)
    {
        if (await new DeploymentStore(BlobStores.Open(settings.Store)).ReadAsync(cancellationToken) is var (manifest, _))
        {
            Apply(settings, manifest);
        }

        return settings.Validated();
    }

    /// <summary>Changes the settings that a deployment names.</summary>
    public static void Apply(PipelineSettings settings, DeploymentManifest manifest)
    {
        settings.Format = manifest.Corpus.Format ?? settings.Format;
        settings.QuietMinutes = manifest.Corpus.QuietMinutes ?? settings.QuietMinutes;
        settings.TrainingBase = manifest.Base ?? settings.TrainingBase;
        settings.TrainingOverrides = manifest.Training.Overrides.Count > 0 ? manifest.Training.Overrides : settings.TrainingOverrides;
        settings.Preset = manifest.Training.Preset ?? settings.Preset;
        settings.DeployedPreset = manifest.Training.Preset;
        settings.DeployedSeed = manifest.Training.Seed;
        settings.Seed = manifest.Training.Seed ?? settings.Seed;
        settings.TrainerHours = manifest.Training.Hours ?? settings.TrainerHours;
        settings.Gates = manifest.Gates.Mode ?? settings.Gates;
        settings.Candidates = manifest.Gates.Candidates ?? settings.Candidates;
        settings.Length = manifest.Gates.Length ?? settings.Length;
        settings.ForbiddenWords = manifest.Gates.ForbiddenWords is { } words ? string.Join(",", words) : settings.ForbiddenWords;
        settings.Rollout = manifest.Rollout.Strategy ?? settings.Rollout;
        settings.CanaryWeight = manifest.Rollout.Weights?.Candidate ?? settings.CanaryWeight;
        settings.CanaryHours = manifest.Rollout.Hours ?? settings.CanaryHours;
        settings.RewardThreshold = manifest.Rollout.RewardThreshold ?? settings.RewardThreshold;
        settings.PostSchedule = manifest.Schedules.Post ?? settings.PostSchedule;
        settings.TrainingSchedule = manifest.Schedules.Training ?? settings.TrainingSchedule;
        settings.WatchSchedule = manifest.Schedules.Watch ?? (manifest.Sensors.Count > 0 ? EveryMinute : settings.WatchSchedule);
        settings.TimeZone = manifest.Schedules.TimeZone ?? settings.TimeZone;
    }
}
