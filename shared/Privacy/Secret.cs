namespace Pipeline.Privacy;

/// <summary>What a model must not give away.</summary>
public enum SecretKind
{
    /// <summary>An e-mail address of the training texts.</summary>
    Email,

    /// <summary>A key or token of the training texts.</summary>
    Key,

    /// <summary>A code that was planted into them to be looked for.</summary>
    Canary,
}

/// <summary>A stretch of the training texts that a model must not give away.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Value">The stretch; never written anywhere.</param>
/// <param name="Masked">As much of it as a report may say.</param>
public sealed record Secret(SecretKind Kind, string Value, string Masked)
{
    /// <summary>Whether a text gives it away.</summary>
    public bool IsIn(string text) => text.Contains(Value, Kind == SecretKind.Email ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);
}

/// <summary>Where a secret stands.</summary>
/// <param name="Secret">The secret.</param>
/// <param name="Before">The training text up to it.</param>
public sealed record SecretPlace(Secret Secret, string Before);
