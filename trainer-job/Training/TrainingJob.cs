using Pipeline.Generation;
using Pipeline.Storage;
using Pipeline.Tokenization;
using Pipeline.TrainerJob.BaseModels;
using Pipeline.TrainerJob.Checkpoints;
using Pipeline.TrainerJob.Commands;
using Pipeline.TrainerJob.Models;
using Pipeline.TrainerJob.Runs;

namespace Pipeline.TrainerJob.Training;

/// <summary>One run from a corpus to a published model: tokenizer, tokens, training, model folder.</summary>
/// <param name="settings">What to do.</param>
/// <param name="start">What training begins with; null for nothing.</param>
/// <param name="destination">Where the model goes.</param>
/// <param name="view">Tells people.</param>
/// <param name="clock">The time.</param>
internal sealed class TrainingJob(TrainSettings settings, BaseModel? start, ModelDestination destination, RunView view, TimeProvider clock)
{
    private const double MostCharactersPerVocabularyEntry = 60;
    private const int VocabularyMultiple = 64;
    private const int ValidationBatches = 3;

    private readonly TrainingPreset _preset = settings.PresetFor(start?.Shape);

    /// <summary>Trains, unless the version that would come of it is there already.</summary>
    /// <param name="corpus">The texts.</param>
    /// <param name="force">Train anew even then, under the next free name.</param>
    /// <param name="stop">Asks to save and end.</param>
    /// <returns>The run's state: finished, or interrupted.</returns>
    public async Task<RunState> RunAsync(CorpusInput corpus, bool force, CancellationToken stop)
    {
        var name = RunName.Of(corpus.Id, _preset, settings.Seed, start?.Identity);
        var number = 1;
        while (await destination.FindAsync(RunName.Repeated(name, number), stop) is { } published)
        {
            if (!force)
            {
                view.Say($"The model {published.Version} of this corpus with these settings is there already; --force trains anew.");
                return published with { Reused = true };
            }

            number++;
        }

        var run = new RunFolder(destination.RunsFolder, RunName.Repeated(name, number));
        Directory.CreateDirectory(run.Path);
        using var hold = RunLock.Take(run.Path);

        // Another process may have published while this one came for the lock.
        if (await destination.FindAsync(run.Name, stop) is { } meanwhile)
        {
            return meanwhile with { Reused = true };
        }

        var before = File.Exists(run.State) ? RunState.FromJson(await File.ReadAllBytesAsync(run.State, stop)) : null;
        var progress = new RunProgress(run, destination, clock, before?.Seconds ?? 0, new RunState
        {
            Run = run.Name,
            Version = run.Name,
            Status = RunStatus.Running,
            CorpusId = corpus.Id,
            Preset = _preset.Name,
        });
        try
        {
            return await WorkAsync(corpus, run, progress, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return await progress.EndAsync(RunStatus.Interrupted, error: null);
        }
        catch (Exception exception)
        {
            await RecordFailureAsync(progress, exception);
            throw;
        }
    }

    private async Task RecordFailureAsync(RunProgress progress, Exception failure)
    {
        try
        {
            await progress.EndAsync(RunStatus.Failed, failure.Message);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A full disk, say: the first failure is the one to hear of.
            view.Warn($"The run's state could not be written: {exception.Message}");
        }

        if (failure is IOException or UnauthorizedAccessException)
        {
            view.Warn("What was saved before is intact: once the cause is gone, the same command goes on from the last checkpoint.");
        }
    }

    private async Task<RunState> WorkAsync(CorpusInput corpus, RunFolder run, RunProgress progress, CancellationToken stop)
    {
        await AtomicFile.WriteAsync(run.Settings, RunName.Settings(_preset, settings.Seed, start?.Identity), stop);
        await progress.SaveAsync(stop);

        var tokenizer = start?.Tokenizer ?? Tokenizer(corpus, run, stop);
        var tokens = await new TokenCache(Path.Combine(destination.CacheFolder, "tokens"))
            .GetAsync(corpus.Id, tokenizer.Fingerprint, () => TokenizedCorpus.Of(corpus, tokenizer), stop);
        var preset = _preset;
        var shape = start?.Shape ?? new ModelShape(preset.Layers, preset.Heads, preset.Width, preset.Context, tokenizer.VocabularySize);
        var train = PackedBlocks.Pack(tokens.Train, preset.Context, tokenizer.EndOfTextId);
        var held = tokens.Validation.Count == 0 ? null : PackedBlocks.Pack(tokens.Validation, preset.Context, tokenizer.EndOfTextId);
        var plan = TrainingPlan.For(preset, train.Count, held is not null);
        var watched = held is null
            ? null
            : PackedBlocks.Pack(Evaluation.Sample(tokens.Validation, (long)ValidationBatches * plan.Rows * preset.Context), preset.Context, tokenizer.EndOfTextId);
        ResourceCheck.Demand(
            shape, plan.Rows, train.Length, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, new DriveInfo(Path.GetFullPath(run.Path)).AvailableFreeSpace, run.Path);
        progress.State = progress.State with { Steps = plan.Steps, Tokens = tokens.TrainTokens, Documents = corpus.Train.Count + corpus.Validation.Count };
        Describe(shape, plan, tokens, train);

        var parameters = start?.ReadParameters() ?? Gpt2Initializer.Random(shape, settings.Seed);
        using var engine = new OnnxTrainingEngine(shape, parameters, preset);
        var checkpoints = new CheckpointStore(run.Checkpoints);
        var outcome = await TrainAsync(engine, train, watched, plan, run, checkpoints, progress, stop);
        progress.Take(outcome.State);
        if (outcome is TrainingOutcome.Interrupted)
        {
            view.Say($"Saved after step {outcome.State.Step} of {plan.Steps}. The same command goes on from here.");
            return await progress.EndAsync(RunStatus.Interrupted, error: null);
        }

        if (outcome.State.Best.BestStep is > 0 and var best)
        {
            checkpoints.LoadWeights(best, engine);
        }

        if (held is not null)
        {
            var loss = Evaluation.Run(engine, held, plan.Rows, stop).Mean;
            progress.State = progress.State with { ValidationLoss = loss, Perplexity = Math.Exp(loss) };
        }

        var place = await new ModelFinish(settings, destination, view)
            .RunAsync(run, new ModelInHand(shape, parameters, tokenizer, corpus, start?.Name, preset), progress.State, stop);
        checkpoints.KeepOnly(outcome.State.Best.BestStep > 0 ? outcome.State.Best.BestStep : outcome.State.Step);
        view.Say($"The model {run.Name} is in {place}.");
        return await progress.EndAsync(RunStatus.Finished, error: null);
    }

    private async Task<TrainingOutcome> TrainAsync(
        OnnxTrainingEngine engine,
        PackedBlocks train,
        PackedBlocks? watched,
        TrainingPlan plan,
        RunFolder run,
        CheckpointStore checkpoints,
        RunProgress progress,
        CancellationToken stop)
    {
        using var recorder = new RunRecorder(run, progress);
        var outcome = await view.WatchAsync(plan.Steps, show => new TrainingLoop(
            engine, train, watched, plan, settings.Seed, checkpoints, clock, async happened =>
            {
                await recorder.RecordAsync(happened, CancellationToken.None);
                show(happened);
            }).RunAsync(stop));
        if (outcome is TrainingOutcome.Finished { StoppedEarly: true, State: var state })
        {
            view.Say($"Stopped at step {state.Step}: the validation loss has not fallen since step {state.Best.BestStep}.");
        }

        return outcome;
    }

    private BpeTokenizer Tokenizer(CorpusInput corpus, RunFolder run, CancellationToken stop)
    {
        if (Directory.Exists(run.Tokenizer))
        {
            return BpeTokenizer.Load(run.Tokenizer);
        }

        var wanted = (int)(corpus.Characters / MostCharactersPerVocabularyEntry) / VocabularyMultiple * VocabularyMultiple;
        var size = Math.Clamp(wanted, _preset.MinVocabulary, _preset.MaxVocabulary);
        view.Say($"Learning a vocabulary of up to {size} tokens ...");
        var tokenizer = BpeTrainer.Train(corpus.Train, size, stop);
        var writing = run.Tokenizer + ".writing";
        if (Directory.Exists(writing))
        {
            Directory.Delete(writing, recursive: true);
        }

        tokenizer.Save(writing);
        Directory.Move(writing, run.Tokenizer);
        return tokenizer;
    }

    private void Describe(ModelShape shape, TrainingPlan plan, TokenizedCorpus tokens, PackedBlocks train)
    {
        if (start is not null)
        {
            view.Say($"Base: {start.Name} ({start.Identity}), with its own vocabulary.");
        }

        view.Say(FormattableString.Invariant(
            $"Model: {shape.Layers} layers, {shape.Width} wide, context {shape.Context}, vocabulary {shape.Vocabulary}: {shape.Parameters / 1e6:0.00} million parameters."));
        view.Say(FormattableString.Invariant(
            $"Text: {tokens.Train.Count} posts, {tokens.TrainTokens:#,0} tokens in {train.Count} blocks of {train.Length}; {tokens.Validation.Count} posts held out."));
        view.Say(FormattableString.Invariant(
            $"Plan: {plan.Steps} steps of {plan.Rows * plan.Accumulation} blocks, learning rate {plan.Schedule.Peak}, an evaluation every {plan.EvaluationInterval} steps."));
        if (tokens.Validation.Count == 0)
        {
            view.Warn("There is only one post, so none is held out: the training loss alone says how good the model is.");
        }
    }
}
