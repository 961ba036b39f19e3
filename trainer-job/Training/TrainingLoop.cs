using Pipeline.TrainerJob.Checkpoints;
using Pipeline.TrainerJob.Training.Engine;

namespace Pipeline.TrainerJob.Training;

/// <summary>Steps, evaluations and checkpoints until the budget is spent or the validation loss no longer falls.</summary>
internal sealed class TrainingLoop(
    ITrainingEngine engine,
    ITrainingText train,
    ITrainingText? validation,
    TrainingPlan plan,
    ulong seed,
    CheckpointStore checkpoints,
    TimeProvider clock,
    Func<TrainingEvent, Task> report,
    TrainingSampler? sampler = null)
{
    private const int StepsBeforeForecast = 10;

    private readonly Func<long, int> _order = train.Order(seed);
    private readonly TrainingBatch[] _batches = [.. Enumerable.Range(0, plan.Accumulation).Select(_ => new TrainingBatch(plan.Rows, train.Length))];

    /// <summary>Runs from the newest whole checkpoint, or from the start.</summary>
    /// <param name="stop">Asks the loop to save and return after the step in hand.</param>
    /// <exception cref="TrainingDivergedException">Too many steps in a row could not be taken.</exception>
    public async Task<TrainingOutcome> RunAsync(CancellationToken stop)
    {
        var restored = await BeginAsync();
        var state = restored ?? CheckpointState.Start(seed);
        var saved = restored?.Step;
        var lastSave = clock.GetTimestamp();
        var first = state;
        StopReason? reason;
        while ((reason = Ending(state)) is null)
        {
            if (stop.IsCancellationRequested)
            {
                if (saved != state.Step)
                {
                    await SaveAsync(state);
                }

                return new TrainingOutcome.Interrupted(state);
            }

            if (await StepAsync(state, stop) is not { } next)
            {
                continue;
            }

            state = next;
            var improved = state.Best.BestStep == state.Step;
            if (improved || Ending(state) is not null || clock.GetElapsedTime(lastSave) >= plan.CheckpointInterval)
            {
                await SaveAsync(state);
                saved = state.Step;
                lastSave = clock.GetTimestamp();
            }

            if (state.Step == first.Step + StepsBeforeForecast)
            {
                await ForecastAsync(first, state);
            }
        }

        return new TrainingOutcome.Finished(state, reason.Value);
    }

    private async Task<CheckpointState?> BeginAsync()
    {
        List<string> warnings = [];
        var state = checkpoints.Restore(engine, seed, warnings.Add);
        foreach (var warning in warnings)
        {
            await report(new TrainingEvent.Warned(warning));
        }

        if (state is not null)
        {
            engine.GoOnAfter(state.Updates);
            await report(new TrainingEvent.Resumed(state.Step));
        }

        return state;
    }

    private StopReason? Ending(CheckpointState state) =>
        state.Step >= plan.Steps ? StopReason.Steps
        : validation is not null && state.Best.EvaluationsSince >= plan.Patience ? StopReason.NoGain
        : plan.Limits.Reached(state.Seconds, state.Copied);

    /// <summary>Says early that a limit will cut the schedule short: the learning rate should have come down by the end.</summary>
    private async Task ForecastAsync(CheckpointState first, CheckpointState state)
    {
        var pace = (state.Seconds - first.Seconds) / StepsBeforeForecast;
        if (plan.Limits.LongestTime is { } time && pace > 0 && first.Step + (time.TotalSeconds - first.Seconds) / pace is var reach && reach < plan.Steps * 0.9)
        {
            await report(new TrainingEvent.Warned(FormattableString.Invariant(
                $"At this speed the limit ends the run after about {reach:0} of {plan.Steps} steps, before the learning rate has come down; --steps {Math.Max(1, reach):0} would end it in time.")));
        }
    }

    private async Task SaveAsync(CheckpointState state)
    {
        checkpoints.Save(state, engine);
        await report(new TrainingEvent.CheckpointSaved(state));
    }

    /// <summary>Takes a step; null if the loop was told to end before all of its passes were done.</summary>
    private async Task<CheckpointState?> StepAsync(CheckpointState state, CancellationToken stop)
    {
        var started = clock.GetTimestamp();
        var step = state.Step + 1;
        if (Accumulate(state.Row, stop) is not (var summed, var tokens))
        {
            // Many passes may take longer than whoever sent the signal waits. The step is taken anew when the run goes on.
            engine.DiscardGradients();
            return null;
        }

        var loss = summed / tokens;
        var rate = plan.Schedule.At(step);
        var skipped = state.Guard.Judge(loss, engine.GradientNorm(), plan.LossCeiling);
        state = state with { Step = step, Row = state.Row + (long)plan.Rows * plan.Accumulation };
        if (skipped is null)
        {
            engine.Update(state.Updates + 1, rate);
            state = state with
            {
                Updates = state.Updates + 1,
                Tokens = state.Tokens + tokens,
                Guard = state.Guard.Accept(loss),
                Smoothed = state.Smoothed.With(loss),
            };
        }
        else
        {
            engine.DiscardGradients();
            state = state with { Guard = state.Guard.Skip() };
        }

        var elapsed = clock.GetElapsedTime(started);
        var due = step % plan.EvaluationInterval == 0 || step == plan.Steps || plan.Limits.Reached(state.Seconds + elapsed.TotalSeconds, 0) is not null;
        var evaluated = due ? Evaluate() : null;
        var samples = due ? sampler?.Write(engine, stop) : null;
        if (due)
        {
            // Without held-out posts the training loss is all there is to choose by.
            state = state with
            {
                Best = state.Best.After(step, evaluated ?? state.Smoothed.Value, state.Smoothed.Value),
                Copied = samples?.Max(sample => sample.Copied) ?? 0,
            };
        }

        state = state with { Seconds = state.Seconds + clock.GetElapsedTime(started).TotalSeconds };
        await report(new TrainingEvent.StepDone(new StepRecord(
            step, (double)state.Row / train.Count, loss, state.Smoothed.Value, evaluated, rate,
            tokens / Math.Max(elapsed.TotalSeconds, 1e-9), skipped, samples is null ? null : state.Copied)));
        if (samples is not null)
        {
            await report(new TrainingEvent.Sampled(step, samples));
        }

        return state.Guard.SkippedInARow < StepGuard.Limit ? state : throw new TrainingDivergedException(step, skipped!);
    }

    private StepLoss? Accumulate(long row, CancellationToken stop)
    {
        foreach (var batch in _batches)
        {
            for (var i = 0; i < plan.Rows; i++)
            {
                train.Fill(batch, i, _order(row++));
            }
        }

        // The mean is over all passes of the step, so that passes of unlike length weigh as in one large batch.
        var labels = _batches.Sum(batch => batch.Labels.LongCount(label => label != TrainingBatch.Ignored));
        var loss = 0.0;
        var tokens = 0L;
        foreach (var batch in _batches)
        {
            if (tokens > 0 && stop.IsCancellationRequested)
            {
                return null;
            }

            var part = engine.Accumulate(batch, 1.0 / labels);
            loss += part.SummedLoss;
            tokens += part.Tokens;
        }

        return new StepLoss(loss, tokens);
    }

    private double? Evaluate()
    {
        if (validation is null)
        {
            return null;
        }

        var loss = Evaluation.Run(engine, validation, plan.Rows, CancellationToken.None);
        return loss.SummedLoss / loss.Tokens;
    }
}
