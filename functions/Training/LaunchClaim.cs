namespace Pipeline.Functions.Training;

/// <summary>
/// Who may start the job: a blob that is written, by compare-and-swap, before the job is started and completed after it. Its
/// launch is also a variable of the execution, so that one started by a process that died before it could say so is found again.
/// </summary>
/// <param name="Launch">The attempt to start.</param>
/// <param name="Claimed">When it was made.</param>
/// <param name="Execution">What came of it, once that is known.</param>
internal sealed record LaunchClaim(string Launch, DateTimeOffset Claimed, string? Execution = null)
{
    /// <summary>The version of this form; a reader refuses a newer one.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The form's version.</summary>
    public int Format { get; init; } = CurrentFormat;
}
