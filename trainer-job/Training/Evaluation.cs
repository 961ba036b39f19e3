using Pipeline.TrainerJob.Training.Engine;

namespace Pipeline.TrainerJob.Training;

/// <summary>The loss on documents that the model does not learn from.</summary>
internal static class Evaluation
{
    /// <summary>Summed loss and tokens over every block, in batches of one shape.</summary>
    public static StepLoss Run(ITrainingEngine engine, ITrainingText blocks, int rows, CancellationToken cancellationToken)
    {
        rows = blocks.Rows(rows);
        var batch = new TrainingBatch(rows, blocks.Length);
        var loss = 0.0;
        var tokens = 0L;
        for (var first = 0; first < blocks.Count; first += rows)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (var row = 0; row < rows; row++)
            {
                if (first + row < blocks.Count)
                {
                    blocks.Fill(batch, row, blocks.BlockAt(first + row));
                }
                else
                {
                    blocks.FillEmpty(batch, row);
                }
            }

            var part = engine.Evaluate(batch);
            loss += part.SummedLoss;
            tokens += part.Tokens;
        }

        return new StepLoss(loss, tokens);
    }

    /// <summary>Whole documents, evenly spread, of at least so many tokens together: enough to steer by, cheap enough to do often.</summary>
    public static IReadOnlyList<int[]> Sample(IReadOnlyList<int[]> documents, long tokens)
    {
        var total = documents.Sum(document => (long)document.Length);
        if (total <= tokens)
        {
            return documents;
        }

        // A document is taken when the share taken so far has fallen behind; so the choice runs over the whole list.
        List<int[]> sample = [];
        var seen = 0L;
        var taken = 0L;
        foreach (var document in documents)
        {
            if (taken * total <= seen * tokens)
            {
                sample.Add(document);
                taken += document.Length;
            }

            seen += document.Length;
        }

        return sample;
    }
}
