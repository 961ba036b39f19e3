using Pipeline.TrainerJob.Training.Engine;

namespace Pipeline.TrainerJob.Training;

/// <summary>Texts laid out in blocks of one length, in the way that a kind of model learns them.</summary>
internal interface ITrainingText
{
    /// <summary>Tokens of a block.</summary>
    int Length { get; }

    /// <summary>Blocks.</summary>
    int Count { get; }

    /// <summary>Tokens that are predicted in all blocks together.</summary>
    long Labels { get; }

    /// <summary>The rows of a batch, if so many are wanted.</summary>
    int Rows(int wanted);

    /// <summary>Which block comes at each row of the endless stream of epochs; it follows from the seed alone, so a run goes on from a row's number.</summary>
    Func<long, int> Order(ulong seed);

    /// <summary>Which block comes at each row when each is read once.</summary>
    int BlockAt(int row);

    /// <summary>Writes a block into a row of a batch.</summary>
    void Fill(TrainingBatch batch, int row, int block);

    /// <summary>Writes a row that is all padding.</summary>
    void FillEmpty(TrainingBatch batch, int row);
}
