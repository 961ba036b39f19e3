namespace Pipeline.Generation;

/// <summary>A text that has ended, or was cut at the limit.</summary>
/// <param name="Tokens">Generated tokens, with the end of the text.</param>
/// <param name="Score">Sum of its scores over its length to the power of the penalty.</param>
/// <param name="LogProbability">Sum of the model's own log-probabilities.</param>
/// <param name="Reason">Why it ended.</param>
internal sealed record BeamHypothesis(int[] Tokens, double Score, double LogProbability, FinishReason Reason);

/// <summary>The best texts that have ended so far.</summary>
internal sealed class BeamHypotheses(BeamOptions options)
{
    private readonly List<BeamHypothesis> _best = [];

    /// <summary>Takes a text; of more than there are beams the worst goes.</summary>
    public void Add(int[] tokens, double sum, double logProbability, FinishReason reason, int length)
    {
        _best.Add(new(tokens, Normalized(sum, length), logProbability, reason));
        if (_best.Count > options.Beams)
        {
            _best.Remove(_best.MinBy(text => text.Score)!);
        }
    }

    /// <summary>Whether the search can end.</summary>
    /// <param name="best">The best sum of a continuation.</param>
    /// <param name="length">Its length.</param>
    /// <param name="longest">The greatest length.</param>
    public bool Done(double best, int length, int longest)
    {
        if (_best.Count < options.Beams)
        {
            return false;
        }

        // A sum of log-probabilities only falls; where long texts are favoured, it does best at the greatest length.
        var reachable = options.Stopping == BeamStopping.Exact && options.LengthPenalty > 0 ? Normalized(best, longest) : Normalized(best, length);
        return options.Stopping == BeamStopping.Early || _best.Min(text => text.Score) >= reachable;
    }

    /// <summary>The texts to give back, best first.</summary>
    public IEnumerable<BeamHypothesis> Best() => _best.OrderByDescending(text => text.Score).Take(options.Returned);

    private double Normalized(double sum, int length) => sum / Math.Pow(length, options.LengthPenalty);
}
