namespace Pipeline.Generation;

/// <summary>How a model runs on this machine; nothing here changes what it says.</summary>
public sealed record LanguageModelOptions
{
    /// <summary>What runs the file.</summary>
    public DecoderEngine Engine { get; init; }

    /// <summary>Threads for one step; 0 takes one for each physical core.</summary>
    public int Threads { get; init; }

    /// <summary>
    /// Lets waiting threads spin. About a fifth faster on cores of one's own; beside a busy neighbour two to three times slower.
    /// </summary>
    public bool Spinning { get; init; }

    /// <summary>Bytes that the weights may take; null takes what the machine or the container gives this process.</summary>
    public long? MemoryLimit { get; init; }

    /// <summary>Key-value buffers that are kept for the next request after the last one is done.</summary>
    public int KeptCaches { get; init; } = 4;
}
