using System.Text.Json.Nodes;
using Azure.Core.Pipeline;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Pipeline.Functions.Tests.Infra;
using Pipeline.Functions.Training;
using Pipeline.Storage;
using Pipeline.Testing;
using Trouble = Pipeline.Functions.Tests.Training.FakeResourceManager.Trouble;

namespace Pipeline.Functions.Tests.Training;

public sealed class ContainerAppsTrainerTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly SteppedClock clock = new();
    private readonly FakeResourceManager azure;
    private readonly IBlobStore store;

    public ContainerAppsTrainerTests()
    {
        azure = new(clock);
        store = BlobStores.Open(folder.FullName, clock);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        azure.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task Start_sends_the_container_as_deployed_and_the_changes_as_variables()
    {
        var start = await Trainer().StartAsync(new(Force: true, Preset: "tiny", Seed: 7) { Overrides = new Dictionary<string, double> { ["learningRate"] = 0.00005, ["steps"] = 1e6 } }, Stop);

        Assert.True(start.Started);
        Assert.Equal((string)azure.Executions[0]["name"]!, start.Run.Id);
        Assert.Equal(TrainingRunState.Running, start.Run.State);
        var deployed = azure.Job["properties"]!["template"]!["containers"]![0]!;
        var container = Assert.Single(azure.Started[0]["containers"]!.AsArray())!;
        Assert.Equal((string)deployed["image"]!, (string)container["image"]!);
        Assert.Equal((string)deployed["name"]!, (string)container["name"]!);
        Assert.True(JsonNode.DeepEquals(deployed["resources"], container["resources"]));
        Assert.Equal(["train", "--force"], container["args"]!.AsArray().Select(argument => (string)argument!));
        var variables = Variables(container);
        Assert.Equal("tiny", variables["PIPELINE_PRESET"]);
        Assert.Equal("7", variables["PIPELINE_SEED"]);
        Assert.Equal("0.00005", variables["PIPELINE_LEARNING_RATE"]);
        Assert.Equal("1000000", variables["PIPELINE_STEPS"]);
        Assert.Equal(Variables(deployed)["PIPELINE_STORE"], variables["PIPELINE_STORE"]);
        Assert.Equal(Variables(deployed)["AZURE_CLIENT_ID"], variables["AZURE_CLIENT_ID"]);
    }

    [Fact]
    public async Task Bodies_satisfy_the_published_schema_and_hold_only_what_a_start_takes()
    {
        await Trainer().StartAsync(new(Preset: "tiny"), Stop);

        // A start takes a job's containers without what belongs to a replica, such as volumes and probes.
        var container = azure.Started[0]["containers"]![0]!.AsObject();
        Assert.Subset(new HashSet<string> { "image", "name", "command", "args", "env", "resources" }, container.Select(member => member.Key).ToHashSet());
        Assert.Equal("containers", Assert.Single(azure.Started[0]).Key);
        var job = azure.Job.DeepClone().AsObject();
        job["properties"]!["template"] = azure.Started[0].DeepClone();
        Assert.Empty((await ArmSchemas.ProblemsAsync([[job]], [], Stop)).Single());
    }

    [Fact]
    public async Task Every_number_that_a_request_may_change_is_one_that_the_job_reads()
    {
        var help = (await Programs.RunAsync(Programs.TrainerJob, ["train", "--help"], Stop)).Output;

        Assert.All(TrainingRequest.Changeable.Concat(["preset", "seed"]), name =>
        {
            Assert.Contains($"[{TrainingRequest.Variable(name)}]", help, StringComparison.Ordinal);
            Assert.Contains($"{TrainingRequest.Option(name)} ", help, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Second_start_finds_the_run_that_is_going_on()
    {
        var first = await Trainer().StartAsync(new(), Stop);

        var second = await Trainer().StartAsync(new(), Stop);

        Assert.False(second.Started);
        Assert.Equal(first.Run.Id, second.Run.Id);
        Assert.Single(azure.Executions);
    }

    [Fact]
    public async Task Run_that_the_list_does_not_show_yet_is_found_by_its_name()
    {
        azure.Lists = false;
        var first = await Trainer().StartAsync(new(), Stop);

        Assert.Equal(first.Run.Id, (await Trainer().StartAsync(new(), Stop)).Run.Id);
        Assert.Single(azure.Executions);
    }

    [Fact]
    public async Task Run_that_a_person_started_counts()
    {
        await Job().StartAsync(new([new() { Name = "trainer" }]), Stop);

        Assert.False((await Trainer().StartAsync(new(), Stop)).Started);
        Assert.Single(azure.Executions);
    }

    [Theory]
    [InlineData("Succeeded")]
    [InlineData("Failed")]
    [InlineData("Stopped")]
    [InlineData("Degraded")]
    public async Task Ended_run_makes_way_for_the_next(string status)
    {
        await Trainer().StartAsync(new(), Stop);
        azure.Set(0, status);

        Assert.True((await Trainer().StartAsync(new(), Stop)).Started);
        Assert.Equal(2, azure.Executions.Count);
    }

    [Fact]
    public async Task Start_whose_answer_is_lost_is_found_again_and_not_repeated()
    {
        Troubles(nothing: 2, Trouble.AnswerLost);
        await Assert.ThrowsAsync<ContainerAppsException>(() => Trainer().StartAsync(new(), Stop));

        var again = await Trainer().StartAsync(new(), Stop);

        Assert.False(again.Started);
        Assert.Equal((string)Assert.Single(azure.Executions)["name"]!, again.Run.Id);
    }

    [Fact]
    public async Task Start_that_is_only_taken_note_of_is_found_by_what_it_was_started_with()
    {
        azure.NamesStarts = false;
        azure.Lists = false;
        var start = await Trainer().StartAsync(new(), Stop);
        Assert.True(start.Started);
        Assert.Equal(start.Run.Id, (await Trainer().StartAsync(new(), Stop)).Run.Id);

        azure.Lists = true;

        Assert.Equal((string)Assert.Single(azure.Executions)["name"]!, (await Trainer().FindAsync(Stop))!.Id);
    }

    [Fact]
    public async Task Starter_that_died_before_the_start_keeps_others_waiting_for_minutes_only()
    {
        // Unavailable is uncertain: the execution may show yet.
        Troubles(nothing: 2, Trouble.Unavailable);
        await Assert.ThrowsAsync<ContainerAppsException>(() => Trainer().StartAsync(new(), Stop));
        Assert.False((await Trainer().StartAsync(new(), Stop)).Started);

        clock.Now += TimeSpan.FromMinutes(6);

        Assert.True((await Trainer().StartAsync(new(), Stop)).Started);
        Assert.Single(azure.Executions);
    }

    [Fact]
    public async Task Refused_start_says_which_role_is_missing_and_keeps_nobody_waiting()
    {
        Troubles(nothing: 2, Trouble.Forbidden);
        var refusal = await Assert.ThrowsAsync<ContainerAppsException>(() => Trainer().StartAsync(new(), Stop));

        Assert.Equal(403, refusal.Status);
        Assert.Contains("Container Apps Jobs Operator", refusal.Message, StringComparison.Ordinal);
        Assert.True((await Trainer().StartAsync(new(), Stop)).Started);
    }

    [Fact]
    public async Task What_fails_for_a_moment_is_repeated()
    {
        Troubles(nothing: 0, Trouble.Unavailable, Trouble.None, Trouble.Busy, Trouble.None, Trouble.Busy);

        Assert.True((await Trainer().StartAsync(new(), Stop)).Started);
        Assert.Single(azure.Executions);
        Assert.Equal(2, azure.Calls.Count(call => call.EndsWith("/start", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Thirty_starters_at_once_start_one_run()
    {
        var starts = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => Task.Run(() => Trainer().StartAsync(new(), Stop))));

        Assert.Single(starts, start => start.Started);
        Assert.Single(azure.Executions);
    }

    [Fact]
    public async Task Run_beyond_its_time_is_stopped_before_the_next_starts()
    {
        await Trainer().StartAsync(new(), Stop);
        clock.Now += TimeSpan.FromHours(11.9);
        Assert.False((await Trainer().StartAsync(new(), Stop)).Started);

        clock.Now += TimeSpan.FromHours(0.2);

        Assert.True((await Trainer().StartAsync(new(), Stop)).Started);
        Assert.Equal(["Stopped", "Running"], azure.Executions.Select(execution => (string)execution["properties"]!["status"]!));
    }

    [Fact]
    public async Task Stop_stops_the_run_and_it_is_seen_to_be_stopped()
    {
        Assert.Null(await Trainer().FindAsync(Stop));
        await Trainer().StartAsync(new(), Stop);

        await Trainer().StopAsync(Stop);

        var run = await Trainer().FindAsync(Stop);
        Assert.Equal(TrainingRunState.Stopped, run!.State);
        Assert.Equal(clock.Now, run.Started);
        Assert.Equal($"https://portal.azure.com/#resource{azure.JobId}", run.Logs!.ToString());
    }

    [Theory]
    [InlineData("Running", TrainingRunState.Running)]
    [InlineData("Processing", TrainingRunState.Running)]
    [InlineData("Unknown", TrainingRunState.Running)]
    [InlineData("SomethingNew", TrainingRunState.Running)]
    [InlineData("Succeeded", TrainingRunState.Done)]
    [InlineData("Degraded", TrainingRunState.Failed)]
    [InlineData("Failed", TrainingRunState.Failed)]
    [InlineData("Stopped", TrainingRunState.Stopped)]
    internal async Task States_are_read_as_the_interface_describes_them(string status, TrainingRunState expected)
    {
        await Trainer().StartAsync(new(), Stop);
        azure.Set(0, status);

        Assert.Equal(expected, (await Trainer().FindAsync(Stop))!.State);
    }

    [Fact]
    public async Task Every_page_of_executions_is_read()
    {
        await StartAndEndAsync(times: 4);
        await Trainer().StartAsync(new(), Stop);

        Assert.Equal((string)azure.Executions[4]["name"]!, (await Trainer().StartAsync(new(), Stop)).Run.Id);
    }

    [Fact]
    public async Task Token_is_not_sent_to_another_host()
    {
        await StartAndEndAsync(times: 3);
        azure.NextPageAt = "https://management.example.com";

        var failure = await Assert.ThrowsAsync<ContainerAppsException>(() => Trainer().StartAsync(new(), Stop));

        Assert.Contains("management.example.com", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_job_is_named()
    {
        var failure = await Assert.ThrowsAsync<ContainerAppsException>(() => Trainer(azure.JobId + "-gone").StartAsync(new(), Stop));

        Assert.Contains("PIPELINE_TRAINER_JOB_RESOURCE", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "PIPELINE_TRAINER_JOB_RESOURCE must name the job")]
    [InlineData("trainer", "/providers/Microsoft.App/jobs/NAME")]
    [InlineData("/subscriptions/s/resourceGroups/g/providers/Microsoft.App/jobs/a/../../b", "/providers/Microsoft.App/jobs/NAME")]
    public void Settings_without_a_proper_job_are_refused(string? resource, string complaint)
    {
        var settings = new PipelineSettings { Store = "store", Trainer = "container-apps", TrainerJobResource = resource };

        Assert.Contains(complaint, Assert.Throws<OptionsValidationException>(settings.Validated).Message, StringComparison.Ordinal);
    }

    private static Dictionary<string, string> Variables(JsonNode container) =>
        container["env"]!.AsArray().ToDictionary(variable => (string)variable!["name"]!, variable => (string)variable!["value"]!);

    private async Task StartAndEndAsync(int times)
    {
        for (var i = 0; i < times; i++)
        {
            clock.Now += TimeSpan.FromHours(1);
            await Trainer().StartAsync(new(), Stop);
            azure.Set(i, "Succeeded");
        }
    }

    private void Troubles(int nothing, params Trouble[] then)
    {
        foreach (var trouble in Enumerable.Repeat(Trouble.None, nothing).Concat(then))
        {
            azure.Troubles.Enqueue(trouble);
        }
    }

    // Each call is of another process: nothing is remembered but what the store and Azure hold.
    private ContainerAppsTrainer Trainer(string? resource = null) => new(
        Job(resource), store, new PipelineSettings { TrainerHours = 12 }, clock, NullLogger<ContainerAppsTrainer>.Instance);

    private ContainerAppsJob Job(string? resource = null)
    {
        var options = new ContainerAppsOptions { Transport = new HttpClientTransport(azure) };
        options.Retry.Delay = TimeSpan.Zero;
        options.Retry.MaxDelay = TimeSpan.Zero;
        return new(resource ?? azure.JobId, new FakeResourceManager.Credential(), options);
    }
}
