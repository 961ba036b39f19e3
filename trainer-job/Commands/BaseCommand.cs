using System.CommandLine;
using Pipeline.Runs;
using Pipeline.TrainerJob.BaseMaking;
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
        var steps = new Option<int>("--steps") { Description = "Steps of 4,096 tokens.", DefaultValueFactory = _ => BaseRecipe.Steps };
        var trained = new Option<string?>("--trained") { Description = "Train nothing: package this model folder, which a run of these texts made." };
        var command = new JobCommand(
            "base",
            "Trains a small GPT-2 on free texts, from nothing, and packages it to begin fine-tuning with. It takes hours; stopped, it goes on where it was.")
        {
            Examples = ["base --texts ../shared/pretrain --output trainer-job/base"],
        };
        foreach (var option in (Option[])[texts, output, work, steps, trained])
        {
            command.Add(option);
        }

        command.SetAction((parsed, _) => RunAsync(
            parsed.GetRequiredValue(texts), parsed.GetRequiredValue(output), parsed.GetRequiredValue(work), parsed.GetValue(steps), parsed.GetValue(trained), host));
        return command;
    }

    private static async Task<int> RunAsync(string folder, string output, string work, int steps, string? trained, JobHost host)
    {
        var view = new PlainView(host.Error, host.Clock, quiet: false);
        var texts = BaseTexts.Read(folder);
        view.Say($"{texts.Train.Count} documents to learn from, {texts.Validation.Count} held out.");
        var model = trained ?? Path.Combine(work, "base");
        if (trained is null)
        {
            var settings = BaseRecipe.Settings(model, work, steps);
            var state = await new TrainingJob(settings, start: null, new FolderDestination(model, work), view, host.Clock).RunAsync(texts.Corpus, force: false, host.Stop);
            if (state.Status == RunStatus.Interrupted)
            {
                return ExitCode.Interrupted;
            }
        }

        var score = await BasePackage.WriteAsync(model, texts, output, $"dotnet run -c Release --project trainer-job -- base --texts TEXTS --output {output} --steps {steps}", host.Stop);
        view.Say(FormattableString.Invariant($"{output}: {score.Loss:0.0000} nats a token, {score.LossPerCharacter:0.0000} a character on {score.Documents} held-out texts."));
        return ExitCode.Done;
    }
}
