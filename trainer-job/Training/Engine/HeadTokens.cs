using Pipeline.TrainerJob.Models;

namespace Pipeline.TrainerJob.Training.Engine;

/// <summary>
/// The tokens of a batch that the head is run on: all in order, or, when at most half, a quarter or an eighth of them have labels, just so
/// many. Few sizes mean few graphs. Tokens without a label fill the number up, so that all are distinct.
/// </summary>
internal sealed class HeadTokens
{
    private const int Halvings = 3;

    private readonly TrainingBatch _batch;
    private readonly int[] _tokens;

    private HeadTokens(TrainingBatch batch, int[] tokens, int labelled)
    {
        _batch = batch;
        _tokens = tokens;
        Labelled = labelled;
    }

    /// <summary>How many tokens have a label.</summary>
    public int Labelled { get; }

    /// <summary>How many tokens the head is run on.</summary>
    public int Rows => _tokens.Length;

    public static HeadTokens Of(TrainingBatch batch)
    {
        var all = Enumerable.Range(0, batch.Labels.Length);
        var labelled = all.Count(token => HasLabel(batch, token));
        var rows = batch.Labels.Length;
        for (var i = 0; i < Halvings && (rows + 1) / 2 >= labelled; i++)
        {
            rows = (rows + 1) / 2;
        }

        var tokens = rows == batch.Labels.Length ? all : all.OrderByDescending(token => HasLabel(batch, token)).Take(rows).Order();
        return new HeadTokens(batch, [.. tokens], labelled);
    }

    /// <summary>Sets the rows, labels and, for training, weights of a pass.</summary>
    public void Fill(BatchTensors tensors, float? weight)
    {
        var labels = tensors.Indices(Gpt2Graph.Labels);
        for (var row = 0; row < _tokens.Length; row++)
        {
            labels[row] = Math.Max(0, _batch.Labels[_tokens[row]]);
            if (_tokens.Length < _batch.Labels.Length)
            {
                tensors.Indices(Gpt2Graph.HeadRows)[row] = _tokens[row];
            }

            if (weight is { } value)
            {
                tensors.Numbers(Gpt2Graph.Weights)[row] = HasLabel(_batch, _tokens[row]) ? value : 0;
            }
        }
    }

    /// <summary>The losses of the labels after a run.</summary>
    public StepLoss Sum(BatchTensors tensors)
    {
        var losses = tensors.Numbers(Gpt2Graph.Losses);
        var sum = 0.0;
        for (var row = 0; row < _tokens.Length; row++)
        {
            sum += HasLabel(_batch, _tokens[row]) ? losses[row] : 0;
        }

        return new StepLoss(sum, Labelled);
    }

    private static bool HasLabel(TrainingBatch batch, int token) => batch.Labels[token] != TrainingBatch.Ignored;
}
