using System.IO.Enumeration;
using System.Text.RegularExpressions;
using Pipeline.Posts;

namespace Pipeline.Privacy;

/// <summary>
/// The owner's patterns for what never becomes training text. A line each, or with commas between them: <c>path:_posts/diary/*</c> (or a path
/// alone), <c>tag:family</c>, <c>category:health</c>, <c>text:/\bSmith\b/</c> (a regular expression, case does not matter) or
/// <c>text:words of the text</c>. A post that one of them matches is left out as a whole.
/// </summary>
public sealed class PrivatePatterns
{
    private readonly IReadOnlyList<(string Pattern, Func<Subject, bool> Matches)> _patterns;

    private PrivatePatterns(IReadOnlyList<(string Pattern, Func<Subject, bool> Matches)> patterns, string stamp)
    {
        _patterns = patterns;
        Stamp = stamp;
    }

    /// <summary>No pattern.</summary>
    public static PrivatePatterns None { get; } = new([], "");

    /// <summary>Another text for other patterns.</summary>
    public string Stamp { get; }

    /// <summary>Reads the owner's setting.</summary>
    /// <exception cref="FormatException">A pattern cannot be read; the message names it and says how to write it.</exception>
    public static PrivatePatterns Parse(string setting)
    {
        var lines = Split(setting).ToList();
        return lines.Count == 0 ? None : new([.. lines.Select(line => (line, Compile(line)))], string.Join('\n', lines));
    }

    /// <summary>Why a document is left out, or null if no pattern matches it.</summary>
    public string? WhyPrivate(PostDocument document) => WhyPrivate(document, "");

    /// <summary>Why a post is left out, or null if no pattern matches it.</summary>
    /// <param name="document">Its fields, and its text if that is known.</param>
    /// <param name="source">The post as it was written, where that is at hand.</param>
    public string? WhyPrivate(PostDocument document, string source)
    {
        var subject = new Subject(document, source);
        foreach (var (pattern, matches) in _patterns)
        {
            if (matches(subject))
            {
                return $"private: matches the pattern {pattern}";
            }
        }

        return null;
    }

    // A comma within a regular expression is no end: those are between slashes.
    private static IEnumerable<string> Split(string setting)
    {
        foreach (var line in setting.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var start = 0;
            var inside = false;
            for (var at = 0; at <= line.Length; at++)
            {
                if (at == line.Length || (line[at] == ',' && !inside))
                {
                    if (line[start..at].Trim() is { Length: > 0 } pattern)
                    {
                        yield return pattern;
                    }

                    start = at + 1;
                }
                else if (line[at] == '/' && (inside || line[start..at].Trim() == "text:") && (at == 0 || line[at - 1] != '\\'))
                {
                    inside = !inside;
                }
            }
        }
    }

    private static Func<Subject, bool> Compile(string pattern)
    {
        var colon = pattern.IndexOf(':', StringComparison.Ordinal);
        var (kind, value) = colon < 0 ? ("path", pattern) : (pattern[..colon].Trim(), pattern[(colon + 1)..].Trim());
        if (value.Length == 0)
        {
            throw new FormatException($"The private pattern '{pattern}' is empty after its colon.");
        }

        return kind switch
        {
            "path" => subject => FileSystemName.MatchesSimpleExpression(value, subject.Document.Path, ignoreCase: true),
            "tag" => subject => subject.Document.Tags.Contains(value, StringComparer.OrdinalIgnoreCase),
            "category" => subject => subject.Document.Categories.Contains(value, StringComparer.OrdinalIgnoreCase),
            "text" when value is ['/', .., '/'] && value.Length > 2 => Expression(pattern, value[1..^1]),
            "text" => subject => subject.Texts.Any(text => text.Contains(value, StringComparison.OrdinalIgnoreCase)),
            _ => throw new FormatException($"The private pattern '{pattern}' begins with '{kind}:'; write path:, tag:, category: or text:."),
        };
    }

    private static Func<Subject, bool> Expression(string pattern, string expression)
    {
        try
        {
            // Without backtracking: time grows with the text's length only, whatever the owner wrote.
            var regex = new Regex(expression, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
            return subject => subject.Texts.Any(regex.IsMatch);
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            throw new FormatException($"The private pattern '{pattern}' is no regular expression that can be used (no look-around, no back-reference): {exception.Message}", exception);
        }
    }

    private sealed record Subject(PostDocument Document, string Source)
    {
        public IEnumerable<string> Texts => [Document.Title, Document.Text, Source];
    }
}
