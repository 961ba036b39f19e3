using Pipeline.Corpus;
using Pipeline.Functions.Training;
using Pipeline.Storage;

namespace Pipeline.Functions.Tests.Chaos;

/// <summary>
/// The job in its own machine: takes some hours, dies now and then and is started again, and in the end publishes one of two small models
/// as what it has trained. It outlives the process that ordered it.
/// </summary>
internal sealed class SimulatedTrainer(RealModel model, MemoryBlobStore store, SimulatedClock clock, Random random) : ITrainingLauncher
{
    private TrainingRun? run;
    private DateTimeOffset end;

    /// <summary>Runs that were started.</summary>
    public int Started { get; private set; }

    /// <inheritdoc />
    public Task<TrainingStart> StartAsync(TrainingRequest request, CancellationToken cancellationToken)
    {
        if (run is { State: TrainingRunState.Running })
        {
            return Task.FromResult(new TrainingStart(false, run));
        }

        run = new() { Id = $"run-{++Started}", State = TrainingRunState.Running };
        end = clock.Now.AddHours(random.Next(1, 12));
        return Task.FromResult(new TrainingStart(true, run));
    }

    /// <inheritdoc />
    public Task<TrainingRun?> FindAsync(CancellationToken cancellationToken) => Task.FromResult(run);

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Ends the run when its time is up.</summary>
    public async Task WorkAsync(CancellationToken cancellationToken)
    {
        if (run is not { State: TrainingRunState.Running } || clock.Now < end)
        {
            return;
        }

        var misfortune = new Misfortune(random);
        misfortune.Draw(0.3);
        var seen = new UnluckyStore(store, misfortune);
        try
        {
            var corpus = CorpusBuilder.Build(await new DocumentStore(seen).ReadAllAsync(cancellationToken).ToListAsync(cancellationToken), new CorpusOptions());
            if (corpus.Train.Count > 0)
            {
                await CorpusFiles.WriteAsync(corpus, seen, cancellationToken);
                var number = 1 + (Started % 2);
                await model.PublishAsync(seen, number, $"{corpus.Id[..8]}-0000000{number}", corpus.Id, cancellationToken, perplexity: 15 + random.Next(10), created: clock.Now);
            }

            run = run with { State = TrainingRunState.Done };
        }
        catch (Exception exception) when (exception is Faults.ProcessDiedException or BlobStoreException)
        {
            // Started again where it was.
            end = clock.Now.AddHours(1);
        }
    }
}
