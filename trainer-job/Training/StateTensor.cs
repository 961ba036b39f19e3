using Pipeline.TrainerJob.Models;

namespace Pipeline.TrainerJob.Training;

/// <summary>A parameter as a tensor of a checkpoint.</summary>
internal sealed class StateTensor(string name, Parameter parameter) : IStateTensor
{
    /// <inheritdoc />
    public string Name => name;

    /// <inheritdoc />
    public IReadOnlyList<long> Shape => parameter.Shape;

    /// <inheritdoc />
    public Span<float> Values => parameter.Values;
}
