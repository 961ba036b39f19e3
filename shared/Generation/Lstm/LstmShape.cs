namespace Pipeline.Generation.Lstm;

/// <summary>The sizes of an LSTM language model.</summary>
/// <param name="Layers">Layers, one upon another.</param>
/// <param name="Embedding">Width of a token's vector.</param>
/// <param name="Hidden">Width of a layer's state.</param>
/// <param name="Vocabulary">Tokens.</param>
public sealed record LstmShape(int Layers, int Embedding, int Hidden, int Vocabulary)
{
    /// <summary>Weights and biases in all.</summary>
    public long Parameters => ((long)Vocabulary * (Embedding + Hidden + 1)) + (4L * Hidden * (Embedding + Hidden + 2)) + ((Layers - 1) * 4L * Hidden * (2L * Hidden + 2));
}
