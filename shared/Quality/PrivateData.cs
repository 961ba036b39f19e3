using System.Text.RegularExpressions;

namespace Pipeline.Quality;

/// <summary>Finds what a post must not give away: e-mail addresses, telephone numbers, keys.</summary>
public static partial class PrivateData
{
    /// <summary>E-mail addresses of the text, except those at domains reserved for examples (RFC 2606).</summary>
    public static IReadOnlyList<string> Emails(string text) =>
        [.. EmailStretches(text).Select(found => found.Value)];

    /// <summary>The same with where they begin.</summary>
    public static IEnumerable<(int Start, string Value)> EmailStretches(string text) =>
        Email().Matches(text).Where(match => !ExampleDomain().IsMatch(match.Value)).Select(match => (match.Index, match.Value));

    /// <summary>Stretches that look like telephone numbers: a plus or grouped digits, 8 to 15 of them (E.164), and no date, time or amount.</summary>
    public static IReadOnlyList<string> PhoneNumbers(string text) =>
        [.. Phone().Matches(text).Select(match => match.Value.Trim()).Where(number => number.Count(char.IsAsciiDigit) is >= 8 and <= 15 && !Date().IsMatch(number))];

    /// <summary>Stretches that look like keys or tokens; only their beginning is given, so that no report spreads them.</summary>
    public static IReadOnlyList<string> Keys(string text) => [.. KeyStretches(text).Select(found => found.Value[..Math.Min(6, found.Value.Length)] + "…")];

    /// <summary>Stretches that look like keys or tokens, whole, with where they begin; not for reports.</summary>
    public static IEnumerable<(int Start, string Value)> KeyStretches(string text) => Key().Matches(text).Select(match => (match.Index, match.Value));

    [GeneratedRegex(@"[\p{L}\p{N}._%+-]{1,64}@(?:[\p{L}\p{N}-]{1,63}\.){1,8}\p{L}{2,24}\b", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Email();

    [GeneratedRegex(@"[@.]example(?:\.(?:com|net|org))?$|\.(?:test|invalid|localhost)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex ExampleDomain();

    [GeneratedRegex(@"(?<![\w.,:/-])(?:\+\d{1,3}[ .\-/]?)?(?:\(\d{1,5}\)[ .\-/]?)?\d{2,5}(?:[ .\-/]\d{2,5}){1,5}(?![\w:])|(?<![\w.])\+\d{8,15}(?!\w)|(?<![\w.])0\d{8,11}(?!\w)", RegexOptions.CultureInvariant)]
    private static partial Regex Phone();

    // A day, a range of years, a thousand separator, an address of a network: all are digits in groups.
    [GeneratedRegex(@"^\d{4}[-./ ]\d{1,2}[-./ ]\d{1,2}|^\d{1,2}[-./]\d{1,2}[-./]\d{2,4}$|^\d{4}[-/ ]\d{4}$|^\d{1,3}(?:[ .]\d{3})+$|^\d{1,3}(?:\.\d{1,3}){3}$", RegexOptions.CultureInvariant)]
    private static partial Regex Date();

    // Published prefixes of well-known services, private keys in PEM, JSON web tokens.
    [GeneratedRegex(@"-----BEGIN [A-Z ]*PRIVATE KEY-----|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36,}|\bgithub_pat_\w{22,}|\bsk-[A-Za-z0-9_-]{20,}|\bxox[abprs]-[A-Za-z0-9-]{10,}|\bAIza[A-Za-z0-9_-]{35}|\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.|\bglpat-[A-Za-z0-9_-]{20,}|\bAccountKey=[A-Za-z0-9+/=]{40,}", RegexOptions.CultureInvariant)]
    private static partial Regex Key();
}
