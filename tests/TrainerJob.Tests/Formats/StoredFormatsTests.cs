using System.Text;
using System.Text.Json.Nodes;
using Pipeline.Runs;
using Pipeline.TrainerJob.Sweeps;

namespace Pipeline.TrainerJob.Tests.Formats;

/// <summary>What the job stores as JSON: the first version of each form, written by hand, is still read, and a newer one is refused.</summary>
public sealed class StoredFormatsTests
{
    private const string FirstRun = """{"run":"c-s","version":"c-s","status":"interrupted","corpusId":"c","preset":"tiny","step":40,"steps":200,"seconds":12.5,"updated":"2026-01-01T00:00:00+00:00"}""";
    private const string FirstSweep = """{"name":"c-s","round":1,"rounds":3,"left":[2],"trials":[{"number":2,"learningRate":0.001,"epochs":3}],"done":false,"budgetSpent":false}""";

    [Fact]
    public void A_run_of_the_first_version_goes_on_and_a_newer_one_is_refused()
    {
        Assert.True(RunState.FromJson(Encoding.UTF8.GetBytes(FirstRun)) is { Step: 40, Status: RunStatus.Interrupted, Seconds: 12.5 });
        Refused(Assert.Throws<FormatException>(() => RunState.FromJson(Newer(FirstRun))));
    }

    [Fact]
    public void A_sweep_of_the_first_version_goes_on_and_a_newer_one_is_refused()
    {
        Assert.Equal(0.001, SweepState.FromJson(Encoding.UTF8.GetBytes(FirstSweep)).Trials[0].LearningRate);
        Refused(Assert.Throws<FormatException>(() => SweepState.FromJson(Newer(FirstSweep))));
    }

    private static byte[] Newer(string json)
    {
        var newer = JsonNode.Parse(json)!;
        newer["format"] = 99;
        return Encoding.UTF8.GetBytes(newer.ToJsonString());
    }

    private static void Refused(FormatException failure) => Assert.Contains("has format 99; this version reads up to 1. Update Pipeline.", failure.Message, StringComparison.Ordinal);
}
