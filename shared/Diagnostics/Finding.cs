namespace Pipeline.Diagnostics;

/// <summary>One thing that was looked at.</summary>
/// <param name="Check">What.</param>
/// <param name="Kind">How it stands.</param>
/// <param name="Text">What was found.</param>
/// <param name="Fix">What to do, exactly; null if there is nothing to do, or the text says it.</param>
public sealed record Finding(string Check, FindingKind Kind, string Text, string? Fix = null)
{
    /// <summary>The finding as a line of a report.</summary>
    public string Line => $"{Mark} {Check}: {Text}{(Fix is null ? "" : $" Fix: {Fix}")}";

    private string Mark => Kind switch { FindingKind.Good => "ok     ", FindingKind.Missing => "MISSING", _ => "WRONG  " };
}

/// <summary>How a thing stands.</summary>
public enum FindingKind
{
    /// <summary>As it should be.</summary>
    Good,

    /// <summary>It is not there.</summary>
    Missing,

    /// <summary>It is there and does not do what it should.</summary>
    Wrong,
}
