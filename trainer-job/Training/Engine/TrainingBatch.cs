namespace Pipeline.TrainerJob.Training.Engine;

/// <summary>
/// Rows of tokens, all arrays row by row with one entry a token. A row may hold several documents: give each its own segment number and
/// positions from 0. Padding may stand anywhere: give it a segment number that no document has, any valid id and position, and the label
/// <see cref="Ignored"/>.
/// </summary>
/// <param name="Rows">How many rows.</param>
/// <param name="Length">Tokens a row, padding included.</param>
public sealed record TrainingBatch(int Rows, int Length)
{
    /// <summary>The label of a token whose successor is not learnt.</summary>
    public const long Ignored = -100;

    /// <summary>Token ids.</summary>
    public long[] InputIds { get; } = new long[Rows * Length];

    /// <summary>The position of each token in its document.</summary>
    public long[] PositionIds { get; } = new long[Rows * Length];

    /// <summary>Attention stays within the tokens of a row that have one number here.</summary>
    public long[] Segments { get; } = new long[Rows * Length];

    /// <summary>The token that follows each token, or <see cref="Ignored"/>.</summary>
    public long[] Labels { get; } = NewLabels(Rows * Length);

    private static long[] NewLabels(int count)
    {
        var labels = new long[count];
        Array.Fill(labels, Ignored);
        return labels;
    }
}
