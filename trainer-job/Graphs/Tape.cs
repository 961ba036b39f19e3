namespace Pipeline.TrainerJob.Graphs;

/// <summary>
/// Records which composite operators a graph was built of and walks them backwards to build the gradients. Each composite brings
/// its own derivative in as few operators as it can; nothing is derived from single ONNX operators, which would give a larger graph.
/// A value is followed only if a trainable parameter reaches it, so frozen parts cost no backward pass.
/// </summary>
public sealed class Tape(Graph graph)
{
    private readonly Stack<Action> _steps = new();
    private readonly Dictionary<GraphValue, GraphValue> _gradients = [];
    private readonly HashSet<GraphValue> _followed = [];

    /// <summary>The graph that is built.</summary>
    public Graph Graph { get; } = graph;

    /// <summary>Marks a value as one whose gradient is wanted.</summary>
    public GraphValue Follow(GraphValue value)
    {
        _followed.Add(value);
        return value;
    }

    /// <summary>Whether a gradient of this value has to be found.</summary>
    public bool Follows(GraphValue value) => _followed.Contains(value);

    /// <summary>
    /// Notes that <paramref name="output"/> was made of <paramref name="inputs"/>. <paramref name="backward"/> is called with the
    /// gradient of the output, at most once, and adds to the gradients of those inputs that are followed.
    /// </summary>
    public GraphValue Record(GraphValue output, ReadOnlySpan<GraphValue> inputs, Action<GraphValue> backward)
    {
        foreach (var input in inputs)
        {
            if (Follows(input))
            {
                Follow(output);
                _steps.Push(() =>
                {
                    if (_gradients.TryGetValue(output, out var gradient))
                    {
                        backward(gradient);
                    }
                });
                break;
            }
        }

        return output;
    }

    /// <summary>
    /// Adds to the gradient of a value, if it is followed. <paramref name="contribution"/> gets the sum so far, or null, and gives the
    /// new sum: operators that add as they go need no extra pass.
    /// </summary>
    public void Contribute(GraphValue value, Func<GraphValue?, GraphValue> contribution)
    {
        if (!Follows(value))
        {
            return;
        }

        var sum = contribution(_gradients.GetValueOrDefault(value));
        if (!sum.Shape.Equals(value.Shape))
        {
            throw new InvalidOperationException($"The gradient of {value} has shape {sum.Shape}.");
        }

        _gradients[value] = sum;
    }

    /// <summary>The gradient of a value as far as it has been added up, or null.</summary>
    public GraphValue? Sum(GraphValue value) => _gradients.GetValueOrDefault(value);

    /// <summary>Adds a finished gradient to that of a value, if it is followed.</summary>
    public void Contribute(GraphValue value, GraphValue gradient) =>
        Contribute(value, sum => sum is null ? gradient : Graph.Add(sum, gradient));

    /// <summary>Starts from the gradient of one value and builds those of all that it was made of.</summary>
    public void Backward(GraphValue output, GraphValue gradient)
    {
        Contribute(output, gradient);
        Backward();
    }

    /// <summary>Builds all gradients from those contributed so far.</summary>
    public void Backward()
    {
        while (_steps.TryPop(out var step))
        {
            step();
        }
    }

    /// <summary>The gradient found for a value.</summary>
    /// <exception cref="InvalidOperationException">Nothing contributed to it.</exception>
    public GraphValue Gradient(GraphValue value) =>
        _gradients.GetValueOrDefault(value) ?? throw new InvalidOperationException($"{value} has no gradient: it does not reach the loss.");
}
