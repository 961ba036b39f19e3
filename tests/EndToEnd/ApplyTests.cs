using Pipeline.Testing;

namespace Pipeline.EndToEnd;

public sealed class ApplyTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public async Task A_deployment_is_applied_until_the_best_of_two_models_serves()
    {
        var token = TestContext.Current.CancellationToken;
        await File.WriteAllTextAsync(_temporary.Sub("deployment.yaml"), $$"""
            format: 1
            name: lighthouse
            corpus:
              sources:
                - from: {{Path.Combine(ProjectFolders.Root, "tests", "SampleBlog")}}
              quietMinutes: 0
            training: { preset: tiny, seed: 3, overrides: { steps: 6 } }
            gates: { mode: report, candidates: 1, length: 24 }
            rollout: { strategy: best, of: 2, metric: perplexity }
            sensors:
              - { name: begin, on: start, do: train }
              - { name: post, on: event, event: model.promoted, do: publish }
              - { name: unloved, on: metric, when: "reward.mean(5m) < 0.5", do: rollback }
            routes:
              write: { function: sample, defaults: { temperature: 0, length: 8 } }
            """, token);
        string[] apply = ["apply", _temporary.Sub("deployment.yaml"), "--work", _temporary.Sub("work"), "--watch"];

        var run = await Programs.RunAsync(Programs.Functions, apply, token);

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Contains("begin: The deployment was applied. Training ", run.Output, StringComparison.Ordinal);
        Assert.Contains("Model 2 of 2 is trained, with seed 4.", run.Output, StringComparison.Ordinal);
        Assert.Contains("post: ", run.Output, StringComparison.Ordinal);
        Assert.Contains(" was written.", run.Output, StringComparison.Ordinal);
        Assert.StartsWith("serving ", run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1], StringComparison.Ordinal);
        Assert.Equal(2, Directory.GetFiles(_temporary.Sub("work", "store", "models"), "manifest.json", SearchOption.AllDirectories).Length);

        // Applied again it finds its work done.
        var again = await Programs.RunAsync(Programs.Functions, apply, token);
        Assert.True(again.ExitCode == 0, again.ToString());
        Assert.DoesNotContain("Model 2 of 2", again.Output, StringComparison.Ordinal);
        Assert.StartsWith("serving ", again.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deployment_that_is_wrong_is_refused_with_its_lines_and_changes_nothing()
    {
        var token = TestContext.Current.CancellationToken;
        await File.WriteAllTextAsync(_temporary.Sub("deployment.json"), "{\n  \"format\": 1,\n  \"corpus\": { \"blog\": \"x\" },\n  \"rollout\": { \"strategy\": \"sometimes\" }\n}\n", token);

        var run = await Programs.RunAsync(Programs.Functions, ["apply", _temporary.Sub("deployment.json"), "--work", _temporary.Sub("work")], token);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("deployment.json:4:28: rollout.strategy is 'sometimes'; it must be one of direct, canary, shadow, best.", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_temporary.Sub("work")));
    }
}
