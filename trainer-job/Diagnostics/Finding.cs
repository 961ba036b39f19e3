namespace Pipeline.TrainerJob.Diagnostics;

/// <summary>One thing that was looked at.</summary>
/// <param name="Check">What.</param>
/// <param name="Kind">How it stands.</param>
/// <param name="Text">What was found, and the way out if something is amiss.</param>
internal sealed record Finding(string Check, FindingKind Kind, string Text);

/// <summary>How a thing stands.</summary>
internal enum FindingKind
{
    /// <summary>As it should be.</summary>
    Good,

    /// <summary>It is not there.</summary>
    Missing,

    /// <summary>It is there and does not do what it should.</summary>
    Wrong,
}
