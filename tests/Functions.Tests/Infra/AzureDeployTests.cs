using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Pipeline.Functions.Hosting;
using Pipeline.Storage;
using Pipeline.Testing;

namespace Pipeline.Functions.Tests.Infra;

/// <summary>The template that deploys the product, against Azure's schemas and against the code that it deploys.</summary>
public sealed partial class AzureDeployTests
{
    // Of one machine: the blog as a local repository, the embedded host's key, the job's program, a token instead of a GitHub App.
    // The App's installation is asked for.
    private static readonly string[] NotOnAzure =
        ["PIPELINE_BLOG_REPOSITORY", "PIPELINE_FUNCTION_KEY", "PIPELINE_TRAINER_JOB", "PIPELINE_GITHUB_TOKEN", "PIPELINE_GITHUB_INSTALLATION_ID"];

    // Read by Azure's Functions host, as its reference of app settings says.
    private static readonly string[] OfTheHost =
    [
        "AzureWebJobsStorage__blobServiceUri", "AzureWebJobsStorage__queueServiceUri", "AzureWebJobsStorage__credential",
        "APPLICATIONINSIGHTS_CONNECTION_STRING", "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
    ];

    // Read by OpenTelemetry's exporter, as its specification says.
    private const string OfTelemetry = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Template_and_parameters_satisfy_the_published_schemas_with_every_object_closed()
    {
        var deployments = new[] { "Consumption-GPU-NC8as-T4", "Consumption-GPU-NC24-A100", "Consumption" }.Select(profile => Computed(parameters =>
        {
            parameters["trainerProfile"] = profile;
            parameters["deliverEvents"] = true;
        }).Resources.Select(resource => resource.Body));

        var problems = await ArmSchemas.ProblemsAsync(deployments, [InfraFiles.ParametersFile()], Stop);

        AssertNone(problems.SelectMany(found => found));
    }

    [Fact]
    public void References_resolve_resources_wait_for_what_they_name_and_nothing_is_open_or_secret() =>
        AssertNone(TemplateRules.Problems(Computed()));

    [Fact]
    public void No_parameter_is_a_secret() => Assert.Empty(
        InfraFiles.Template()["parameters"]!.AsObject()
            .Where(parameter => SecretName().IsMatch(parameter.Key) || ((string)parameter.Value!["type"]!).StartsWith("secure", StringComparison.OrdinalIgnoreCase))
            .Select(parameter => parameter.Key));

    [Fact]
    public void Every_app_setting_that_the_code_reads_is_set_and_every_one_set_is_read()
    {
        var read = typeof(PipelineSettings).GetProperties()
            .Select(property => property.GetCustomAttribute<ConfigurationKeyNameAttribute>()?.Name)
            .OfType<string>()
            .Except(NotOnAzure)
            .Concat(OfTheHost)
            .Append(OfTelemetry);

        Assert.Equal(read.Order(StringComparer.Ordinal), InfraFiles.AppSettings(Computed()).Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_app_accepts_its_settings()
    {
        var set = InfraFiles.AppSettings(Computed()).ToDictionary(setting => setting.Key, setting => (string?)setting.Value);
        var settings = PipelineSettings.From(new ConfigurationBuilder().AddInMemoryCollection(set).Build()).Validated();

        Assert.Equal(set["PIPELINE_STORE"], settings.Store);
        Assert.Equal(Computed().Resources.Single(resource => resource.Type == "Microsoft.App/jobs").Id, settings.TrainerJobResource);
    }

    [Fact]
    public void Reference_to_a_secret_that_is_not_in_the_vault_is_no_secret()
    {
        var set = new Dictionary<string, string?> { ["PIPELINE_FUNCTION_KEY"] = "@Microsoft.KeyVault(SecretUri=https://kv.vault.azure.net/secrets/key)" };

        Assert.All(
            InfraFiles.AppSettings(Computed()).Where(setting => setting.Value.Contains("@Microsoft", StringComparison.Ordinal)),
            setting => Assert.StartsWith("@Microsoft.KeyVault(SecretUri=https://kv-", setting.Value, StringComparison.Ordinal));
        Assert.Null(PipelineSettings.From(new ConfigurationBuilder().AddInMemoryCollection(set).Build()).FunctionKey);
    }

    [Fact]
    public void Every_setting_and_connection_that_a_trigger_names_is_set()
    {
        var set = InfraFiles.AppSettings(Computed());
        var named = FunctionDefinition.ReadAll(AppContext.BaseDirectory)
            .Select(function => function.Trigger.Schedule)
            .Where(schedule => schedule is ['%', .., '%'])
            .Select(schedule => schedule!.Trim('%'));

        Assert.All(named, name => Assert.Contains(name, set.Keys));
        Assert.Equal(set["PIPELINE_STORE"], set["AzureWebJobsStorage__blobServiceUri"]);
    }

    [Fact]
    public async Task Every_variable_of_the_job_is_one_that_it_reads()
    {
        var help = await Programs.RunAsync(Programs.TrainerJob, ["train", "--help"], Stop);
        var read = HelpVariable().Matches(help.Output).Select(match => match.Groups[1].Value).ToHashSet();

        var set = InfraFiles.JobContainer(Computed())["env"]!.AsArray().Select(variable => (string)variable!["name"]!).ToArray();

        Assert.Contains("PIPELINE_STORE", set);
        Assert.All(set.Where(name => name.StartsWith("PIPELINE_", StringComparison.Ordinal)), name => Assert.Contains(name, read));
        // The first says to Azure's client which of the identities is meant.
        Assert.Equal(["AZURE_CLIENT_ID", OfTelemetry], set.Where(name => !name.StartsWith("PIPELINE_", StringComparison.Ordinal)));
    }

    [Fact]
    public void There_is_a_container_for_everything_that_is_stored() => Assert.Equal(
        Containers.All.Concat(["packages", "deadletters"]).Order(StringComparer.Ordinal),
        Computed().Resources.Where(resource => resource.Type.EndsWith("/containers", StringComparison.Ordinal)).Select(resource => resource.Name.Split('/')[^1]).Order(StringComparer.Ordinal));

    [Fact]
    public void Each_blob_trigger_has_its_event_subscription_and_no_other_blob_wakes_it()
    {
        var functions = FunctionDefinition.ReadAll(AppContext.BaseDirectory).Where(function => function.Trigger.Type == "blobTrigger").ToDictionary(function => function.Name);
        var subscriptions = Computed().Resources.Where(resource => resource.Type == "Microsoft.EventGrid/systemTopics/eventSubscriptions").ToArray();
        Assert.Equal(functions.Keys.Order(StringComparer.Ordinal), subscriptions.Select(subscription => subscription.Name.Split('/')[^1]).Order(StringComparer.Ordinal));

        Assert.All(subscriptions, subscription =>
        {
            var name = subscription.Name.Split('/')[^1];
            var filter = subscription.Properties["filter"]!;
            var pattern = new BlobPattern(functions[name].Trigger.Path!);
            var wakes = (string blob) =>
                blob.StartsWith((string)filter["subjectBeginsWith"]!, StringComparison.Ordinal) && blob.EndsWith((string)filter["subjectEndsWith"]!, StringComparison.Ordinal);

            Assert.True(wakes($"/blobServices/default/containers/{pattern.Container}/blobs/{pattern.Fill(_ => "x")}"));
            Assert.False(wakes($"/blobServices/default/containers/{pattern.Container}-old/blobs/{pattern.Fill(_ => "x")}"));
            Assert.Equal(pattern.Template == "{name}", wakes($"/blobServices/default/containers/{pattern.Container}/blobs/x/other.bin"));
            Assert.Contains($"/runtime/webhooks/blobs?functionName=Host.Functions.{name}&code=", (string?)subscription.Properties["destination"]!["properties"]!["endpointUrl"], StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Identities_may_do_what_they_need_and_no_more()
    {
        var template = Computed();
        var given = template.Resources
            .Where(resource => resource.Type == "Microsoft.Authorization/roleAssignments")
            .Select(assignment => $"{Who(assignment)}: {TemplateRules.RoleOf(assignment)} on {Where((string)assignment.Body["scope"]!)}");

        Assert.Equal(
            [
                "app: Container Apps Jobs Operator on jobs",
                "app: Key Vault Secrets User on vaults",
                "app: Monitoring Metrics Publisher on components",
                "app: Storage Blob Data Owner on storageAccounts",
                "app: Storage Queue Data Contributor on storageAccounts",
                "topic: Storage Blob Data Contributor on deadletters",
                "trainer: AcrPull on registries",
                "trainer: Storage Blob Data Contributor on corpora",
                "trainer: Storage Blob Data Contributor on models",
                "trainer: Storage Blob Data Contributor on runs",
                "trainer: Storage Blob Data Reader on documents",
            ],
            given.Order(StringComparer.Ordinal));

        static string Who(ArmResource assignment) => (string)assignment.Properties["principalId"]! switch
        {
            var id when id.Contains("/sites/", StringComparison.Ordinal) => "app",
            var id when id.Contains("/systemTopics/", StringComparison.Ordinal) => "topic",
            var id when id.Contains("/userAssignedIdentities/", StringComparison.Ordinal) => "trainer",
            var id => id,
        };

        static string Where(string scope) => scope.Split('/') is var parts && parts[^2] == "containers" ? parts[^1] : parts[^2];
    }

    [Fact]
    public void What_cannot_be_made_again_is_never_deleted_by_age()
    {
        var rules = Computed().Resources.Single(resource => resource.Type.EndsWith("/managementPolicies", StringComparison.Ordinal)).Properties["policy"]!["rules"]!.AsArray();
        var deleted = rules
            .Where(rule => rule!["definition"]!["actions"]!["baseBlob"]!["delete"] is not null)
            .SelectMany(rule => rule!["definition"]!["filters"]!["prefixMatch"]!.AsArray())
            .Select(prefix => ((string)prefix!).TrimEnd('/'));

        Assert.Equal(["corpora", "deadletters", "runs"], deleted.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Alerts_look_for_what_the_functions_really_log()
    {
        var sources = string.Concat(Directory.EnumerateFiles(Path.Combine(ProjectFolders.Root, "functions"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText));
        var queries = Computed().Resources
            .Where(resource => resource.Type == "Microsoft.Insights/scheduledQueryRules")
            .Select(rule => (string)rule.Properties["criteria"]!["allOf"]![0]!["query"]!)
            .ToArray();

        Assert.Equal(4, queries.Length);
        // The host's own words, not ours, tell of a poison blob.
        Assert.All(queries.SelectMany(query => Phrase().Matches(query)).Select(match => match.Groups[1].Value).Where(phrase => phrase != "webjobs-blobtrigger-poison"),
            phrase => Assert.Contains(phrase, sources, StringComparison.Ordinal));
    }

    // The usual assertion shows only the beginning of each text.
    private static void AssertNone(IEnumerable<string> problems) => Assert.True(!problems.Any(), string.Join('\n', problems));

    internal static ArmTemplate Computed(Action<JsonObject>? change = null)
    {
        var parameters = InfraFiles.Parameters();
        change?.Invoke(parameters);
        return ArmTemplate.Compute(InfraFiles.Template(), parameters);
    }

    [GeneratedRegex("secret|password|token|key", RegexOptions.IgnoreCase)]
    private static partial Regex SecretName();

    [GeneratedRegex(@"\[(PIPELINE_[A-Z_]+)\]")]
    private static partial Regex HelpVariable();

    [GeneratedRegex("contains '([^']+)'")]
    private static partial Regex Phrase();
}
