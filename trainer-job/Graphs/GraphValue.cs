namespace Pipeline.TrainerJob.Graphs;

/// <summary>A tensor that exists while a graph runs: an input, a constant or what an operator yields.</summary>
public sealed class GraphValue
{
    internal GraphValue(ElementType type, Shape shape, string? name = null)
    {
        Type = type;
        Shape = shape;
        Name = name;
    }

    /// <summary>What it holds.</summary>
    public ElementType Type { get; }

    /// <summary>Its sizes.</summary>
    public Shape Shape { get; }

    /// <summary>Its name in the emitted model; values between operators get theirs when the graph is emitted.</summary>
    internal string? Name { get; set; }

    /// <summary>The operator that yields it; none for inputs and constants.</summary>
    internal GraphNode? Producer { get; init; }

    /// <inheritdoc />
    public override string ToString() => $"{Name ?? Producer?.Operator ?? "value"} {Type}{Shape}";
}
