using Pipeline.TrainerJob.Training.Engine;

namespace Pipeline.TrainerJob.Tests.Training.Engine;

/// <summary>Batches of made-up tokens.</summary>
internal static class Batches
{
    /// <summary>Rows of one document each; the last token of a row has no label.</summary>
    public static TrainingBatch Random(int rows, int length, int vocabulary, int seed, double labelled = 1)
    {
        var random = new Random(seed);
        var batch = new TrainingBatch(rows, length);
        for (var i = 0; i < batch.InputIds.Length; i++)
        {
            batch.InputIds[i] = random.Next(vocabulary);
            batch.PositionIds[i] = i % length;
        }

        for (var i = 0; i < batch.InputIds.Length; i++)
        {
            batch.Labels[i] = i % length < length - 1 && random.NextDouble() < labelled ? batch.InputIds[i + 1] : TrainingBatch.Ignored;
        }

        return batch;
    }

    /// <summary>Documents side by side in one row, each with its own segment and positions from 0, then padding.</summary>
    public static TrainingBatch Packed(IEnumerable<TrainingBatch> documents, int length)
    {
        var batch = new TrainingBatch(1, length);
        Array.Fill(batch.Segments, -1);
        var (next, segment) = (0, 0);
        foreach (var document in documents)
        {
            document.InputIds.CopyTo(batch.InputIds, next);
            document.PositionIds.CopyTo(batch.PositionIds, next);
            document.Labels.CopyTo(batch.Labels, next);
            Array.Fill(batch.Segments, segment++, next, document.Length);
            next += document.Length;
        }

        return batch;
    }

    /// <summary>Some of a batch's rows.</summary>
    public static TrainingBatch Rows(TrainingBatch batch, int first, int count)
    {
        var part = new TrainingBatch(count, batch.Length);
        foreach (var (source, target) in new[] { (batch.InputIds, part.InputIds), (batch.PositionIds, part.PositionIds), (batch.Segments, part.Segments), (batch.Labels, part.Labels) })
        {
            source.AsSpan(first * batch.Length, count * batch.Length).CopyTo(target);
        }

        return part;
    }

    public static int Count(TrainingBatch batch) => batch.Labels.Count(label => label != TrainingBatch.Ignored);
}
