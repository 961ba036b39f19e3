namespace Pipeline.TrainerJob.Sweeps;

/// <summary>
/// Successive halving (Jamieson and Talwalkar, "Non-stochastic Best Arm Identification and Hyperparameter Optimization", 2016): all trials
/// train for a little, the better half goes on for twice as long, until one is left that trains to its end.
/// </summary>
internal static class SuccessiveHalving
{
    /// <summary>Rounds until one of so many trials is left, and that one's own.</summary>
    public static int Rounds(int trials)
    {
        var rounds = 1;
        for (; trials > 1; trials = (trials + 1) / 2)
        {
            rounds++;
        }

        return rounds;
    }

    /// <summary>Steps up to which a trial may train in a round.</summary>
    /// <param name="round">Counted from 0.</param>
    /// <param name="rounds">See <see cref="Rounds"/>.</param>
    /// <param name="longest">Steps of the longest trial.</param>
    public static int StepsOf(int round, int rounds, int longest) => Math.Max(1, (int)Math.Ceiling(longest * Math.Pow(2, round - rounds + 1)));

    /// <summary>The trials of a round: all in the first, then the better half of those that finished the round before.</summary>
    public static IReadOnlyList<SweepTrial> Survivors(IReadOnlyList<SweepTrial> trials, int round)
    {
        var left = trials;
        for (var earlier = 0; earlier < round; earlier++)
        {
            left = [.. left.Where(trial => trial.Failure is null).OrderBy(trial => trial.Loss ?? double.MaxValue).ThenBy(trial => trial.Number).Take((left.Count + 1) / 2)];
        }

        return left;
    }
}
