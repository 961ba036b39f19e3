using Pipeline.Costs;
using Pipeline.Functions.Training;

namespace Pipeline.Functions.Costs;

/// <summary>A launcher that starts nothing when the month's money for training is spent.</summary>
internal sealed class CappedTrainer(ITrainingLauncher inner, MonthlyCap cap) : ITrainingLauncher
{
    /// <inheritdoc />
    /// <exception cref="CapReachedException">The month does not allow it.</exception>
    public async Task<TrainingStart> StartAsync(TrainingRequest request, CancellationToken cancellationToken)
    {
        await cap.DemandTrainingAsync(cancellationToken);
        return await inner.StartAsync(request, cancellationToken);
    }

    /// <inheritdoc />
    public Task<TrainingRun?> FindAsync(CancellationToken cancellationToken) => inner.FindAsync(cancellationToken);

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken) => inner.StopAsync(cancellationToken);
}
