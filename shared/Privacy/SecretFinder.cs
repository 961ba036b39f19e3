using Pipeline.Quality;

namespace Pipeline.Privacy;

/// <summary>Finds what a model could give away of its training texts.</summary>
public static class SecretFinder
{
    private const int KeyCharacters = 40;
    private const int ShortestKey = 16;

    /// <summary>Every e-mail address, key and canary, wherever it stands.</summary>
    /// <param name="texts">The training texts.</param>
    /// <param name="canaries">The canaries among them.</param>
    /// <param name="open">Addresses that anybody may know; case does not matter.</param>
    public static IEnumerable<SecretPlace> Find(IEnumerable<string> texts, IReadOnlyList<Canary> canaries, IReadOnlySet<string> open)
    {
        foreach (var text in texts)
        {
            foreach (var (start, address) in PrivateData.EmailStretches(text).Where(found => !open.Contains(found.Value)))
            {
                yield return new(new(SecretKind.Email, address, Mask(address)), text[..start]);
            }

            foreach (var (start, key) in PrivateData.KeyStretches(text))
            {
                if (Value(text, start, key) is var (at, value))
                {
                    yield return new(new(SecretKind.Key, value, Beginning(key)), text[..at]);
                }
            }
        }

        foreach (var canary in canaries)
        {
            yield return new(new(SecretKind.Canary, canary.Code, canary.Name), canary.Text[..canary.Text.IndexOf(canary.Code, StringComparison.Ordinal)]);
        }
    }

    // The first line of a PEM file is everybody's; what follows is the secret.
    private static (int Start, string Value)? Value(string text, int start, string key)
    {
        if (!key.StartsWith("-----BEGIN", StringComparison.Ordinal))
        {
            return (start, key);
        }

        var at = start + key.Length;
        while (at < text.Length && char.IsWhiteSpace(text[at]))
        {
            at++;
        }

        var end = at;
        while (end < text.Length && end - at < KeyCharacters && !char.IsWhiteSpace(text[end]))
        {
            end++;
        }

        return end - at >= ShortestKey ? (at, text[at..end]) : null;
    }

    private static string Mask(string address)
    {
        var at = address.IndexOf('@', StringComparison.Ordinal);
        return $"{address[0]}…@{address[at + 1]}…";
    }

    private static string Beginning(string key) => key[..Math.Min(6, key.Length)] + "…";
}
