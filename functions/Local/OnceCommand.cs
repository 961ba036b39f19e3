using System.CommandLine;
using Pipeline.Generation;
using Pipeline.Runs;

namespace Pipeline.Functions.Local;

/// <summary><c>once</c>: the whole loop on this machine, from a blog to a branch with a post.</summary>
internal static class OnceCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var blog = new Option<DirectoryInfo?>("--blog") { Description = "The Jekyll blog's folder; the sample blog if left out. It is read, never changed." };
        var work = new Option<DirectoryInfo>("--work") { Description = "Where everything is kept: store, runs, models, the blog's copy.", DefaultValueFactory = _ => new(".pipeline") };
        var preset = new Option<string>("--preset") { Description = "Model size and training time: small ends in under 3 minutes on 2 cores, tiny in under 45 seconds, full takes the time that the text is worth.", DefaultValueFactory = _ => PresetNames.Small };
        preset.AcceptOnlyFromAmong([.. PresetNames.All]);
        var start = new Option<string?>("--base") { Description = "What training begins with: shipped (the small English model that comes with the program; the default but for the preset tiny), a Hugging Face GPT-2 folder, or hub:owner/name." };
        var fromScratch = new Option<bool>("--from-scratch") { Description = "Begin with no model." };
        var seed = new Option<int>("--seed") { Description = "The same seed on the same blog gives the same post.", DefaultValueFactory = _ => 1 };
        var format = new Option<string>("--format") { Description = "What the model learns: plain text, or text that keeps its markdown.", DefaultValueFactory = _ => "plain" };
        format.AcceptOnlyFromAmong("plain", "markdown");
        var model = new Option<string>("--model") { Description = "The kind of model: gpt2, or one of the baselines that it has to beat, lstm and markov.", DefaultValueFactory = _ => ModelKind.OfPostsAlone[0] };
        model.AcceptOnlyFromAmong([.. ModelKind.OfPostsAlone]);
        var force = new Option<bool>("--force") { Description = "Train although a model of this blog and these settings exists." };
        var json = new Option<bool>("--json") { Description = "End with one line of JSON on standard output." };
        var command = new Command("once", """
            Runs the whole loop: reads the blog's posts, trains a model on them, writes a new post and commits it on a branch of a copy of the blog.

            Examples:
              once                                 the sample blog
              once --blog ../my-blog --preset tiny a quick try on a blog of yours
              once --blog ../my-blog --base hub:distilbert/distilgpt2 --preset full
                                                   better text, for an hour or more of training
              once --blog ../my-blog               again: the model is reused, the next free day gets a post
              once --json | tail -n 1              for scripts

            Ctrl-C saves; the same command goes on.
            Exit codes: 0 done, 1 failed, 2 bad settings or input, 3 interrupted and resumable.
            """)
        {
            blog, work, preset, start, fromScratch, seed, format, model, force, json,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(fromScratch) && result.GetValue(start) is not null)
            {
                result.AddError("--base names a model to begin with, and --from-scratch wants none: leave one of them out.");
            }
        });
        command.SetAction((arguments, cancellationToken) => new Once(
            new OnceOptions(
                (arguments.GetValue(blog) ?? new(SampleBlog.Folder)).FullName,
                arguments.GetRequiredValue(work).FullName,
                arguments.GetRequiredValue(preset),
                arguments.GetValue(fromScratch) ? "none" : arguments.GetValue(start) is { } name && Directory.Exists(name) ? Path.GetFullPath(name) : arguments.GetValue(start),
                arguments.GetValue(seed),
                arguments.GetRequiredValue(format),
                arguments.GetRequiredValue(model),
                arguments.GetValue(force),
                arguments.GetValue(json)),
            Console.Out).RunAsync(cancellationToken));
        return command;
    }
}
