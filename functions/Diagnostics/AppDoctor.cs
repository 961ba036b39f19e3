using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using Pipeline.Costs;
using Pipeline.Diagnostics;
using Pipeline.Functions.GitHub;
using Pipeline.Functions.Local;
using Pipeline.Functions.Training;
using Pipeline.Generation;
using Pipeline.GitHub;
using Pipeline.Privacy;
using Pipeline.Publishing;
using Pipeline.Registry;
using Pipeline.Storage;

namespace Pipeline.Functions.Diagnostics;

/// <summary>Looks at everything that the app stands on. Each finding that is not good says what is wrong and what to do.</summary>
/// <param name="settings">What the app is configured with.</param>
/// <param name="clock">The time.</param>
/// <param name="gitHub">Sends the requests to GitHub; null for the network.</param>
internal sealed class AppDoctor(PipelineSettings settings, TimeProvider clock, HttpMessageHandler? gitHub = null)
{
    private const long LeastDisk = 2_000_000_000;
    private static readonly TimeSpan MostSkew = TimeSpan.FromMinutes(1);

    /// <summary>What can be seen at once and changes nothing: for the start of the app.</summary>
    public IAsyncEnumerable<Finding> LookBrieflyAsync(CancellationToken cancellationToken) => LookAtSurroundingsAsync(MachineCheck.FindLibrary, cancellationToken);

    private async IAsyncEnumerable<Finding> LookAtSurroundingsAsync(Func<Finding> lookAtLibrary, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var configured = LookAtSettings();
        yield return configured;
        if (configured.Kind != FindingKind.Good)
        {
            // Everything else would be looked for in the wrong place.
            yield break;
        }

        yield return await TryAsync("store", ReadStoreAsync, cancellationToken);
        yield return Try("model cache", LookAtCache);
        yield return Try("native library", lookAtLibrary);
        yield return Try("disk", LookAtDisk);
        yield return Try("trainer", LookAtTrainer);
    }

    /// <summary>All of it: writes to the store, asks GitHub and the model in service.</summary>
    public async IAsyncEnumerable<Finding> LookAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var finding in LookAtSurroundingsAsync(MachineCheck.LookAtLibrary, cancellationToken))
        {
            if (finding.Check != "store")
            {
                yield return finding;
                continue;
            }

            yield return finding.Kind == FindingKind.Good ? await TryAsync("store", WriteStoreAsync, cancellationToken) : finding;
            if (finding.Kind == FindingKind.Good)
            {
                yield return await TryAsync("clock", LookAtClockAsync, cancellationToken);
                yield return await TryAsync("stored formats", LookAtFormatsAsync, cancellationToken);
                yield return await TryAsync("golden logits", LookAtModelAsync, cancellationToken);
                yield return await TryAsync("money", LookAtMoneyAsync, cancellationToken);
            }
        }

        if (LookAtSettings().Kind == FindingKind.Good)
        {
            yield return await TryAsync("blog", LookAtBlogAsync, cancellationToken);
            if (settings.GitHubRepository is not null)
            {
                yield return settings.WebhookSecret is null
                    ? new("webhook", FindingKind.Missing, "no secret is set, so no delivery is taken and posts are only seen by polling.", "give the webhook a secret on GitHub and set PIPELINE_GITHUB_WEBHOOK_SECRET to it.")
                    : new("webhook", FindingKind.Good, "has a secret");
            }
        }
    }

    private Finding LookAtSettings()
    {
        try
        {
            settings.Validated();
            var zone = TimeZoneInfo.FindSystemTimeZoneById(settings.TimeZone);
            foreach (var schedule in new[] { settings.PostSchedule, settings.TrainingSchedule, settings.WatchSchedule, settings.PollSchedule })
            {
                _ = new NcronSchedule(schedule, zone);
            }

            return new("settings", FindingKind.Good, $"all are valid; the next post is due {new NcronSchedule(settings.PostSchedule, zone).Next(clock.GetUtcNow()):yyyy-MM-dd HH:mm} UTC");
        }
        catch (Exception exception) when (exception is OptionsValidationException or FormatException or TimeZoneNotFoundException or InvalidTimeZoneException)
        {
            return new("settings", FindingKind.Wrong, exception.Message, exception is TimeZoneNotFoundException
                ? "set PIPELINE_TIME_ZONE to an IANA zone such as Europe/Berlin."
                : "set what is named to what is said.");
        }
    }

    private async Task<Finding> ReadStoreAsync(CancellationToken cancellationToken)
    {
        await using var first = BlobStores.Open(settings.Store).ListAsync(Containers.Registry, "", cancellationToken).GetAsyncEnumerator(cancellationToken);
        await first.MoveNextAsync();
        return new("store", FindingKind.Good, $"{Place()} can be read");
    }

    private async Task<Finding> WriteStoreAsync(CancellationToken cancellationToken)
    {
        var store = BlobStores.Open(settings.Store);
        var probe = Probe();
        await store.WriteAsync(probe, "doctor"u8.ToArray(), BlobCondition.None, cancellationToken);
        var read = (await store.ReadAsync(probe, cancellationToken))?.Bytes;
        await store.DeleteAsync(probe, BlobCondition.None, cancellationToken);
        return read.AsSpan().SequenceEqual("doctor"u8)
            ? new("store", FindingKind.Good, $"{Place()} can be read and written")
            : new("store", FindingKind.Wrong, $"{Place()} does not give back what was written to it.", "look at who else writes to it; the containers are Pipeline's alone.");
    }

    // The store's own clock, which dates leases and blobs.
    private async Task<Finding> LookAtClockAsync(CancellationToken cancellationToken)
    {
        var store = BlobStores.Open(settings.Store);
        var before = clock.GetUtcNow();
        await store.WriteAsync(Probe(), "clock"u8.ToArray(), BlobCondition.None, cancellationToken);
        var written = (await store.FindAsync(Probe(), cancellationToken))?.LastModified ?? before;
        await store.DeleteAsync(Probe(), BlobCondition.None, cancellationToken);
        var skew = written - before;
        return skew.Duration() <= MostSkew
            ? new("clock", FindingKind.Good, FormattableString.Invariant($"agrees with the store's to within {Math.Max(1, skew.Duration().TotalSeconds):0} s"))
            : new("clock", FindingKind.Wrong, FormattableString.Invariant($"this machine's is {skew.Duration().TotalSeconds:0} s {(skew > TimeSpan.Zero ? "behind" : "ahead of")} the store's, so leases and tokens do not hold."), "timedatectl set-ntp true");
    }

    private async Task<Finding> LookAtFormatsAsync(CancellationToken cancellationToken)
    {
        var store = BlobStores.Open(settings.Store);
        await new RoutingStore(store).ReadAsync(cancellationToken);
        await new ForgottenPosts(store, clock).ReadAsync(cancellationToken);
        await SyncState.ReadAsync(store, cancellationToken);
        var versions = 0;
        var models = new ModelStore(store);
        await foreach (var version in models.ListAsync(cancellationToken))
        {
            await models.ReadManifestAsync(version, cancellationToken);
            versions++;
        }

        return new("stored formats", FindingKind.Good, $"the registry and the manifests of {versions} versions can be read");
    }

    private async Task<Finding> LookAtModelAsync(CancellationToken cancellationToken)
    {
        var store = BlobStores.Open(settings.Store);
        if ((await new RoutingStore(store).ReadAsync(cancellationToken)).Stable is not { } version)
        {
            return new("golden logits", FindingKind.Missing, "no model is in service yet.", "train one: POST /api/train, or the command 'once'.");
        }

        if (await new ModelStore(store).ReadManifestAsync(version, cancellationToken) is not { } manifest)
        {
            return new("golden logits", FindingKind.Wrong, $"{version} is in service and gone from the store.", "roll back: POST /api/models/rollback, or restore a backup.");
        }

        using var cache = new ModelCache(store, settings.ModelCache);
        using var model = LanguageModel.Load(await cache.GetAsync(version, cancellationToken), manifest.ServingFile);
        var marked = manifest.PrivacyFault is { } fault ? new Finding("golden logits", FindingKind.Wrong, $"{version} must not serve. {fault}", "POST /api/train with {\"force\":true}.") : null;
        return manifest.Golden is not { } golden ? marked ?? new("golden logits", FindingKind.Good, $"{version} loads; it is from before golden logits were noted")
            : golden.Problem(model) is { } problem ? new("golden logits", FindingKind.Wrong, $"{version}: {problem}", $"delete {settings.ModelCache} and look again; if it stays, roll back: POST /api/models/rollback.")
            : marked ?? new("golden logits", FindingKind.Good, $"{version} gives the golden logits ({model.Engine} engine)");
    }

    private async Task<Finding> LookAtMoneyAsync(CancellationToken cancellationToken)
    {
        var store = BlobStores.Open(settings.Store);
        using var cap = new MonthlyCap(store, new SampleMeter(store, clock), settings.Prices, settings.MonthlyCap, clock);
        var spending = await cap.ReadAsync(cancellationToken);
        return spending.Stopped is { } stopped
            ? new("money", FindingKind.Wrong, stopped)
            : new("money", FindingKind.Good, FormattableString.Invariant($"{spending.Total:0.00}{(spending.Cap is { } most ? FormattableString.Invariant($" of {most:0.00}") : "")} {spending.Currency} this month"));
    }

    private async Task<Finding> LookAtBlogAsync(CancellationToken cancellationToken)
    {
        using var blog = new BlogConnection(settings, BlobStores.Open(settings.Store), clock, gitHub);
        if (blog.GitHub is null)
        {
            var target = await blog.OpenAsync(cancellationToken);
            return new("blog", FindingKind.Good, $"{settings.BlogRepository} is a git repository{((await target.Repository.FindBranchAsync(target.Options.BaseBranch, cancellationToken)) is null ? $" without the branch {target.Options.BaseBranch}" : "")}");
        }

        var found = await blog.GitHub.GetRepositoryAsync(cancellationToken);
        if (found.Archived || found.Disabled)
        {
            return new("blog", FindingKind.Wrong, $"{found.FullName} is {(found.Archived ? "archived" : "disabled")}, so nothing can be offered to it.", "unarchive it in its settings on GitHub, or name another in PIPELINE_GITHUB_REPOSITORY.");
        }

        if (found.Permissions is { Push: false })
        {
            return new("blog", FindingKind.Wrong, $"the key may read {found.FullName} and not write to it.", "give the token or the App the permissions Contents and Pull requests: read and write.");
        }

        await blog.GitHub.ListPullRequestsAsync("open", branch: null, cancellationToken);
        return new("blog", FindingKind.Good, $"{found.FullName} on GitHub can be read and written, and its pull requests listed");
    }

    private Finding LookAtCache()
    {
        Directory.CreateDirectory(settings.ModelCache);
        var probe = Path.Combine(settings.ModelCache, ".doctor");
        File.WriteAllText(probe, "");
        File.Delete(probe);
        return new("model cache", FindingKind.Good, $"{settings.ModelCache} can be written");
    }

    private Finding LookAtDisk() => MachineCheck.LookAtDisk(
        [settings.ModelCache, Path.GetTempPath(), .. BlobStores.FolderOf(settings.Store) is { } folder ? (string[])[folder] : []], LeastDisk);

    private Finding LookAtTrainer() => settings.Trainer == "container-apps"
        ? new("trainer", FindingKind.Good, $"the job {settings.TrainerJobResource} in Azure")
        : ChildProcessTrainer.ProgramOf(settings) is var path && File.Exists(path)
            ? new("trainer", FindingKind.Good, path)
            : new("trainer", FindingKind.Missing, $"there is no program {path}.", "dotnet build trainer-job, or name the program in PIPELINE_TRAINER_JOB.");

    // A connection string holds a key.
    private string Place() => BlobStores.FolderOf(settings.Store) ?? (settings.Store.StartsWith("https://", StringComparison.OrdinalIgnoreCase) ? settings.Store.Split('?')[0] : "the storage account");

    private static BlobName Probe() => new(Containers.Registry, "doctor/probe");

    private static Finding Try(string check, Func<Finding> look)
    {
        try
        {
            return look();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or DllNotFoundException or TypeInitializationException or ArgumentException)
        {
            return new(check, FindingKind.Wrong, exception.Message, FixOf(check));
        }
    }

    private static async Task<Finding> TryAsync(string check, Func<CancellationToken, Task<Finding>> look, CancellationToken cancellationToken)
    {
        try
        {
            return await look(cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException or RegistryException or ModelException
            or BlogRepositoryException or HttpRequestException or Azure.RequestFailedException or Azure.Identity.AuthenticationFailedException)
        {
            return new(check, FindingKind.Wrong, Hosting.Redactor.Clean(exception.Message.ReplaceLineEndings(" ")), FixOf(check));
        }
    }

    private static string? FixOf(string check) => check switch
    {
        "store" or "clock" => "for a folder, let this user write to it; for a storage account, give this identity the role Storage Blob Data Contributor or copy the connection string again.",
        "model cache" => "let this user write to PIPELINE_MODEL_CACHE, or name another folder in it.",
        "native library" => "install libstdc++ 6, and build again so that npm fetches the library.",
        "golden logits" => "roll back: POST /api/models/rollback, or train again: POST /api/train with {\"force\":true}.",
        "blog" => "see the message; 'infra/blog/README.md' says which permissions are needed.",
        _ => null,
    };
}
