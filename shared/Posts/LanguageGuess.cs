using System.Collections.Frozen;

namespace Pipeline.Posts;

/// <summary>Tells a text's language by its script and, for the Latin script, by its commonest words.</summary>
internal static class LanguageGuess
{
    /// <summary>The code for a text whose language cannot be told.</summary>
    public const string Unknown = "und";

    // Characters from the start that decide: enough for a hundred common words, and the same work for any post.
    private const int Sample = 800;
    private const int FewestLetters = 20;
    private const int FewestHits = 3;

    // The commonest function words of each language that others lack, or share with few.
    private static readonly (string Language, string Words)[] Latin =
    [
        ("en", "the and of to is that it for with was this are you be have not but from they his which what we i"),
        ("de", "der die das und ist nicht ich mit von ein eine den dem auf zu sich auch für im es werden wird aus oder"),
        ("fr", "le la les et des est une pour que dans pas qui sur avec ce il je nous vous sont cette mais du au aux"),
        ("es", "el la los las que y en una por con para es se del no como más pero lo su este está son al"),
        ("pt", "o os que e do da em um uma para com não por mais como mas dos das ao na no foi são você isso é"),
        ("it", "il che di è per un una non con sono del della le gli si come anche più ma questo nel alla dei ho"),
        ("nl", "de het een en van ik is dat niet je op te voor zijn met die er maar ook aan naar wordt deze"),
        ("sv", "och att det som en är jag på för inte med av den har till ett om var men så kan från"),
        ("da", "og det at er jeg på ikke af som til med den der for har en men et han fra kan være"),
        ("nb", "og det er jeg på ikke som til av med den har for en men et fra kan å være eller også"),
        ("fi", "ja on ei se että en hän ovat oli mutta kun niin kuin myös tai joka ole mitä sen"),
        ("pl", "nie w na się że to z jest i do jak po ale co od za tak czy przez są być dla"),
        ("cs", "a se v na je že to s z do jsem jako ale by co jsou pro tak už aby nebo když"),
        ("tr", "ve bir bu için da de ile çok ne ama daha gibi var olarak ben kadar sonra değil mi"),
        ("ro", "și în de la cu un o nu că pe este care pentru din mai sunt ca dar sau fi"),
        ("hu", "a az és hogy nem egy is ez van de meg csak mint már ha még vagy kell azt"),
        ("id", "yang dan di ini itu dengan untuk dari tidak pada ke dalam akan adalah atau juga saya bisa"),
        ("vi", "và của là có không được trong cho một với những này các để khi người đã"),
    ];

    private static readonly FrozenDictionary<string, ulong> WordLanguages = Index();

    /// <summary>The ISO 639-1 code at the start of a name such as <c>en_US</c>, <c>de-AT</c> or <c>pt</c>; null if there is none.</summary>
    public static string? Code(string? name)
    {
        var text = (name ?? "").AsSpan().Trim();
        return text.Length >= 2 && char.IsAsciiLetter(text[0]) && char.IsAsciiLetter(text[1]) && (text.Length == 2 || text[2] is '-' or '_' or '.')
            ? text[..2].ToString().ToLowerInvariant()
            : null;
    }

    /// <summary>The language of a text as ISO 639-1 code, or <see cref="Unknown"/>.</summary>
    public static string Of(string text)
    {
        var sample = text.AsSpan(0, Math.Min(text.Length, Sample));
        var scripts = new ScriptCount();
        foreach (var character in sample)
        {
            scripts.Add(character);
        }

        return scripts.Language(out var latin) ?? (latin ? OfLatin(sample) : Unknown);
    }

    private static string OfLatin(ReadOnlySpan<char> sample)
    {
        Span<int> hits = stackalloc int[Latin.Length];
        Span<char> lower = stackalloc char[16];
        var words = WordLanguages.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var start = 0; start < sample.Length;)
        {
            var length = 0;
            while (start + length < sample.Length && char.IsLetter(sample[start + length]))
            {
                length++;
            }

            if (length is > 0 and < 16
                && sample.Slice(start, length).ToLowerInvariant(lower) > 0
                && words.TryGetValue(lower[..length], out var languages))
            {
                for (; languages != 0; languages &= languages - 1)
                {
                    hits[System.Numerics.BitOperations.TrailingZeroCount(languages)]++;
                }
            }

            start += length + 1;
        }

        var best = 0;
        for (var index = 1; index < hits.Length; index++)
        {
            best = hits[index] > hits[best] ? index : best;
        }

        return hits[best] < FewestHits ? Unknown : Latin[best].Language;
    }

    private static FrozenDictionary<string, ulong> Index()
    {
        var index = new Dictionary<string, ulong>();
        for (var language = 0; language < Latin.Length; language++)
        {
            foreach (var word in Latin[language].Words.Split(' '))
            {
                index[word] = index.GetValueOrDefault(word) | (1UL << language);
            }
        }

        return index.ToFrozenDictionary();
    }

    private struct ScriptCount
    {
        private int _latin, _cyrillic, _ukrainian, _belarusian, _han, _kana, _hangul, _greek, _hebrew, _arabic, _persian, _devanagari, _bengali, _tamil, _thai, _georgian, _armenian;

        public void Add(char character)
        {
            switch (character)
            {
                case < '\u0370':
                    _latin += char.IsLetter(character) ? 1 : 0;
                    break;
                case < '\u0400':
                    _greek++;
                    break;
                case < '\u0530':
                    _cyrillic++;
                    _ukrainian += character is 'і' or 'ї' or 'є' or 'ґ' or 'І' or 'Ї' or 'Є' ? 1 : 0;
                    _belarusian += character is 'ў' or 'Ў' ? 1 : 0;
                    break;
                case < '\u0590':
                    _armenian++;
                    break;
                case < '\u0600':
                    _hebrew++;
                    break;
                case < '\u0700':
                    _arabic++;
                    _persian += character is 'پ' or 'چ' or 'ژ' or 'گ' or 'ک' or 'ی' ? 1 : 0;
                    break;
                case >= '\u0900' and < '\u0980':
                    _devanagari++;
                    break;
                case >= '\u0980' and < '\u0A00':
                    _bengali++;
                    break;
                case >= '\u0B80' and < '\u0C00':
                    _tamil++;
                    break;
                case >= '\u0E00' and < '\u0E80':
                    _thai++;
                    break;
                case >= '\u10A0' and < '\u1100':
                    _georgian++;
                    break;
                case >= '\u1E00' and < '\u1F00':
                    _latin++;
                    break;
                case >= '\u1F00' and < '\u2000':
                    _greek++;
                    break;
                case >= '\u3040' and < '\u3100':
                    _kana++;
                    break;
                case (>= '\u3400' and < '\uA000') or (>= '\uF900' and < '\uFB00'):
                    _han++;
                    break;
                case >= '\uAC00' and < '\uD7B0':
                    _hangul++;
                    break;
            }
        }

        // Code and names in a post of another script are Latin: that script counts from a fifth of the letters on, and a sign of
        // Chinese, Japanese or Korean stands for several letters.
        public readonly string? Language(out bool latin)
        {
            (int Letters, string Code)[] others =
            [
                (3 * (_han + _kana), _kana * 10 > _han ? "ja" : "zh"), (2 * _hangul, "ko"),
                (_cyrillic, _belarusian > 0 ? "be" : _ukrainian * 50 > _cyrillic ? "uk" : "ru"),
                (_greek, "el"), (_hebrew, "he"), (_arabic, _persian * 20 > _arabic ? "fa" : "ar"),
                (_devanagari, "hi"), (_bengali, "bn"), (_tamil, "ta"), (_thai, "th"), (_georgian, "ka"), (_armenian, "hy"),
            ];
            var (letters, code) = others.MaxBy(other => other.Letters);
            latin = _latin >= FewestLetters;
            return letters >= FewestLetters && letters * 4 > _latin ? code : null;
        }
    }
}
