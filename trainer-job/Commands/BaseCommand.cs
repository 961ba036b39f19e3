using System.CommandLine;
using Pipeline.Runs;
using Pipeline.TrainerJob.BaseMaking;
using Pipeline.TrainerJob.BaseModels;
using Pipeline.TrainerJob.Runs;
using Pipeline.TrainerJob.Training;

namespace Pipeline.TrainerJob.Commands;

/// <summary><c>base</c>: makes the base model that comes with this program.</summary>
internal static class BaseCommand
{
    /// <summary>The command.</summary>
    public static Command Create(JobHost host)
    {
        var texts = new Option<string>("--texts") { Description = "Folder of train*.jsonl.gz and validation.jsonl.gz: an object with text, title, source, kind and license a line.", Required = true };
        var output = new Option<string>("--output") { Description = "Folder for weights, tokenizer and model card.", Required = true };
        var work = new Option<string>("--work") { Description = "Folder for the run and its checkpoints.", DefaultValueFactory = _ => ".pipeline" };
        var steps = new Option<int>("--steps") { Description = "Steps of 4,096 tokens.", DefaultValueFactory = _ => BaseRecipe.UsualSteps };
        var from = new Option<string?>("--from") { Description = "Go on from this folder, which `base` made, instead of from nothing." };
        var rate = new Option<double?>("--learning-rate") { Description = "The highest learning rate. Usual: 0.0015 from nothing, 0.0006 going on." };
        var repeats = new Option<int>("--repeats") { Description = $"How often texts of the kind {BaseTexts.RepeatedKind} come for each time that others come.", DefaultValueFactory = _ => BaseTexts.UsualRepeats };
        var trained = new Option<string?>("--trained") { Description = "Train nothing: package this model folder, which a run of these texts made." };
        var command = new JobCommand(
            "base",
            "Trains a small GPT-2 on free texts and packages it to begin fine-tuning with. It takes hours; stopped, it goes on where it was.")
        {
            Examples = ["base --texts texts --output trainer-job/base", "base --texts texts --output better --from trainer-job/base --steps 1000"],
        };
        foreach (var option in (Option[])[texts, output, work, steps, from, rate, repeats, trained])
        {
            command.Add(option);
        }

        command.SetAction((parsed, _) => RunAsync(
            BaseTexts.Read(parsed.GetRequiredValue(texts), parsed.GetValue(repeats)),
            new BaseRecipe(parsed.GetValue(steps), parsed.GetValue(rate), parsed.GetValue(from)),
            parsed.GetRequiredValue(output), parsed.GetRequiredValue(work), parsed.GetValue(trained), host));
        return command;
    }

    private static async Task<int> RunAsync(BaseTexts texts, BaseRecipe recipe, string output, string work, string? trained, JobHost host)
    {
        var view = new PlainView(host.Error, host.Clock, quiet: false);
        view.Say($"{texts.Train.Count} documents to learn from, {texts.Validation.Count} held out.");
        var before = recipe.From is { } made ? BaseSitting.Read(made) : [];
        var model = trained ?? Path.Combine(work, "base");
        if (trained is null)
        {
            var settings = recipe.Settings(model, work);
            var start = recipe.From is { } from ? await BaseModel.OpenAsync(ShippedBase.Name, from, host.Stop) : null;
            var state = await new TrainingJob(settings, start, new FolderDestination(model, work), view, host.Clock).RunAsync(texts.Corpus, force: false, host.Stop);
            if (state.Status == RunStatus.Interrupted)
            {
                return ExitCode.Interrupted;
            }
        }

        var score = await BasePackage.WriteAsync(model, texts, output, before, recipe.HighestLearningRate, host.Stop);
        view.Say(FormattableString.Invariant($"{output}: {score.Loss:0.0000} nats a token, {score.LossPerCharacter:0.0000} a character on {score.Documents} held-out texts."));
        return ExitCode.Done;
    }
}
