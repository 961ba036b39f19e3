using Pipeline.Runs;

namespace Pipeline.Functions.Training;

/// <summary>How a run on this machine ended.</summary>
/// <param name="ExitCode">0 done, 1 failed, 2 bad settings or input, 3 interrupted and resumable.</param>
/// <param name="Result">What the job reported, if it is done.</param>
internal sealed record TrainingOutcome(int ExitCode, RunState? Result);
