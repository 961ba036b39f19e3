using System.Globalization;
using Pipeline.Functions.Page.Html;
using Pipeline.Quality;

namespace Pipeline.Functions.Page.Views;

/// <summary>Pieces that several views have.</summary>
internal static class Parts
{
    /// <summary>A point in time: how far away, with the whole time for machines and on hover.</summary>
    public static Markup Time(DateTimeOffset? time, DateTimeOffset now) => time is { } known
        ? Markup.Of($"<time datetime=\"{known.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}\" title=\"{known:yyyy-MM-dd HH:mm:ss zzz}\">{Words.Relative(known, now)}</time>")
        : Markup.Of($"never");

    /// <summary>A point in time as a date with its hour.</summary>
    public static Markup Date(DateTimeOffset time) => Markup.Of($"<time datetime=\"{time.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}\">{time.UtcDateTime:yyyy-MM-dd HH:mm}</time>");

    /// <summary>A figure with its name, for a list of such.</summary>
    public static Markup Fact(string name, string value) => Markup.Of($"<div><dt>{name}</dt><dd>{value}</dd></div>");

    /// <summary>A figure with its name.</summary>
    public static Markup Fact(string name, Markup value) => Markup.Of($"<div><dt>{name}</dt><dd>{value}</dd></div>");

    /// <summary>A table that scrolls by itself where it does not fit.</summary>
    /// <param name="name">What it is.</param>
    /// <param name="heads">The columns; a leading <c>#</c> marks one of numbers.</param>
    /// <param name="rows">The rows.</param>
    public static Markup Table(string name, IReadOnlyList<string> heads, IEnumerable<IReadOnlyList<Markup>> rows)
    {
        var numbers = heads.Select(head => head.StartsWith('#')).ToList();
        return Markup.Of(
            $"""
            <div class="scroll" tabindex="0" role="region" aria-label="{name}"><table><thead><tr>{heads.Select((head, index) => numbers[index] ? Markup.Of($"<th scope=\"col\" class=\"n\">{head[1..]}</th>") : Markup.Of($"<th scope=\"col\">{head}</th>"))}</tr></thead><tbody>{rows.Select(row => Markup.Of($"<tr>{row.Select((cell, index) => numbers[index] ? Markup.Of($"<td class=\"n\">{cell}</td>") : Markup.Of($"<td>{cell}</td>"))}</tr>"))}</tbody></table></div>
            """);
    }

    /// <summary>A text as markup.</summary>
    public static Markup Text(string? text) => Markup.Of($"{text}");

    /// <summary>Figures of the quality gates.</summary>
    public static Markup Gates(IReadOnlyList<QualityFigure> figures) => Table(
        "Quality gates",
        ["Gate", "#Figure", "#Wanted", "Result"],
        figures.Select(figure => (IReadOnlyList<Markup>)
        [
            Text(figure.Name),
            Text(Value(figure.Value, figure.Unit)),
            Text($"{figure.Relation} {Value(figure.Threshold, figure.Unit)}"),
            figure.Passed ? Markup.Of($"<span class=\"good\">passed</span>") : Markup.Of($"<span class=\"bad\">{figure.Reason ?? "failed"}</span>"),
        ]));

    private static string Value(double value, string unit) => value.ToString("0.###", CultureInfo.InvariantCulture) + (unit.Length > 0 ? " " + unit : "");
}
