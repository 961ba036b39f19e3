namespace Pipeline.TrainerJob;

/// <summary>What the job tells its caller when it ends.</summary>
public static class ExitCode
{
    /// <summary>The work is done.</summary>
    public const int Done = 0;

    /// <summary>The work failed; the message says why.</summary>
    public const int Failed = 1;

    /// <summary>A setting or an input is bad; trying again changes nothing.</summary>
    public const int BadInput = 2;

    /// <summary>Stopped on request after saving; the same command goes on from there.</summary>
    public const int Interrupted = 3;
}
