namespace Pipeline.Generation;

/// <summary>A loaded model that can grow texts.</summary>
internal interface IDecoder : IDisposable
{
    /// <summary>Room for texts that grow side by side.</summary>
    /// <param name="rows">Texts at most.</param>
    /// <param name="capacity">Tokens a text at most.</param>
    KeyValueCache CreateCache(int rows, int capacity);
}
