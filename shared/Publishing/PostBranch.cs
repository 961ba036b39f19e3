using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Pipeline.Publishing;

/// <summary>The branch that carries the generated post of a day.</summary>
/// <param name="Day">The day.</param>
public sealed record PostBranch(DateOnly Day)
{
    /// <summary>What the names of all our branches begin with.</summary>
    public const string Prefix = "pipeline/post-";

    /// <summary>The branch's name, <c>pipeline/post-YYYY-MM-DD</c>.</summary>
    public override string ToString() => Prefix + Day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    /// <param name="name">A branch's name.</param>
    /// <param name="branch">The branch, if it is one of ours.</param>
    public static bool TryParse(string name, [NotNullWhen(true)] out PostBranch? branch)
    {
        branch = name.StartsWith(Prefix, StringComparison.Ordinal)
            && DateOnly.TryParseExact(name[Prefix.Length..], "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
                ? new PostBranch(day)
                : null;
        return branch is not null;
    }
}
