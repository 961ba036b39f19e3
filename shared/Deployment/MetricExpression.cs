using System.Globalization;
using System.Text.RegularExpressions;

namespace Pipeline.Deployment;

/// <summary>
/// A threshold on what is measured, such as <c>reward.mean(5m) &lt; 0.5</c>, or several with <c>and</c> between them. Metrics: <c>reward</c>
/// (what was said of texts of the version in service), <c>merged</c> and <c>closed</c> (pull requests), each with <c>mean</c>, <c>min</c>,
/// <c>max</c>, <c>last</c> or <c>count</c> over a window in <c>s</c>, <c>m</c>, <c>h</c> or <c>d</c>; and <c>perplexity</c> of the version
/// in service, which has no window.
/// </summary>
public sealed partial class MetricExpression
{
    /// <summary>The metric that has one value.</summary>
    public const string Perplexity = "perplexity";

    private readonly IReadOnlyList<Threshold> _thresholds;

    private MetricExpression(IReadOnlyList<Threshold> thresholds) => _thresholds = thresholds;

    /// <summary>How far back any of its windows reaches.</summary>
    public TimeSpan Window => _thresholds.Max(threshold => threshold.Window);

    /// <summary>Reads an expression.</summary>
    /// <exception cref="FormatException">It is none; the message says what one looks like.</exception>
    public static MetricExpression Parse(string text) => new([.. Conjunction().Split(text).Select(part => ParseOne(part, text))]);

    /// <summary>Whether it holds. Where there is nothing to measure it does not, unless it counts.</summary>
    /// <param name="values">The values of a metric since a time, oldest first; of <see cref="Perplexity"/> one or none.</param>
    /// <param name="now">The present.</param>
    public bool Holds(Func<string, DateTimeOffset, IReadOnlyList<double>> values, DateTimeOffset now) => _thresholds.All(threshold =>
        Aggregate(threshold.Aggregate, values(threshold.Metric, now - threshold.Window)) is { } value && Compare(value, threshold.Operator, threshold.Limit));

    private static double? Aggregate(string aggregate, IReadOnlyList<double> values) => (aggregate, values.Count) switch
    {
        ("count", var count) => count,
        (_, 0) => null,
        ("min", _) => values.Min(),
        ("max", _) => values.Max(),
        ("last", _) => values[^1],
        _ => values.Average(),
    };

    private static bool Compare(double value, string relation, double limit) => relation switch
    {
        "<" => value < limit,
        "<=" => value <= limit,
        ">" => value > limit,
        ">=" => value >= limit,
        _ => value == limit,
    };

    private static Threshold ParseOne(string part, string whole)
    {
        var match = Comparison().Match(part);
        if (!match.Success || (match.Groups["metric"].Value == Perplexity) == match.Groups["aggregate"].Success)
        {
            throw new FormatException(
                $"'{whole}' is no threshold; write one such as reward.mean(5m) < 0.5, closed.count(7d) >= 3 or perplexity > 40, or several with 'and' between them.");
        }

        var unit = match.Groups["unit"].Value switch { "s" => 1, "m" => 60, "h" => 3600, "d" => 86400, _ => 0 };
        return new(
            match.Groups["metric"].Value,
            match.Groups["aggregate"].Success ? match.Groups["aggregate"].Value : "last",
            unit == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(long.Parse(match.Groups["length"].Value, CultureInfo.InvariantCulture) * unit),
            match.Groups["operator"].Value,
            double.Parse(match.Groups["limit"].Value, CultureInfo.InvariantCulture));
    }

    [GeneratedRegex(@"\s+and\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Conjunction();

    [GeneratedRegex(
        @"\A\s*(?<metric>reward|merged|closed|perplexity)(?:\.(?<aggregate>mean|min|max|last|count)\(\s*(?<length>[1-9][0-9]{0,5})(?<unit>[smhd])\s*\))?\s*(?<operator><=|>=|==|<|>)\s*(?<limit>-?[0-9]{1,9}(?:\.[0-9]{1,9})?)\s*\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex Comparison();

    private sealed record Threshold(string Metric, string Aggregate, TimeSpan Window, string Operator, double Limit);
}
