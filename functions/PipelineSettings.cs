using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Microsoft.Extensions.Options;
using Pipeline.Costs;
using Pipeline.Posts;
using Pipeline.Privacy;
using Pipeline.Runs;

namespace Pipeline.Functions;

/// <summary>
/// The app's settings. Each comes from the environment (an app setting in Azure) under the name in <see cref="ConfigurationKeyNameAttribute"/>,
/// and the commands of this program override some.
/// </summary>
internal sealed class PipelineSettings
{
    /// <summary>Where the blobs are: a folder, a connection string, or the https address of a storage account.</summary>
    [Required(ErrorMessage = "PIPELINE_STORE is not set: name a folder, a storage connection string or the https address of a storage account.")]
    [ConfigurationKeyName("PIPELINE_STORE")]
    public string Store { get; set; } = "";

    /// <summary>The blog's git repository on this machine, to which posts are committed.</summary>
    [ConfigurationKeyName("PIPELINE_BLOG_REPOSITORY")]
    public string? BlogRepository { get; set; }

    /// <summary>The blog's repository on GitHub, <c>owner/name</c>; posts then go there and not to <see cref="BlogRepository"/>.</summary>
    [RegularExpression("^([^/\\s]+/[^/\\s]+)?$", ErrorMessage = "PIPELINE_GITHUB_REPOSITORY must be owner/name.")]
    [ConfigurationKeyName("PIPELINE_GITHUB_REPOSITORY")]
    public string? GitHubRepository { get; set; }

    /// <summary>A fine-grained token for that repository; or else an App is given.</summary>
    [ConfigurationKeyName("PIPELINE_GITHUB_TOKEN")]
    public string? GitHubToken { get; set; }

    /// <summary>The id of a GitHub App.</summary>
    [ConfigurationKeyName("PIPELINE_GITHUB_APP_ID")]
    public string? GitHubAppId { get; set; }

    /// <summary>The App's private key in PEM; line feeds may be written as <c>\n</c>.</summary>
    [ConfigurationKeyName("PIPELINE_GITHUB_PRIVATE_KEY")]
    public string? GitHubPrivateKey { get; set; }

    /// <summary>The App's installation; asked for if missing.</summary>
    [ConfigurationKeyName("PIPELINE_GITHUB_INSTALLATION_ID")]
    public long? GitHubInstallation { get; set; }

    /// <summary>The address of GitHub's API; <c>https://HOST/api/v3/</c> for GitHub Enterprise Server.</summary>
    [Required, ConfigurationKeyName("PIPELINE_GITHUB_API")]
    public string GitHubApi { get; set; } = "https://api.github.com/";

    /// <summary>The secret of the webhook.</summary>
    [ConfigurationKeyName("PIPELINE_GITHUB_WEBHOOK_SECRET")]
    public string? WebhookSecret { get; set; }

    /// <summary>The secret before, accepted too while it is being changed.</summary>
    [ConfigurationKeyName("PIPELINE_GITHUB_WEBHOOK_SECRET_OLD")]
    public string? OldWebhookSecret { get; set; }

    /// <summary>The branch that posts are based on; the repository's own if missing.</summary>
    [ConfigurationKeyName("PIPELINE_BASE_BRANCH")]
    public string? BaseBranch { get; set; }

    /// <summary>The folder of generated posts; where the blog's own lie if missing.</summary>
    [ConfigurationKeyName("PIPELINE_POST_DIRECTORY")]
    public string? PostDirectory { get; set; }

    /// <summary>Whether pull requests begin as drafts.</summary>
    [ConfigurationKeyName("PIPELINE_PULL_REQUEST_DRAFT")]
    public bool DraftPullRequests { get; set; } = true;

    /// <summary>The label of pull requests.</summary>
    [Required, ConfigurationKeyName("PIPELINE_PULL_REQUEST_LABEL")]
    public string PullRequestLabel { get; set; } = "ai-generated";

    /// <summary>Who is asked to review pull requests.</summary>
    [ConfigurationKeyName("PIPELINE_PULL_REQUEST_REVIEWER")]
    public string? Reviewer { get; set; }

    /// <summary>Whether pull requests are merged by themselves once checks and reviews allow it.</summary>
    [ConfigurationKeyName("PIPELINE_PULL_REQUEST_AUTO_MERGE")]
    public bool AutoMerge { get; set; }

    /// <summary>When the blog on GitHub is looked at for what no webhook told: NCRONTAB with seconds.</summary>
    [Required, ConfigurationKeyName("PIPELINE_POLL_SCHEDULE")]
    public string PollSchedule { get; set; } = "0 */5 * * * *";

    /// <summary>Words and phrases that no post may have, with commas between them.</summary>
    [ConfigurationKeyName("PIPELINE_FORBIDDEN_WORDS")]
    public string ForbiddenWords { get; set; } = "";

    /// <summary>Where models are kept on local disk.</summary>
    [ConfigurationKeyName("PIPELINE_MODEL_CACHE")]
    public string ModelCache { get; set; } = Path.Combine(Path.GetTempPath(), "pipeline-models");

    /// <summary>How large a model to train and for how long: <c>tiny</c>, <c>small</c>, or <c>full</c>, which takes the time that the text is worth.</summary>
    [RegularExpression(PresetNames.Pattern, ErrorMessage = "PIPELINE_PRESET must be tiny, small or full.")]
    [ConfigurationKeyName("PIPELINE_PRESET")]
    public string Preset { get; set; } = PresetNames.Small;

    /// <summary>
    /// What training begins with: <c>shipped</c> (the base model that comes with the job), <c>none</c>, a folder, <c>models/VERSION</c> or
    /// <c>hub:owner/name</c>. Null leaves it to the preset.
    /// </summary>
    [ConfigurationKeyName("PIPELINE_BASE")]
    public string? Base { get; set; }

    /// <summary>The kind of model to train; empty is GPT-2.</summary>
    [RegularExpression("^(|gpt2|lstm|markov)$", ErrorMessage = "PIPELINE_MODEL must be gpt2, lstm or markov.")]
    [ConfigurationKeyName("PIPELINE_MODEL")]
    public string Model { get; set; } = "";

    /// <summary>The seed of training and of posts; the same seed and blog give the same post.</summary>
    [ConfigurationKeyName("PIPELINE_SEED")]
    public int Seed { get; set; } = 1;

    /// <summary>What posts become: <c>plain</c> text, or text that keeps its <c>markdown</c>.</summary>
    [RegularExpression("^(plain|markdown)$", ErrorMessage = "PIPELINE_FORMAT must be plain or markdown.")]
    [ConfigurationKeyName("PIPELINE_FORMAT")]
    public string Format { get; set; } = "plain";

    /// <summary>How many candidates are written for a post, of which the best is taken.</summary>
    [Range(1, 64, ErrorMessage = "PIPELINE_CANDIDATES must be from 1 to 64.")]
    [ConfigurationKeyName("PIPELINE_CANDIDATES")]
    public int Candidates { get; set; } = 5;

    /// <summary>Tokens of a post at most.</summary>
    [Range(16, 4096, ErrorMessage = "PIPELINE_LENGTH must be from 16 to 4096.")]
    [ConfigurationKeyName("PIPELINE_LENGTH")]
    public int Length { get; set; } = 400;

    /// <summary>What the quality gates do: <c>strict</c> refuses a post that fails one, <c>report</c> takes the best and says what it fails.</summary>
    [RegularExpression("^(strict|report)$", ErrorMessage = "PIPELINE_GATES must be strict or report.")]
    [ConfigurationKeyName("PIPELINE_GATES")]
    public string Gates { get; set; } = "strict";

    /// <summary>When the daily post is written: NCRONTAB with seconds.</summary>
    [Required, ConfigurationKeyName("POST_SCHEDULE")]
    public string PostSchedule { get; set; } = "0 0 6 * * *";

    /// <summary>When the corpus is looked at for a new training: NCRONTAB with seconds.</summary>
    [Required, ConfigurationKeyName("TRAINING_SCHEDULE")]
    public string TrainingSchedule { get; set; } = "0 */30 * * * *";

    /// <summary>The IANA zone of the schedules and of a post's day.</summary>
    [Required, ConfigurationKeyName("PIPELINE_TIME_ZONE")]
    public string TimeZone { get; set; } = "UTC";

    /// <summary>The key that callers of <c>serve</c> send as <c>x-functions-key</c>; without one, every local caller may.</summary>
    [ConfigurationKeyName("PIPELINE_FUNCTION_KEY")]
    public string? FunctionKey { get; set; }

    /// <summary>Whether everyone who reaches the app may read the page and its JSON: <c>open</c>, or <c>closed</c> to all without the key.</summary>
    [RegularExpression("^(open|closed)$", ErrorMessage = "PIPELINE_PAGE must be open or closed.")]
    [ConfigurationKeyName("PIPELINE_PAGE")]
    public string Page { get; set; } = "open";

    /// <summary>The key that readers of a closed page give; <see cref="FunctionKey"/> if missing.</summary>
    [ConfigurationKeyName("PIPELINE_PAGE_KEY")]
    public string? PageKey { get; set; }

    /// <summary>How the log of <c>serve</c> looks: <c>text</c> for people, or <c>json</c>, as under the Functions host.</summary>
    [RegularExpression("^(text|json)$", ErrorMessage = "PIPELINE_LOG must be text or json.")]
    [ConfigurationKeyName("PIPELINE_LOG")]
    public string Log { get; set; } = "text";

    /// <summary>When the model in service is looked after: NCRONTAB with seconds.</summary>
    [Required, ConfigurationKeyName("WATCH_SCHEDULE")]
    public string WatchSchedule { get; set; } = "0 15 * * * *";

    /// <summary>
    /// How a new version takes over: <c>direct</c>ly, as a <c>canary</c> with a share of the requests first, in the <c>shadow</c>
    /// without any, or only if it is the <c>best</c> of all of its corpus.
    /// </summary>
    [RegularExpression("^(direct|canary|shadow|best)$", ErrorMessage = "PIPELINE_ROLLOUT must be direct, canary, shadow or best.")]
    [ConfigurationKeyName("PIPELINE_ROLLOUT")]
    public string Rollout { get; set; } = "direct";

    /// <summary>The canary's share of the requests in hundredths.</summary>
    [Range(1, 99, ErrorMessage = "PIPELINE_CANARY_WEIGHT must be from 1 to 99.")]
    [ConfigurationKeyName("PIPELINE_CANARY_WEIGHT")]
    public int CanaryWeight { get; set; } = 10;

    /// <summary>Hours that a canary or shadow is watched before it takes over.</summary>
    [Range(1, 24 * 90, ErrorMessage = "PIPELINE_CANARY_HOURS must be from 1 to 2160.")]
    [ConfigurationKeyName("PIPELINE_CANARY_HOURS")]
    public int CanaryHours { get; set; } = 24;

    /// <summary>A mean reward of the last week below this is a reason to roll back or train.</summary>
    [Range(0.0, 1.0, ErrorMessage = "PIPELINE_REWARD_THRESHOLD must be from 0 to 1.")]
    [ConfigurationKeyName("PIPELINE_REWARD_THRESHOLD")]
    public double RewardThreshold { get; set; } = 0.5;

    /// <summary>Minutes without a new document before a changed corpus is trained on.</summary>
    [Range(0, 7 * 24 * 60, ErrorMessage = "PIPELINE_QUIET_MINUTES must be from 0 to 10080.")]
    [ConfigurationKeyName("PIPELINE_QUIET_MINUTES")]
    public int QuietMinutes { get; set; } = 10;

    /// <summary>The trainer job's program; found beside this one by default.</summary>
    [ConfigurationKeyName("PIPELINE_TRAINER_JOB")]
    public string? TrainerJob { get; set; }

    /// <summary>What runs the trainer job: <c>child</c>, a process beside this one, or <c>container-apps</c>, a job in Azure.</summary>
    [RegularExpression("^(child|container-apps)$", ErrorMessage = "PIPELINE_TRAINER must be child or container-apps.")]
    [ConfigurationKeyName("PIPELINE_TRAINER")]
    public string Trainer { get; set; } = "child";

    /// <summary>The resource id of the job in Azure Container Apps.</summary>
    [RegularExpression(
        @"^/subscriptions/[\w-]+/resourceGroups/[\w.()-]+/providers/Microsoft\.App/jobs/[\w.()-]+$",
        ErrorMessage = "PIPELINE_TRAINER_JOB_RESOURCE must be /subscriptions/ID/resourceGroups/GROUP/providers/Microsoft.App/jobs/NAME.")]
    [ConfigurationKeyName("PIPELINE_TRAINER_JOB_RESOURCE")]
    public string? TrainerJobResource { get; set; }

    /// <summary>Hours after which a training run is stopped; it resumes when it is started again.</summary>
    [Range(1, 168, ErrorMessage = "PIPELINE_TRAINER_HOURS must be from 1 to 168.")]
    [ConfigurationKeyName("PIPELINE_TRAINER_HOURS")]
    public int TrainerHours { get; set; } = 12;

    /// <summary>Made-up secrets planted into the training text; a model that gives one away does not serve.</summary>
    [Range(0, 10, ErrorMessage = "PIPELINE_CANARIES must be from 0 to 10.")]
    [ConfigurationKeyName("PIPELINE_CANARIES")]
    public int Canaries { get; set; }

    /// <summary>E-mail addresses of the posts that anybody may know, with commas between them.</summary>
    [ConfigurationKeyName("PIPELINE_PUBLIC_ADDRESSES")]
    public string PublicAddresses { get; set; } = "";

    /// <summary>What keeps a post out of the corpus, one pattern a line or with commas between them; see <see cref="PrivatePatterns"/>.</summary>
    [ConfigurationKeyName("PIPELINE_PRIVATE_PATTERNS")]
    public string PrivatePatterns { get; set; } = "";

    /// <summary>What an hour of training costs; none states no price.</summary>
    [Range(1e-6, 1e6, ErrorMessage = "PIPELINE_PRICE_PER_HOUR must be above 0 and at most 1000000.")]
    [ConfigurationKeyName("PIPELINE_PRICE_PER_HOUR")]
    public double? TrainingPrice { get; set; }

    /// <summary>What an hour in which texts are generated costs.</summary>
    [Range(1e-6, 1e6, ErrorMessage = "PIPELINE_GENERATION_PRICE_PER_HOUR must be above 0 and at most 1000000.")]
    [ConfigurationKeyName("PIPELINE_GENERATION_PRICE_PER_HOUR")]
    public double? GenerationPrice { get; set; }

    /// <summary>What prices and cap are counted in.</summary>
    [RegularExpression("^[A-Z]{3}$", ErrorMessage = "PIPELINE_CURRENCY must be three capital letters, such as USD.")]
    [ConfigurationKeyName("PIPELINE_CURRENCY")]
    public string Currency { get; set; } = "USD";

    /// <summary>What a calendar month may cost by these prices: training stops at four fifths of it, posts at all of it.</summary>
    [Range(0.01, 1e9, ErrorMessage = "PIPELINE_MONTHLY_CAP must be from 0.01 to 1000000000.")]
    [ConfigurationKeyName("PIPELINE_MONTHLY_CAP")]
    public double? MonthlyCap { get; set; }

    /// <summary>The model that training begins with, of the deployment in force.</summary>
    public string? TrainingBase { get; set; }

    /// <summary>The preset of the deployment in force, which the trainer is told wherever it runs.</summary>
    public string? DeployedPreset { get; set; }

    /// <summary>The seed of the deployment in force.</summary>
    public int? DeployedSeed { get; set; }

    /// <summary>Numbers to train with instead of the preset's, of the deployment in force.</summary>
    public IReadOnlyDictionary<string, double> TrainingOverrides { get; set; } = new Dictionary<string, double>();

    /// <summary>The stated prices.</summary>
    public Prices Prices => new(TrainingPrice ?? 0, GenerationPrice ?? 0, Currency);

    /// <summary>What besides a post's bytes decides its document: another value means that every post is converted again.</summary>
    public string ConversionStamp => Private.Stamp.Length == 0 ? $"{PostDocument.CurrentFormat} {Format}" : $"{PostDocument.CurrentFormat} {Format}\n{Private.Stamp}";

    /// <summary>What the owner keeps out of the corpus.</summary>
    /// <exception cref="FormatException">A pattern cannot be read.</exception>
    public PrivatePatterns Private => Privacy.PrivatePatterns.Parse(PrivatePatterns);

    /// <summary>How posts are read.</summary>
    public PostReaderOptions ReaderOptions => new() { Text = new() { Marks = Format == "markdown" }, Private = Private };

    /// <summary>The value of a trigger's setting: <c>%NAME%</c> names one of these, anything else stands for itself.</summary>
    /// <exception cref="OptionsValidationException">There is no such setting.</exception>
    public string Resolve(string value) => value switch
    {
        "%POST_SCHEDULE%" => PostSchedule,
        "%TRAINING_SCHEDULE%" => TrainingSchedule,
        "%WATCH_SCHEDULE%" => WatchSchedule,
        "%PIPELINE_POLL_SCHEDULE%" => PollSchedule,
        ['%', .., '%'] => throw new OptionsValidationException(nameof(PipelineSettings), typeof(PipelineSettings), [$"A trigger uses the setting {value}, which does not exist."]),
        _ => value,
    };

    /// <summary>Reads the settings from the environment.</summary>
    public static PipelineSettings FromEnvironment() => From(new ConfigurationBuilder().AddEnvironmentVariables().Build());

    /// <summary>Reads the settings from any source. An empty one is none.</summary>
    public static PipelineSettings From(IConfiguration configuration)
    {
        // Azure hands over a reference to a secret that is not in the vault as it is written, and whoever knows the vault's name knows that.
        var given = configuration.AsEnumerable()
            .Where(setting => setting.Value is { Length: > 0 } value && !value.StartsWith("@Microsoft.KeyVault(", StringComparison.Ordinal));
        var settings = new PipelineSettings();
        new ConfigurationBuilder().AddInMemoryCollection(given).Build().Bind(settings);
        return settings;
    }

    // The generated check of a range speaks of the property, which nobody can set.
    private static string Named(string failure) =>
        typeof(PipelineSettings).GetProperty(failure.Split(':')[0])?.GetCustomAttribute<RangeAttribute>()?.ErrorMessage is { } message ? message : failure;

    private string? PatternProblem()
    {
        try
        {
            _ = Private;
            return null;
        }
        catch (FormatException exception)
        {
            return exception.Message;
        }
    }

    /// <summary>Checks every setting.</summary>
    /// <exception cref="OptionsValidationException">Something is missing or out of range; every such setting is named.</exception>
    public PipelineSettings Validated()
    {
        var result = new PipelineSettingsValidator().Validate(null, this);
        string[] failures =
        [
            .. PatternProblem() is { } wrong ? [$"PIPELINE_PRIVATE_PATTERNS: {wrong}"] : Array.Empty<string>(),
            .. (result.Failures ?? []).Select(Named),
            .. Trainer == "container-apps" && TrainerJobResource is null ? ["PIPELINE_TRAINER is container-apps, so PIPELINE_TRAINER_JOB_RESOURCE must name the job."] : Array.Empty<string>(),
            .. MonthlyCap is not null && TrainingPrice is null && GenerationPrice is null ? ["PIPELINE_MONTHLY_CAP needs a price to count by: set PIPELINE_PRICE_PER_HOUR and PIPELINE_GENERATION_PRICE_PER_HOUR."] : Array.Empty<string>(),
        ];
        return failures.Length > 0 ? throw new OptionsValidationException(nameof(PipelineSettings), typeof(PipelineSettings), failures) : this;
    }
}

[OptionsValidator]
internal sealed partial class PipelineSettingsValidator : IValidateOptions<PipelineSettings>;
