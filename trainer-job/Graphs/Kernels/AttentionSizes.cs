using Pipeline.TrainerJob.Graphs.Kernels.Matrices;

namespace Pipeline.TrainerJob.Graphs.Kernels;

/// <summary>The sizes of attention and the products of one head, whose matrices are columns of the rows of all heads.</summary>
/// <param name="Batch">B, the rows of the batch.</param>
/// <param name="Heads">H.</param>
/// <param name="Length">T, the tokens of a row.</param>
/// <param name="HeadSize">D.</param>
internal readonly record struct AttentionSizes(int Batch, int Heads, int Length, int HeadSize)
{
    /// <summary>H·D, the numbers of a token in one of queries, keys, values or result.</summary>
    public int Width => Heads * HeadSize;

    /// <summary>Numbers from one token to the next where queries, keys and values lie side by side.</summary>
    public int JoinedWidth => 3 * Width;

    /// <summary>Weights of a head.</summary>
    public int Weights => Length * Length;

    /// <summary>Bytes that a thread keeps for its products.</summary>
    public long ProductBytes => Math.Max(Mixed().ScratchBytes, Turned(Width).ScratchBytes);

    /// <summary>How many numbers of a token's row of weights products read: to the end of the strip that the diagonal leaves there.</summary>
    public int Read(int token) => Math.Min(Length, ((token / Tile.Rows) + 1) * Tile.Rows);

    /// <summary>The first number of a head in rows of so many numbers.</summary>
    public long Start(int head, int width) => (head / Heads * (long)Length * width) + (head % Heads * HeadSize);

    /// <summary>What <paramref name="left"/> tokens make of right ones: scores of queries and keys, or the gradient of the weights.</summary>
    /// <param name="left">Numbers from one token of the left operand to the next.</param>
    /// <param name="factor">The factor.</param>
    public TriangularProduct Scores(int left, float factor) =>
        new(Length, Length, HeadSize, leftTurned: false, rightTurned: true, factor, Triangle.OfResult) { LeftStride = left, RightStride = JoinedWidth };

    /// <summary>Weights and values give the mixed values.</summary>
    public TriangularProduct Mixed() =>
        new(Length, HeadSize, Length, leftTurned: false, rightTurned: false, 1, Triangle.OfLeft) { RightStride = JoinedWidth, Stride = Width };

    /// <summary>The gradient of the scores and keys give that of the queries.</summary>
    /// <param name="factor">The factor.</param>
    public TriangularProduct Queries(float factor) =>
        new(Length, HeadSize, Length, leftTurned: false, rightTurned: false, factor, Triangle.OfLeft) { RightStride = JoinedWidth, Stride = JoinedWidth };

    /// <summary>Weights turned and the gradient of the result give that of the values, and so with scores, queries and keys.</summary>
    /// <param name="right">Numbers from one token of the right operand to the next.</param>
    /// <param name="factor">The factor.</param>
    public TriangularProduct Turned(int right, float factor = 1) =>
        new(Length, HeadSize, Length, leftTurned: true, rightTurned: false, factor, Triangle.OfLeftTransposed) { RightStride = right, Stride = JoinedWidth };
}
