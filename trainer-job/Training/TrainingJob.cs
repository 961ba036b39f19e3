using Pipeline.Privacy;
using Pipeline.Runs;
using Pipeline.Storage;
using Pipeline.Tracing;
using Pipeline.TrainerJob.BaseModels;
using Pipeline.TrainerJob.Checkpoints;
using Pipeline.TrainerJob.Commands;
using Pipeline.TrainerJob.Markov;
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
    private const int SamplePrompts = 2;
    private readonly TrainingPreset _preset = settings.PresetFor(start?.Shape, settings.Machine);

    /// <summary>Trains, unless the version that would come of it is there already.</summary>
    /// <param name="corpus">The texts.</param>
    /// <param name="force">Train anew even then, under the next free name.</param>
    /// <param name="stop">Asks to save and end.</param>
    /// <returns>The run's state: finished, or interrupted.</returns>
    public async Task<RunState> RunAsync(CorpusInput corpus, bool force, CancellationToken stop)
    {
        corpus = corpus with { Canaries = Canary.Plant(corpus.Id, settings.Seed, settings.Canaries) };
        var name = RunName.Of(corpus.Id, _preset, settings.Seed, start?.Identity, settings.FourBits, settings.Canaries);
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

        await using var mirror = destination.Mirror(run, view);
        await (mirror?.RestoreAsync(stop) ?? Task.CompletedTask);
        var before = File.Exists(run.State) ? RunState.FromJson(await File.ReadAllBytesAsync(run.State, stop)) : null;
        var progress = new RunProgress(run, destination, clock, before?.Seconds ?? 0, new RunState
        {
            Run = run.Name,
            Version = run.Name,
            Status = RunStatus.Running,
            CorpusId = corpus.Id,
            Preset = _preset.Name,
        }, _preset.Limits.Cost);
        try
        {
            return await WorkAsync(corpus, run, progress, mirror, stop);
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

    private async Task<RunState> WorkAsync(CorpusInput corpus, RunFolder run, RunProgress progress, CheckpointMirror? mirror, CancellationToken stop)
    {
        await AtomicFile.WriteAsync(run.Settings, RunName.SettingsFile(_preset, settings.Seed, start?.Identity, settings.FourBits, settings.Canaries), stop);
        await progress.SaveAsync(stop);
        if (ModelFamily.Of(_preset) is MarkovFamily)
        {
            return await new MarkovRun(settings, _preset, destination, view, clock).RunAsync(corpus, run, progress, stop);
        }

        var prepared = await PrepareAsync(corpus, run, stop);
        progress.State = progress.State with
        {
            Steps = prepared.Plan.Steps,
            Tokens = prepared.Tokens.TrainTokens,
            Documents = corpus.Train.Count + corpus.Validation.Count,
        };
        var checkpoints = new CheckpointStore(run.Checkpoints);
        if ((settings.SelfTest || _preset.PricePerHour is not null) && !checkpoints.Steps().Any())
        {
            TestItself(prepared, stop);
        }

        using var engine = Engine(prepared);
        var outcome = await TrainAsync(engine, prepared, run, checkpoints, progress, mirror, stop);
        progress.Take(outcome.State);
        await (mirror?.FlushAsync() ?? Task.CompletedTask);
        if (outcome is TrainingOutcome.Interrupted)
        {
            view.Say($"Saved after step {outcome.State.Step} of {prepared.Plan.Steps}. The same command goes on from here.");
            return await progress.EndAsync(RunStatus.Interrupted, error: null);
        }

        if (outcome.State.Best.BestStep is > 0 and var best)
        {
            checkpoints.LoadWeights(best, engine);
        }

        if (prepared.Held is not null)
        {
            var loss = Evaluation.Run(engine, prepared.Held, prepared.Plan.Rows, stop).Mean;
            progress.State = progress.State with { ValidationLoss = loss, Perplexity = Math.Exp(loss) };
        }

        Floor.Compare(prepared.Tokens, prepared.Shape.Vocabulary, progress.State.ValidationLoss, view, stop);
        await (mirror?.DemandAsync(stop) ?? Task.CompletedTask);
        var place = await new ModelFinish(settings, destination, view, clock)
            .RunAsync(run, new ModelInHand(prepared.Shape, engine.Parameters, engine.Adapter, prepared.Tokenizer, corpus, prepared.Index, start?.Name, _preset) { BaseFolder = start?.Folder }, progress.State, stop);
        checkpoints.KeepOnly(outcome.State.Best.BestStep > 0 ? outcome.State.Best.BestStep : outcome.State.Step);
        await (mirror?.FlushAsync() ?? Task.CompletedTask);
        view.Say($"The model {run.Name} is in {place}.");
        return await progress.EndAsync(RunStatus.Finished, error: null);
    }

    private async Task<PreparedRun> PrepareAsync(CorpusInput corpus, RunFolder run, CancellationToken stop)
    {
        using var span = Spans.Begin("train: prepare");
        return await new RunPreparation(settings, _preset, start, destination.CacheFolder, view).RunAsync(corpus, run, stop);
    }

    private ITrainableModel Engine(PreparedRun prepared) => ModelFamily.Of(_preset).Engine(prepared, _preset, settings, start);

    private void TestItself(PreparedRun prepared, CancellationToken stop)
    {
        view.Say("Self-test: learning one batch by heart ...");
        using var engine = Engine(prepared);
        var (before, after, steps) = SelfTest.Run(engine, prepared.Train, prepared.Plan, clock, stop);
        view.Say(FormattableString.Invariant($"Self-test passed: {steps} steps took its loss from {before:0.000} to {after:0.000}."));
    }

    private async Task<TrainingOutcome> TrainAsync(
        ITrainableModel engine,
        PreparedRun prepared,
        RunFolder run,
        CheckpointStore checkpoints,
        RunProgress progress,
        CheckpointMirror? mirror,
        CancellationToken stop)
    {
        var plan = prepared.Plan;
        using var span = Spans.Begin("train: steps")?.SetTag("pipeline.steps", plan.Steps);
        var sampler = new TrainingSampler(
            prepared.Tokenizer,
            prepared.Index,
            [.. SampleSheet.Prompts(prepared.Corpus).TakeLast(SamplePrompts)],
            prepared.Shape.Context,
            (double)plan.EvaluationInterval * plan.Rows * plan.Accumulation * prepared.Train.Length);
        using var recorder = new RunRecorder(run, progress);
        var outcome = await view.WatchAsync(plan.Steps, show => new TrainingLoop(
            engine,
            prepared.Train,
            prepared.Watched,
            plan,
            settings.Seed,
            checkpoints,
            clock,
            async happened =>
            {
                await recorder.RecordAsync(happened, CancellationToken.None);
                if (happened is TrainingEvent.CheckpointSaved)
                {
                    mirror?.Update();
                }

                show(happened);
            },
            sampler).RunAsync(stop));
        view.Say(RunSummary.Of(outcome, plan.Limits));
        return outcome;
    }
}
