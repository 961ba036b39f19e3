namespace Pipeline.TrainerJob.Safetensors;

/// <summary>What a file says about one of its tensors, already checked.</summary>
/// <param name="Name">Its name.</param>
/// <param name="DataType">Its element type as the format spells it, such as <c>F32</c>.</param>
/// <param name="Shape">Its sizes, outermost first.</param>
/// <param name="Offset">Where its bytes begin in the file.</param>
/// <param name="Length">How many bytes it has.</param>
public sealed record SafetensorsEntry(string Name, string DataType, IReadOnlyList<long> Shape, long Offset, long Length)
{
    /// <summary>How many elements it has.</summary>
    public long Elements => Shape.Aggregate(1L, (product, size) => product * size);
}
