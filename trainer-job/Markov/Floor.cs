using Pipeline.Generation.Markov;
using Pipeline.TrainerJob.Runs;
using Pipeline.TrainerJob.Training;

namespace Pipeline.TrainerJob.Markov;

/// <summary>What every model has to beat: the perplexity of a Markov chain with the same tokens on the same held-out posts.</summary>
internal static class Floor
{
    // A chain of order 2 is the best of its kind on a blog's few hundred thousand tokens.
    private const int Order = 2;

    // Counting a larger corpus would take memory that the model's own work has better use for.
    private const long MostTokens = 3_000_000;

    /// <summary>The floor, in nats a token; null if nothing is held out or the corpus is too large to count.</summary>
    public static double? Of(TokenizedCorpus tokens, int vocabulary, CancellationToken cancellationToken) =>
        tokens.Validation.Count == 0 || tokens.TrainTokens > MostTokens
            ? null
            : MarkovRun.Score(NgramCounter.Count(tokens.Train, Order, vocabulary, cancellationToken), tokens.Validation).Mean;

    /// <summary>Says how a model stands to it; a model that does not beat it is warned of.</summary>
    public static void Compare(TokenizedCorpus tokens, int vocabulary, double? loss, RunView view, CancellationToken cancellationToken)
    {
        if (loss is not { } reached || Of(tokens, vocabulary, cancellationToken) is not { } floor)
        {
            return;
        }

        var text = FormattableString.Invariant($"perplexity {Math.Exp(reached):0.0} on the held-out posts; a Markov chain of order {Order} has {Math.Exp(floor):0.0}");
        if (reached < floor)
        {
            view.Say($"The model has {text}.");
        }
        else
        {
            view.Warn($"The model is worse than the simplest one there is: {text}. Train it longer or on more text.");
        }
    }
}
