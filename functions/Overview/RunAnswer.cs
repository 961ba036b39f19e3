using Pipeline.Runs;

namespace Pipeline.Functions.Overview;

/// <summary>All runs.</summary>
/// <param name="Runs">The newest first.</param>
internal sealed record RunsAnswer(IReadOnlyList<RunState> Runs);

/// <summary>A run with its curves.</summary>
/// <param name="Summary">Where it stands.</param>
/// <param name="Points">The log, a point a step, oldest first; those after the step that was asked for.</param>
/// <param name="Samples">What the model wrote at each evaluation, oldest first.</param>
/// <param name="TokensPerSecond">Mean of the newest steps; null before the first.</param>
/// <param name="SecondsLeft">Until the last step at this speed; null if it does not run or cannot be told yet.</param>
internal sealed record RunAnswer(RunState Summary, IReadOnlyList<RunPoint> Points, IReadOnlyList<RunSamples> Samples, double? TokensPerSecond, double? SecondsLeft);

/// <summary>A step of the log.</summary>
/// <param name="Step">Its number, from 1.</param>
/// <param name="Epoch">Passes over the corpus so far.</param>
/// <param name="Loss">Of the step's batch, in nats a token.</param>
/// <param name="Smoothed">The same, smoothed over the steps before.</param>
/// <param name="Validation">On held-out posts, at evaluations.</param>
/// <param name="LearningRate">The step's.</param>
/// <param name="TokensPerSecond">The step's.</param>
internal sealed record RunPoint(int Step, double Epoch, double Loss, double Smoothed, double? Validation, double LearningRate, double TokensPerSecond);

/// <summary>The texts of one evaluation.</summary>
/// <param name="Step">After which step.</param>
/// <param name="Texts">As they stand in <c>samples.md</c>, prompt and all.</param>
internal sealed record RunSamples(int Step, IReadOnlyList<string> Texts);
