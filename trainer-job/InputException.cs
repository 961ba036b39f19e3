namespace Pipeline.TrainerJob;

/// <summary>A setting or an input that cannot be worked with; the message names it and the way out. The job ends with <see cref="ExitCode.BadInput"/>.</summary>
public sealed class InputException : Exception
{
    public InputException()
    {
    }

    public InputException(string message)
        : base(message)
    {
    }

    public InputException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
