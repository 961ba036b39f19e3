using System.Globalization;
using Pipeline.Feedback;
using Pipeline.Registry;

namespace Pipeline.Functions.WatchDeployment;

/// <summary>What is wrong with a version in service, from what was said of its texts. Pure: the same words give the same alarms.</summary>
internal static class DeploymentAlarms
{
    /// <summary>Pull requests closed one after the other that are an alarm.</summary>
    public const int ClosedInARow = 5;

    /// <summary>Rewards that a mean needs to say anything.</summary>
    public const int FewestRewards = 5;

    /// <summary>How far back rewards count.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromDays(7);

    private const string Closed = "closed";

    /// <summary>The alarms, a sentence each; none if all is well.</summary>
    /// <param name="version">The version.</param>
    /// <param name="feedback">What was said, oldest first, of any version.</param>
    /// <param name="since">When the version was put in service: what was said before is of an earlier time of it.</param>
    /// <param name="now">The present.</param>
    /// <param name="threshold">The mean reward that is still good.</param>
    public static IReadOnlyList<string> Of(string version, IReadOnlyList<FeedbackEntry> feedback, DateTimeOffset since, DateTimeOffset now, double threshold)
    {
        var own = feedback.Where(entry => entry.Version == version && entry.Time >= since).ToList();
        var alarms = new List<string>();
        if (MeanReward(own, now) is { } mean && mean < threshold)
        {
            alarms.Add(string.Create(CultureInfo.InvariantCulture, $"Its mean reward over {Window.Days} days is {mean:0.##}; {threshold:0.##} is wanted."));
        }

        var last = own.Where(entry => entry.Source == FeedbackEntry.PullRequestSource).TakeLast(ClosedInARow).ToList();
        if (last.Count == ClosedInARow && last.All(entry => entry.Outcome == Closed))
        {
            alarms.Add($"Its last {ClosedInARow} pull requests were closed unmerged.");
        }

        return alarms;
    }

    /// <summary>The mean reward within the window; null if there are too few.</summary>
    public static double? MeanReward(IEnumerable<FeedbackEntry> own, DateTimeOffset now)
    {
        var rewards = own.Where(entry => entry.Time > now - Window).Select(entry => entry.Reward).ToList();
        return rewards.Count < FewestRewards ? null : rewards.Average();
    }

    /// <summary>When the version last came into service or to its share; the beginning of time if the history does not know.</summary>
    public static DateTimeOffset Since(RoutingTable table, string version)
    {
        for (var index = table.History.Count - 1; index >= 0; index--)
        {
            var change = table.History[index];
            // A roll-back names the version that went; the one that serves now came with it.
            if ((change.Version == version && change.Change is (RoutingChangeKind.Promoted or RoutingChangeKind.Shared))
                || (change.Change == RoutingChangeKind.RolledBack && change.Version != version && table.Stable == version))
            {
                return change.Time;
            }
        }

        return DateTimeOffset.MinValue;
    }
}
