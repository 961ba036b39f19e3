using Pipeline.TrainerJob.Graphs;

namespace Pipeline.TrainerJob.Training.Engine;

/// <summary>How the engine uses the machine.</summary>
public sealed record TrainingEngineOptions
{
    /// <summary>Threads for the graph and the optimiser. Results are equal to the bit for equal numbers.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Plans all memory of a step in one piece: a little faster, but takes more.</summary>
    public bool MemoryPattern { get; init; }

    /// <summary>Which operators the graphs are built of.</summary>
    public GraphOperators Operators { get; init; } = GraphOperators.Kernels;

    /// <summary>Where ONNX Runtime's profiler writes, as the beginning of a path; null for no profile.</summary>
    public string? ProfilePrefix { get; init; }
}
