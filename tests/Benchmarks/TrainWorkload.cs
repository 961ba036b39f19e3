using System.Globalization;
using Pipeline.Generation;
using Pipeline.TrainerJob.Models;
using Pipeline.TrainerJob.Training.Engine;

namespace Pipeline.Benchmarks;

/// <summary>One row of the training benchmark: a model, the size of its batch and what of it is trained.</summary>
/// <param name="Name">The row's name on the command line and in the figures.</param>
/// <param name="Shape">The model.</param>
/// <param name="Rows">Rows of a batch.</param>
/// <param name="Length">Tokens of a row, all of them real.</param>
/// <param name="Options">How the engine trains it.</param>
/// <param name="Ratio">The step's time at most, as a share of the peer's full step; none where the peer cannot run.</param>
/// <param name="Memory">The goal for the peak memory in megabytes; none where the peer's is the goal.</param>
internal sealed record TrainWorkload(string Name, ModelShape Shape, int Rows, int Length, TrainingEngineOptions Options, double? Ratio, double? Memory = null)
{
    public static IReadOnlyList<TrainWorkload> All { get; } =
    [
        new("gpt2-1x512", ModelShape.Gpt2, 1, 512, new(), 0.60),
        new("gpt2-4x256", ModelShape.Gpt2, 4, 256, new(), 0.60),
        new("gpt2-lora-1x512", ModelShape.Gpt2, 1, 512, new() { Lora = new(Rank: 8) }, 0.40, Memory: 1900),
        new("xl-lora-1x256", Gpt2Shapes.Named("gpt2-xl")!, 1, 256, new() { Lora = new(Rank: 8), GradientCheckpointing = true }, null, Memory: 10000),
        new("small-16x256", new(4, 4, 256, 256, 4096), 16, 256, new(), 0.60),
    ];

    /// <summary>The workload of a name.</summary>
    public static TrainWorkload Named(string name) => All.First(workload => workload.Name == name);

    /// <summary>Parameters that every token is multiplied with: the token table as the head, and the matrices of the blocks.</summary>
    private double Matrices => ((double)Shape.Vocabulary * Shape.Width) + (12.0 * Shape.Layers * Shape.Width * Shape.Width);

    /// <summary>
    /// The products of a full step in GFLOP: 2 operations a matrix element and token forwards and 4 backwards, and attention's two products
    /// of each head below the diagonal, which is all that is needed of them.
    /// </summary>
    public double Work => ((6 * Matrices * Rows * Length) + (6.0 * Shape.Layers * Shape.Width * Length * (Length + 1) * Rows)) / 1e9;

    /// <summary>What the peer's script is told.</summary>
    public IEnumerable<string> PeerArguments =>
        new[] { Shape.Layers, Shape.Heads, Shape.Width, Shape.Vocabulary, Shape.Context, Rows, Length }.Select(number => number.ToString(CultureInfo.InvariantCulture));

    /// <summary>Weights of about the usual size, made faster than good ones: only the time of a step counts.</summary>
    public static void Fill(ParameterSet parameters) => Parallel.For(0, parameters.Count, new ParallelOptions { MaxDegreeOfParallelism = 2 }, index =>
    {
        var parameter = parameters[index];
        if (!parameter.IsMatrix)
        {
            parameter.Values.Fill(parameter.Name.EndsWith(".weight", StringComparison.Ordinal) ? 1 : 0);
            return;
        }

        var state = (uint)index + 1;
        foreach (ref var value in parameter.Values)
        {
            state = (state * 1664525) + 1013904223;
            value = ((state >> 8) * (0.07f / (1 << 24))) - 0.035f;
        }
    });

    /// <summary>A batch of random tokens.</summary>
    public TrainingBatch Batch()
    {
        var random = new Random(1);
        var batch = new TrainingBatch(Rows, Length);
        for (var i = 0; i < batch.InputIds.Length; i++)
        {
            batch.InputIds[i] = random.Next(Shape.Vocabulary);
            batch.PositionIds[i] = i % Length;
        }

        for (var i = 0; i < batch.Labels.Length - 1; i++)
        {
            batch.Labels[i] = i % Length == Length - 1 ? TrainingBatch.Ignored : batch.InputIds[i + 1];
        }

        return batch;
    }
}
