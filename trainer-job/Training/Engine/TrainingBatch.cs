namespace Pipeline.TrainerJob.Training.Engine;

public sealed class TrainingBatch(int rows, int length)
{
    public int Rows { get; } = rows;
    public int Length { get; } = length;
    public long[] InputIds { get; } = new long[rows * length];
    public long[] PositionIds { get; } = new long[rows * length];
    public long[] Segments { get; } = new long[rows * length];
    public long[] Labels { get; } = new long[rows * length];
}
