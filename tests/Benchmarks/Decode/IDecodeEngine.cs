namespace Pipeline.Benchmarks.Decode;

/// <summary>What is measured of an engine: texts side by side, first the prompts, then a token each a step.</summary>
internal interface IDecodeEngine : IDisposable
{
    /// <summary>Forgets everything and makes room for this many texts.</summary>
    void Start(int rows);

    /// <summary>Takes in the prompts, all of one length.</summary>
    void Prefill(int[][] prompts);

    /// <summary>Takes in one token a text.</summary>
    void Step(int[] tokens, int position);

    /// <summary>The likeliest next token of a text.</summary>
    /// <param name="row">The text.</param>
    /// <param name="promptLength">Length of the prompts if they were the last thing taken in, else 0.</param>
    int Best(int row, int promptLength);
}
