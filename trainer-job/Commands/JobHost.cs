namespace Pipeline.TrainerJob.Commands;

/// <summary>What a command may touch of the process that it runs in.</summary>
/// <param name="Input">Standard input.</param>
/// <param name="Output">Standard output: results alone.</param>
/// <param name="Error">Standard error: everything for people.</param>
/// <param name="Interactive">Whether standard error is a terminal.</param>
/// <param name="Environment">The value of an environment variable, or null.</param>
/// <param name="Clock">The time.</param>
/// <param name="Stop">Cancelled when the process is asked to end.</param>
internal sealed record JobHost(
    Stream Input, TextWriter Output, TextWriter Error, bool Interactive, Func<string, string?> Environment, TimeProvider Clock, CancellationToken Stop);
