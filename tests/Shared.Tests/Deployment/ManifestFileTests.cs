using System.Text.Json;
using Pipeline.Deployment;
using Pipeline.Runs;

namespace Pipeline.Shared.Tests.Deployment;

public sealed class ManifestFileTests
{
    private const string Yaml = """
        format: 1
        name: kitchen
        corpus:
          sources:
            - { from: https://example.org/feed.xml }
            - from: archive.zip
              kind: x
              replies: true
          quietMinutes: 0
        base: hub:distilbert/distilgpt2
        training: { preset: tiny, seed: 7, overrides: { steps: 20, learningRate: 1e-3 } }
        gates: { mode: report, forbiddenWords: [gin, "dry martini"] }
        rollout: { strategy: canary, weights: { stable: 80, candidate: 20 }, hours: 6 }
        sensors:
          - { name: begin, on: start, do: train }
          - { name: unloved, on: metric, when: reward.mean(5m) < 0.5, do: rollback }
        routes:
          write: { function: sample, defaults: { temperature: 0.7, title: Soup } }
        schedules: { watch: "0 */5 * * * *", timeZone: Europe/Vienna }
        """;

    [Fact]
    public void Every_preset_of_the_trainer_may_be_asked_for()
    {
        Assert.All(PresetNames.All, name => Assert.Equal(name, ManifestFile.Parse(Yaml.Replace("preset: tiny", $"preset: {name}", StringComparison.Ordinal), "d.yaml").Training.Preset));
    }

    [Fact]
    public void A_deployment_is_read_from_YAML_with_everything_it_says()
    {
        var manifest = ManifestFile.Parse(Yaml, "d.yaml");

        Assert.Equal(("kitchen", "hub:distilbert/distilgpt2"), (manifest.Name, manifest.Base));
        Assert.Equal(("archive.zip", "x", true, false), (manifest.Corpus.Sources[1].From, manifest.Corpus.Sources[1].Kind, manifest.Corpus.Sources[1].Replies, manifest.Corpus.Sources[1].Quotes));
        Assert.Equal(0.001, manifest.Training.Overrides["learningRate"]);
        Assert.Equal(["gin", "dry martini"], manifest.Gates.ForbiddenWords);
        Assert.Equal(new WeightsPart(80, 20), manifest.Rollout.Weights);
        Assert.Equal("reward.mean(5m) < 0.5", manifest.Sensors[1].When);
        Assert.Equal("Soup", manifest.Routes["write"].Defaults["title"].GetString());
        Assert.Equal("Europe/Vienna", manifest.Schedules.TimeZone);
    }

    [Fact]
    public void JSON_says_the_same_and_what_is_written_is_read_back()
    {
        var manifest = ManifestFile.Parse(Yaml, "d.yaml");
        var json = System.Text.Encoding.UTF8.GetString(manifest.ToJson());

        Assert.Equal(json, System.Text.Encoding.UTF8.GetString(ManifestFile.Parse(json, "d.json").ToJson()));
        Assert.Equal(json, System.Text.Encoding.UTF8.GetString(DeploymentManifest.FromJson(manifest.ToJson()).ToJson()));
        Assert.Contains("has format 2", Assert.Throws<FormatException>(() => DeploymentManifest.FromJson("""{"format":2,"corpus":{"blog":"x"}}"""u8)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("preset: tiny", "preset: huge", "d.yaml:11:21: training.preset is 'huge'; it must be one of tiny, small, full.")]
    [InlineData("name: kitchen", "nam: kitchen", "d.yaml:2:1: the deployment has no 'nam'; there are ")]
    [InlineData("format: 1", "format: 2", "d.yaml:1:9: format is 2; it must be 1.")]
    [InlineData("steps: 20", "steps: many", "d.yaml:11:56: training.overrides.steps is 'many'; it must be a whole number.")]
    [InlineData("candidate: 20", "candidate: 30", "d.yaml:13:39: rollout.weights must sum to 100.")]
    [InlineData("strategy: canary", "strategy: best", "d.yaml:13:22: rollout.strategy is 'best'; it must be canary.")]
    [InlineData("when: reward.mean(5m) < 0.5, ", "", "d.yaml:16:5: sensors[1] has no 'when', which it needs.")]
    [InlineData("reward.mean(5m) < 0.5", "reward.average < 1", "d.yaml:16:40: 'reward.average < 1' is no threshold")]
    [InlineData("name: unloved", "name: begin", "d.yaml:16:13: there is another sensor 'begin'")]
    [InlineData("Europe/Vienna", "Mars/Base", "'Mars/Base', which is no IANA zone")]
    [InlineData("write:", "Write It:", "routes has no 'Write It'; names are like ")]
    [InlineData("name: kitchen", "format: 1", "d.yaml:2:1: 'format' stands here a second time.")]
    [InlineData("name: kitchen", "name: *kitchen", "an alias (*name) stands here")]
    [InlineData("name: kitchen", "name: [", "is neither YAML nor JSON")]
    public void What_is_wrong_is_told_with_its_line_and_column(string right, string wrong, string expected)
    {
        var exception = Assert.Throws<ManifestException>(() => ManifestFile.Parse(Yaml.Replace(right, wrong, StringComparison.Ordinal), "d.yaml"));

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        Assert.All(exception.Problems, problem => Assert.StartsWith("d.yaml:", problem, StringComparison.Ordinal));
    }

    [Fact]
    public void Everything_that_is_wrong_is_told_at_once()
    {
        var exception = Assert.Throws<ManifestException>(() => ManifestFile.Parse("format: one\ncorpus: {}\ntraining: []\n", "d.yaml"));

        Assert.Equal(3, exception.Problems.Count);
        Assert.Equal("d.yaml:2:9: corpus needs one of blog, sources.", exception.Problems[1]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("format: 1\n---\nformat: 1\n")]
    [InlineData("- 1\n")]
    public void What_is_no_single_object_is_refused(string text) => Assert.Throws<ManifestException>(() => ManifestFile.Parse(text, "d.yaml"));

    [Fact]
    public void Values_within_values_without_end_are_refused() =>
        Assert.Throws<ManifestException>(() => ManifestFile.Parse($"format: 1\nname: {new string('[', 5000)}", "d.yaml"));

    [Fact]
    public void The_schema_knows_every_member_that_is_read_and_no_other()
    {
        using var schema = JsonDocument.Parse(ManifestFile.Schema);

        var names = schema.RootElement.GetProperty("properties").EnumerateObject().Select(property => property.Name).Where(name => name != "$schema");
        Assert.Equal(
            typeof(DeploymentManifest).GetProperties().Select(property => JsonNamingPolicy.CamelCase.ConvertName(property.Name)).Order(StringComparer.Ordinal),
            names.Order(StringComparer.Ordinal));
    }
}
