namespace Pipeline.Generation;

/// <summary>Why a text ended.</summary>
public enum FinishReason
{
    /// <summary>The model chose the end of the text.</summary>
    EndOfText,

    /// <summary>A stop text came.</summary>
    Stop,

    /// <summary>The token limit was reached.</summary>
    Length,

    /// <summary>The rules of the request left no token to choose.</summary>
    Exhausted,

    /// <summary>There were enough words, and a sentence or block was whole.</summary>
    Target,

    /// <summary>Where the context window ended, the text began to repeat itself and did so again at every other try.</summary>
    Repetition,

    /// <summary>The time for it was over; the text is as far as it came.</summary>
    Time,
}
