using Pipeline.Generation;

namespace Pipeline.TrainerJob.Training;

/// <summary>Says before the start, not after an hour, that memory or disk will not do.</summary>
internal static class ResourceCheck
{
    private const int BytesOfFloat = 4;

    // Weights, gradients and Adam's two moments.
    private const int CopiesInMemory = 4;

    // Checkpoints of three such copies: two kept, the best, and the one being written; then the model in its forms.
    private const int CopiesOnDisk = 4 * 3 + 4;

    /// <summary>About how much memory training takes, in bytes.</summary>
    /// <param name="shape">The model.</param>
    /// <param name="rows">Rows of a pass.</param>
    /// <param name="length">Tokens of a row.</param>
    public static long Memory(ModelShape shape, int rows, int length)
    {
        // What the backward pass needs of a block: about 16 vectors a token and three squares of attention a head; of the head: the
        // probabilities and their gradients. An estimate: memory that the runtime reuses is counted, its own overhead is not.
        var tokens = (long)rows * length;
        var block = tokens * (16L * shape.Width + 3L * shape.Heads * length);
        var head = 3L * tokens * shape.Vocabulary;
        return BytesOfFloat * (CopiesInMemory * shape.Parameters + shape.Layers * block + head);
    }

    /// <summary>About how much disk a run takes, in bytes.</summary>
    public static long Disk(ModelShape shape) => BytesOfFloat * CopiesOnDisk * shape.Parameters;

    /// <summary>Compares the need with what there is.</summary>
    /// <exception cref="InputException">Memory or disk will not do.</exception>
    public static void Demand(ModelShape shape, int rows, int length, long memory, long disk, string folder)
    {
        if (Memory(shape, rows, length) > memory)
        {
            throw new InputException($"Training this model takes about {Size(Memory(shape, rows, length))}, and the machine has {Size(memory)}. Lower rows, context, width or layers.");
        }

        if (Disk(shape) > disk)
        {
            throw new InputException($"The run takes about {Size(Disk(shape))} of disk, and {folder} has {Size(disk)} left. Make room, or name another folder.");
        }
    }

    private static string Size(long bytes) => bytes < 1e9 ? FormattableString.Invariant($"{bytes / 1e6:0} MB") : FormattableString.Invariant($"{bytes / 1e9:0.0} GB");
}
