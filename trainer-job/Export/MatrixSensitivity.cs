using Pipeline.Generation;
using Pipeline.TrainerJob.Models;
using Pipeline.TrainerJob.Training.Engine;

namespace Pipeline.TrainerJob.Export;

/// <summary>
/// Finds the matrices that 4 bits hurt most: one at a time is replaced by what its 4-bit form stands for, and the loss on held-out texts
/// says what that costs.
/// </summary>
/// <param name="engine">Computes the loss from <paramref name="parameters"/>.</param>
/// <param name="parameters">The model; every matrix is put back after its turn.</param>
/// <param name="shape">The sizes.</param>
/// <param name="cancellationToken">Ends the search between matrices.</param>
internal sealed class MatrixSensitivity(TrainingEngine engine, ParameterSet parameters, ModelShape shape, CancellationToken cancellationToken)
{
    private const int Rows = 4;
    private const int Length = 128;

    // Costs add up only roughly, and the head's 8 bits cost a little too.
    private const double ShareOfAllowedRise = 0.5;

    // More than this share at 8 bits would no longer be a 4-bit file.
    private const double LargestShare = 0.25;

    private static readonly string[] Linears = ["attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj"];

    /// <summary>The matrices to keep at 8 bits so that the perplexity is expected to rise by half of what it may.</summary>
    /// <param name="texts">Held-out texts as tokens, at least two each.</param>
    /// <param name="maximumRise">How far the perplexity may rise: 0.05 is five percent.</param>
    /// <returns>Names such as <c>h.0.attn.c_proj</c>.</returns>
    public IReadOnlySet<string> InEightBits(IReadOnlyList<int[]> texts, double maximumRise)
    {
        var batch = Batch(texts);
        var loss = Loss(batch);
        var costs = Enumerable.Range(0, shape.Layers).SelectMany(layer => Linears.Select(linear => $"h.{layer}.{linear}"))
            .Select(name => (Name: name, Cost: Cost(name, batch) - loss, Size: parameters[Tensor(name)].Values.Length))
            .ToList();
        var expected = costs.Sum(matrix => Math.Max(matrix.Cost, 0));
        var allowed = ShareOfAllowedRise * Math.Log(1 + Math.Max(maximumRise, 0));
        var room = (long)(LargestShare * costs.Sum(matrix => (long)matrix.Size));
        HashSet<string> chosen = [];
        foreach (var (name, cost, size) in costs.OrderByDescending(matrix => matrix.Cost / matrix.Size))
        {
            if (expected <= allowed || cost <= 0)
            {
                break;
            }

            if (size <= room)
            {
                chosen.Add(name);
                expected -= cost;
                room -= size;
            }
        }

        return chosen;
    }

    private static string Tensor(string name) => $"transformer.{name}.weight";

    private double Cost(string name, TrainingBatch batch)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var parameter = parameters[Tensor(name)];
        var original = parameter.Values.ToArray();
        var linear = new LinearLayer(name, (int)parameter.Shape[0], (int)parameter.Shape[1], original, []);
        var format = BlockQuantizer.Choose(linear.Output, linear.Outputs, linear.Inputs, BlockFormat.For(4, linear.Inputs));
        var matrix = BlockQuantizer.Quantize(linear.Output, linear.Outputs, linear.Inputs, format);
        var column = new float[linear.Inputs];
        for (var output = 0; output < linear.Outputs; output++)
        {
            matrix.Restore(output, column);
            for (var i = 0; i < column.Length; i++)
            {
                parameter.Values[(i * linear.Outputs) + output] = column[i];
            }
        }

        try
        {
            return Loss(batch);
        }
        finally
        {
            original.CopyTo(parameter.Values);
        }
    }

    private double Loss(TrainingBatch batch) => engine.Evaluate(batch).Mean;

    private TrainingBatch Batch(IReadOnlyList<int[]> texts)
    {
        var chosen = texts.OrderByDescending(text => text.Length).Take(Rows).ToList();
        var batch = new TrainingBatch(chosen.Count, Math.Min(Math.Min(Length, shape.Context), chosen[0].Length - 1));
        for (var row = 0; row < chosen.Count; row++)
        {
            for (var t = 0; t < batch.Length; t++)
            {
                var at = (row * batch.Length) + t;
                var inside = t + 1 < chosen[row].Length;
                batch.PositionIds[at] = t;
                (batch.InputIds[at], batch.Labels[at], batch.Segments[at]) =
                    inside ? (chosen[row][t], chosen[row][t + 1], 1) : (0, TrainingBatch.Ignored, 0);
            }
        }

        return batch;
    }
}
