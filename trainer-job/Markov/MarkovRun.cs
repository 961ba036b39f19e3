using Pipeline.Generation.Markov;
using Pipeline.Quality;
using Pipeline.Runs;
using Pipeline.TrainerJob.Commands;
using Pipeline.TrainerJob.Models;
using Pipeline.TrainerJob.Runs;
using Pipeline.TrainerJob.Training;
using Pipeline.TrainerJob.Training.Engine;

namespace Pipeline.TrainerJob.Markov;

/// <summary>A run that counts: from a corpus to a published Markov chain. It takes seconds, so there is nothing to resume.</summary>
internal sealed class MarkovRun(TrainSettings settings, TrainingPreset preset, ModelDestination destination, RunView view, TimeProvider clock)
{
    /// <summary>Counts, judges and publishes.</summary>
    public async Task<RunState> RunAsync(CorpusInput corpus, RunFolder run, RunProgress progress, CancellationToken stop)
    {
        var started = clock.GetTimestamp();
        var (tokenizer, tokens) = await new RunPreparation(settings, preset, start: null, destination.CacheFolder, view).TokenizeAsync(corpus, run, stop);
        var order = MarkovFamily.OrderOf(preset);
        var chain = NgramCounter.Count(tokens.Train, order, tokenizer.VocabularySize, stop);
        view.Say(FormattableString.Invariant($"Counted {tokens.TrainTokens:#,0} tokens: a Markov chain of order {order} with {chain.Runs:#,0} runs."));
        var held = Score(chain, tokens.Validation);
        progress.State = progress.State with
        {
            Tokens = tokens.TrainTokens,
            TrainedTokens = tokens.TrainTokens,
            Documents = corpus.Train.Count + corpus.Validation.Count,
            TrainLoss = Score(chain, tokens.Train).Mean,
            ValidationLoss = held.Tokens > 0 ? held.Mean : null,
            Perplexity = held.Tokens > 0 ? Math.Exp(held.Mean) : null,
            Seconds = clock.GetElapsedTime(started).TotalSeconds,
        };
        var index = OriginalityIndex.Build(tokens.Train.Select((ids, number) => ($"{number}", (IReadOnlyList<int>)ids)));
        using var nothing = new ParameterSet([]);
        var shape = new NgramConfig(order, NgramConfig.UsualContext, tokenizer.VocabularySize).Shape;
        var place = await new ModelFinish(settings, destination, view, clock).RunAsync(
            run, new ModelInHand(shape, nothing, Adapter: null, tokenizer, corpus, index, BaseModel: null, preset) { Chain = chain }, progress.State, stop);
        view.Say($"The model {run.Name} is in {place}.");
        return await progress.EndAsync(RunStatus.Finished, error: null);
    }

    /// <summary>The loss of a chain on documents: every token but each one's first.</summary>
    public static StepLoss Score(NgramModel chain, IEnumerable<int[]> documents)
    {
        var (sum, count) = (0.0, 0L);
        foreach (var document in documents)
        {
            for (var at = 1; at < document.Length; at++, count++)
            {
                sum -= chain.LogProbability(document.AsSpan(0, at), document[at]);
            }
        }

        return new StepLoss(sum, count);
    }
}
