namespace Pipeline.TrainerJob.Export;

/// <summary>How each matrix of a serving file is stored; biases, norms and positions always stay 32-bit.</summary>
/// <param name="Name">What the file's metadata calls it.</param>
/// <param name="Bits">Bits of a matrix of this name; 32 for floating point.</param>
internal sealed record WeightPlan(string Name, Func<string, int> Bits)
{
    /// <summary>The embedding's table, which is the head's matrix too.</summary>
    public const string Embedding = "transformer.wte.weight";

    /// <summary>32-bit floating point.</summary>
    public static WeightPlan Float32 { get; } = new("none", _ => 32);

    /// <summary>8-bit blocks with a 32-bit scale each.</summary>
    public static WeightPlan Int8 { get; } = new("int8", _ => 8);

    /// <summary>4-bit blocks, but 8-bit ones for the head and for the matrices named.</summary>
    public static WeightPlan Int4(IReadOnlySet<string> inEightBits) => new("int4", name => name == Embedding || inEightBits.Contains(name) ? 8 : 4);

    /// <summary>Blocks of a matrix with rows of this length, or null if it stays 32-bit.</summary>
    public BlockFormat? Format(string name, int columns) => Bits(name) is 32 ? null : BlockFormat.For(Bits(name), columns);
}
