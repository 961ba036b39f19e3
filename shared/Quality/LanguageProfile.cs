using System.Globalization;
using System.Text;

namespace Pipeline.Quality;

/// <summary>What the corpus's language looks like: its words and its script. Gibberish and another language show as unknown words.</summary>
public sealed class LanguageProfile
{
    private readonly HashSet<string> _words;
    private readonly Script _script;

    private LanguageProfile(HashSet<string> words, Script script)
    {
        _words = words;
        _script = script;
    }

    private enum Script
    {
        Other,
        Latin,
        Greek,
        Cyrillic,
        Hebrew,
        Arabic,
        Indic,
        EastAsian,
    }

    /// <summary>Learns from the corpus's texts.</summary>
    public static LanguageProfile Of(IEnumerable<string> texts)
    {
        var words = new HashSet<string>();
        var scripts = new long[Enum.GetValues<Script>().Length];
        foreach (var text in texts)
        {
            words.UnionWith(new TextStatistics(text).Words);
            Count(text, scripts);
        }

        return new LanguageProfile(words, (Script)Array.IndexOf(scripts, scripts.Max()));
    }

    /// <summary>The share of the text's words that the corpus has; numbers count as known. 0 for a text without words.</summary>
    public double KnownWordShare(string text) => KnownWordShare(new TextStatistics(text));

    /// <summary>The share of the text's letters that belong to the corpus's script; 1 for a text without letters.</summary>
    public double ScriptShare(string text)
    {
        var scripts = new long[Enum.GetValues<Script>().Length];
        Count(text, scripts);
        var letters = scripts.Sum();
        return letters == 0 ? 1 : (double)scripts[(int)_script] / letters;
    }

    internal double KnownWordShare(TextStatistics text) =>
        text.Words.Count == 0 ? 0 : (double)text.Words.Count(word => _words.Contains(word) || word.All(char.IsAsciiDigit)) / text.Words.Count;

    private static void Count(string text, long[] scripts)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsLetter(rune) && Rune.GetUnicodeCategory(rune) != UnicodeCategory.ModifierLetter)
            {
                scripts[(int)Of(rune.Value)]++;
            }
        }
    }

    // Unicode blocks.
    private static Script Of(int codePoint) => codePoint switch
    {
        < 0x0250 or (>= 0x1E00 and <= 0x1EFF) => Script.Latin,
        (>= 0x0370 and <= 0x03FF) or (>= 0x1F00 and <= 0x1FFF) => Script.Greek,
        >= 0x0400 and <= 0x052F => Script.Cyrillic,
        >= 0x0590 and <= 0x05FF => Script.Hebrew,
        (>= 0x0600 and <= 0x077F) or (>= 0x08A0 and <= 0x08FF) => Script.Arabic,
        >= 0x0900 and <= 0x0DFF => Script.Indic,
        (>= 0x3040 and <= 0x9FFF) or (>= 0xAC00 and <= 0xD7AF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x20000 and <= 0x3FFFF) => Script.EastAsian,
        _ => Script.Other,
    };
}
