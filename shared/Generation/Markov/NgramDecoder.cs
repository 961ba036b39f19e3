namespace Pipeline.Generation.Markov;

/// <summary>A Markov chain as a model that serves.</summary>
internal sealed class NgramDecoder(NgramModel model, int context) : IDecoder
{
    /// <summary>The sizes in the terms that all models share: as many layers as the order, each one wide.</summary>
    public ModelShape Shape { get; } = ShapeOf(model.Order, context, model.Vocabulary);

    /// <summary>The sizes of a chain.</summary>
    public static ModelShape ShapeOf(int order, int context, int vocabulary) => new(order, 1, 1, context, vocabulary);

    /// <inheritdoc />
    public KeyValueCache CreateCache(int rows, int capacity) => new NgramCache(model, Shape, rows, capacity);

    /// <inheritdoc />
    public void Dispose()
    {
        // Nothing but managed memory.
    }
}
