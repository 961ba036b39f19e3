using Pipeline.Costs;

namespace Pipeline.Functions.Costs;

/// <summary>Writes the seconds of callers' texts that no timer has written yet when the process ends.</summary>
internal sealed class SampleMeterSaver(SampleMeter meter) : IHostedService
{
    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken) => meter.SaveAsync(cancellationToken);
}
