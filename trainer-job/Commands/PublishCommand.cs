using System.CommandLine;
using Pipeline.Quality;
using Pipeline.Runs;
using Pipeline.Storage;
using Pipeline.TrainerJob.BaseModels;
using Pipeline.TrainerJob.Runs;
using Pipeline.TrainerJob.Training;

namespace Pipeline.TrainerJob.Commands;

/// <summary><c>publish</c>: a model that was trained elsewhere becomes a version like those trained here.</summary>
internal static class PublishCommand
{
    /// <summary>The command.</summary>
    public static Command Create(JobHost host)
    {
        var model = new Option<string>("--model") { Description = "The GPT-2: a Hugging Face folder, a model of the store or of the hub.", Required = true };
        var location = new Option<string>("--store") { Description = "Store of documents and models: a folder, a connection string or a URL.", Required = true };
        var work = new Option<string>("--work") { Description = "Folder for caches.", DefaultValueFactory = _ => ".pipeline" };
        var json = new Option<bool>("--json") { Description = "Print the result as one JSON object." };
        var command = new JobCommand("publish", "Judges a model by the store's held-out posts, exports and proves it, and publishes it as a version.")
        {
            Examples = ["publish --model ./gpt2-xl-tuned --store .pipeline/store"],
        };
        command.Add(model);
        command.Add(location);
        command.Add(work);
        command.Add(json);
        command.SetAction(async (parsed, _) =>
        {
            var settings = new TrainSettings { Store = parsed.GetRequiredValue(location), Base = parsed.GetRequiredValue(model), Work = parsed.GetRequiredValue(work) };
            var view = new PlainView(host.Error, host.Clock, quiet: false);
            var source = await TrainingSource.OpenAsync(settings, view, host, host.Stop);
            var state = await RunAsync(settings, source, view, host);
            await host.Output.WriteLineAsync(parsed.GetValue(json) ? state.ToLine() : state.Version);
            return ExitCode.Done;
        });
        return command;
    }

    private static async Task<RunState> RunAsync(TrainSettings settings, TrainingSource source, RunView view, JobHost host)
    {
        var (corpus, model) = (source.Corpus, source.Start!);
        var version = $"{corpus.Id[..8]}-{model.Identity[..8]}";
        if (await source.Destination.FindAsync(version, host.Stop) is { } published)
        {
            view.Say($"The model {version} is there already.");
            return published with { Reused = true };
        }

        var started = host.Clock.GetTimestamp();
        var run = new RunFolder(source.Destination.RunsFolder, version);
        Directory.CreateDirectory(run.Path);
        using var hold = RunLock.Take(run.Path);
        var preset = TrainingPreset.Full with { LoraRank = 0, Model = model.Shape.Architecture };
        var tokens = TokenizedCorpus.Of(corpus, model.Tokenizer);
        var index = OriginalityIndex.Build(tokens.Train.Select((ids, number) => ($"{number}", (IReadOnlyList<int>)ids)));
        var parameters = model.ReadParameters();

        // A rank of nothing: the model is looked at, and no memory is kept for gradients.
        using var engine = new OnnxTrainingEngine(model.Shape, parameters, preset);
        var loss = tokens.Validation.Count == 0 ? (double?)null : Mean(engine, tokens, model, host.Stop);
        view.Say(loss is { } nats
            ? FormattableString.Invariant($"Loss on {tokens.Validation.Count} held-out posts: {nats:0.0000} nats a token.")
            : "There is only one post, so none is held out: nothing says how good the model is.");
        var state = new RunState
        {
            Run = version,
            Version = version,
            Status = RunStatus.Finished,
            CorpusId = corpus.Id,
            ValidationLoss = loss,
            Perplexity = loss is { } mean ? Math.Exp(mean) : null,
            Tokens = tokens.TrainTokens,
            Documents = corpus.Train.Count + corpus.Validation.Count,
            Seconds = host.Clock.GetElapsedTime(started).TotalSeconds,
            Updated = host.Clock.GetUtcNow(),
        };
        var place = await new ModelFinish(settings, source.Destination, view, host.Clock)
            .RunAsync(run, new ModelInHand(model.Shape, parameters, Adapter: null, model.Tokenizer, corpus, index, model.Name, preset) { BaseFolder = model.Folder }, state, host.Stop);
        await AtomicFile.WriteAsync(run.State, state.ToJson(), host.Stop);
        await source.Destination.ShareAsync(run, host.Stop);
        view.Say($"The model {version} is in {place}.");
        return state;
    }

    private static double Mean(OnnxTrainingEngine engine, TokenizedCorpus tokens, BaseModel model, CancellationToken stop)
    {
        const int tokensPerPass = 2048;
        var blocks = PackedBlocks.Pack(tokens.Validation, model.Shape.Context, model.Tokenizer.EndOfTextId);
        return Evaluation.Run(engine, blocks, Math.Max(1, tokensPerPass / blocks.Length), stop).Mean;
    }
}
