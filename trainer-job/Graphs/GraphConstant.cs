namespace Pipeline.TrainerJob.Graphs;

/// <summary>A tensor that is part of the model file, as little-endian bytes.</summary>
internal sealed record GraphConstant(GraphValue Value, byte[] Bytes);
