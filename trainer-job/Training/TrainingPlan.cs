namespace Pipeline.TrainerJob.Training;

/// <summary>A preset applied to a corpus: the numbers that the loop runs by.</summary>
/// <param name="Rows">Blocks a pass: no more than the corpus has.</param>
/// <param name="Accumulation">Passes a step.</param>
/// <param name="Steps">Steps at most.</param>
/// <param name="EvaluationInterval">Steps from one evaluation to the next.</param>
/// <param name="Patience">Evaluations without gain that end the run.</param>
/// <param name="Schedule">The learning rate of each step.</param>
/// <param name="CheckpointInterval">Time after which a checkpoint is due even without an evaluation.</param>
/// <param name="Limits">What ends the run besides its steps.</param>
internal sealed record TrainingPlan(
    int Rows, int Accumulation, int Steps, int EvaluationInterval, int Patience, LearningRateSchedule Schedule, TimeSpan CheckpointInterval, RunLimits Limits)
{
    private const int MostEvaluations = 20;
    private const int FewestEvaluations = 8;

    /// <summary>A loss that only a spoilt model has, in nats a token.</summary>
    public double LossCeiling { get; init; } = double.PositiveInfinity;

    /// <summary>Plans a run.</summary>
    /// <param name="preset">The checked preset.</param>
    /// <param name="blocks">Blocks of training text.</param>
    /// <param name="validated">Whether there are held-out posts; without them nothing tells when to stop, so the fewest steps are taken.</param>
    public static TrainingPlan For(TrainingPreset preset, int blocks, bool validated)
    {
        var rows = Math.Min(preset.Rows, blocks);
        var stepsPerEpoch = (double)blocks / (rows * preset.Accumulation);
        var usual = Math.Max(Math.Ceiling(stepsPerEpoch * preset.UsualEpochs), preset.FewestSteps);
        var most = preset.Epochs is { } epochs ? Math.Ceiling(stepsPerEpoch * epochs) : validated ? usual : preset.FewestSteps;
        var steps = (int)Math.Min(preset.Steps, most);
        var interval = Math.Clamp(
            (int)(stepsPerEpoch / preset.EvaluationsPerEpoch),
            Math.Max(1, steps / MostEvaluations),
            Math.Max(1, steps / FewestEvaluations));
        return new TrainingPlan(
            rows,
            preset.Accumulation,
            steps,
            Math.Min(interval, preset.EvaluationSteps),
            preset.Patience,
            new LearningRateSchedule(preset.LearningRate, preset.FinalLearningRate, preset.WarmupSteps, steps, preset.FallsLinearly),
            TimeSpan.FromMinutes(1),
            preset.Limits);
    }
}
