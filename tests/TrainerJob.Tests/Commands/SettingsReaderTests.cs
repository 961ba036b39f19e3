using Pipeline.Generation;
using Pipeline.Testing;
using Pipeline.TrainerJob.Commands;
using Pipeline.TrainerJob.Training;
using Pipeline.TrainerJob.Training.Engine;

namespace Pipeline.TrainerJob.Tests.Commands;

public sealed class SettingsReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Without_anything_said_the_preset_is_small()
    {
        Assert.Equal(TrainingPreset.Small, Read(null, [], []).Preset);
    }

    [Fact]
    public void The_command_line_wins_over_the_environment_and_that_over_the_file()
    {
        var settings = Read(
            """{ "preset": "tiny", "seed": 3, "learningRate": 0.25, "steps": 10, "layers": 2 }""",
            new() { ["PIPELINE_STEPS"] = "20", ["PIPELINE_LAYERS"] = "5", ["PIPELINE_LEARNING_RATE"] = "" },
            new() { ["layers"] = "7" });

        Assert.Equal((3UL, "tiny", 0.25, 20, 7), (settings.Seed, settings.Preset.Name, settings.Preset.LearningRate, settings.Preset.Steps, settings.Preset.Layers));
    }

    [Fact]
    public void A_preset_named_late_does_not_undo_numbers_named_early()
    {
        var settings = Read("""{ "steps": 10 }""", [], new() { ["preset"] = "tiny" });

        Assert.Equal(TrainingPreset.Tiny with { Steps = 10 }, settings.Preset);
    }

    [Theory]
    [InlineData("distilgpt2", 82)]
    [InlineData("gpt2", 124)]
    [InlineData("gpt2-medium", 355)]
    [InlineData("gpt2-large", 774)]
    [InlineData("gpt2-xl", 1558)]
    public void The_published_sizes_go_by_their_names(string name, int millions)
    {
        var preset = Read(null, new() { ["PIPELINE_SHAPE"] = name }, new() { ["learningRate"] = "0.001" }).Preset;

        // With GPT-2's own vocabulary, as published.
        var shape = new ModelShape(preset.Layers, preset.Heads, preset.Width, preset.Context, 50257);
        Assert.Equal(millions, (int)Math.Round(shape.Parameters / 1e6));
        Assert.Equal(0.001, preset.LearningRate);
    }

    [Theory]
    [InlineData("learningrate", "learningRate")]
    [InlineData("sead", "seed")]
    [InlineData("learning_rate", "learningRate")]
    [InlineData("vocab", "vocabulary")]
    public void An_unknown_key_is_named_with_the_nearest_known_one(string key, string nearest)
    {
        var message = Assert.Throws<InputException>(() => Read($$"""{ "{{key}}": 1 }""", [], [])).Message;

        Assert.Contains($"'{key}'", message, StringComparison.Ordinal);
        Assert.Contains($"'{nearest}'", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "steps": "many" }""", "steps")]
    [InlineData("""{ "steps": 1e99 }""", "steps")]
    [InlineData("""{ "steps": 0 }""", "steps must be 1 or more")]
    [InlineData("""{ "steps": [1] }""", "steps")]
    [InlineData("""{ "preset": "huge" }""", "tiny, small, full")]
    [InlineData("""{ "shape": "gpt3" }""", "gpt2-xl")]
    [InlineData("""{ "minutes": 0, "maxCost": 2 }""", "maxCost needs pricePerHour")]
    [InlineData("""{ "device": "tpu" }""", "no device")]
    [InlineData("""{ "precision": "fp8" }""", "fp32, fp16, bf16")]
    [InlineData("""{ "schedule": "stairs" }""", "cosine or linear")]
    [InlineData("""{ "checkpointMinutes": 0 }""", "checkpointMinutes")]
    [InlineData("""{ "fromScratch": "perhaps" }""", "fromScratch")]
    [InlineData("""{ "width": 130, "heads": 4 }""", "multiple of heads")]
    [InlineData("""{ "learningRate": -1, "rows": 0 }""", "rows must be")]
    [InlineData("""{ "vocabulary": 100 }""", "vocabulary must be")]
    [InlineData("""[]""", "JSON object")]
    [InlineData("""{ "steps": """, "not JSON")]
    public void A_bad_value_is_refused_by_name(string json, string complaint)
    {
        Assert.Contains(complaint, Assert.Throws<InputException>(() => Read(json, [], [])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", "shipped")]
    [InlineData("""{ "preset": "full" }""", "shipped")]
    [InlineData("""{ "preset": "tiny" }""", null)]
    [InlineData("""{ "preset": "tiny", "base": "shipped" }""", "shipped")]
    [InlineData("""{ "base": "hub:owner/name" }""", "hub:owner/name")]
    [InlineData("""{ "base": "none" }""", null)]
    [InlineData("""{ "fromScratch": true, "base": "hub:owner/name" }""", null)]
    [InlineData("""{ "layers": 3 }""", null)]
    [InlineData("""{ "shape": "gpt2" }""", null)]
    [InlineData("""{ "context": 64, "learningRate": 0.01 }""", "shipped")]
    public void Training_begins_with_the_shipped_model_unless_the_settings_want_another_or_none(string json, string? model)
    {
        Assert.Equal(model, Read(json, [], []).Base);
    }

    [Fact]
    public void The_number_of_layers_that_may_be_frozen_is_the_base_models_to_say()
    {
        var settings = Read("""{ "freeze": 11 }""", [], []);

        Assert.Equal(11, settings.PresetFor(ModelShape.Gpt2, new MachineMemory(long.MaxValue, ExecutionDevice.Cpu)).Freeze);
        Assert.Contains("freeze", Assert.Throws<InputException>(() => settings.PresetFor(ModelShape.Gpt2 with { Layers = 6 }, new MachineMemory(long.MaxValue, ExecutionDevice.Cpu))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_settings_file_is_said()
    {
        var message = Assert.Throws<InputException>(() => SettingsReader.Read(_folder.Sub("none.json"), _ => null, new Dictionary<string, string>())).Message;

        Assert.Contains("none.json", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_follow_one_rule_in_all_three_places()
    {
        var setting = TrainSetting.All.Single(setting => setting.Key == "evaluationsPerEpoch");

        Assert.Equal(("--evaluations-per-epoch", "PIPELINE_EVALUATIONS_PER_EPOCH"), (setting.Option, setting.Variable));
    }

    private TrainSettings Read(string? json, Dictionary<string, string> environment, Dictionary<string, string> options)
    {
        var file = json is null ? null : _folder.Sub("settings.json");
        if (file is not null)
        {
            File.WriteAllText(file, json);
        }

        return SettingsReader.Read(file, name => environment.GetValueOrDefault(name), options);
    }
}
