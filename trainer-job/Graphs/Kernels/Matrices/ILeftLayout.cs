namespace Pipeline.TrainerJob.Graphs.Kernels.Matrices;

/// <summary>Where the rows of a packed strip of the left operand lie: constants, so that a kernel has them in its addresses.</summary>
internal interface ILeftLayout
{
    /// <summary>Numbers from one row to the next.</summary>
    static abstract int Row { get; }

    /// <summary>Numbers from one step, an index of the sum, to the next.</summary>
    static abstract int Step { get; }
}

/// <summary>Each row by itself: what an operand that lies by rows is copied to fastest.</summary>
internal readonly struct RowByRow : ILeftLayout
{
    /// <inheritdoc />
    public static int Row => Panel.PaddedSteps;

    /// <inheritdoc />
    public static int Step => 1;
}

/// <summary>The rows' numbers of one step side by side: what an operand that lies by columns is copied to fastest.</summary>
internal readonly struct StepByStep : ILeftLayout
{
    /// <inheritdoc />
    public static int Row => 1;

    /// <inheritdoc />
    public static int Step => Tile.Rows;
}
