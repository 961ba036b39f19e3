using System.Globalization;
using System.Text;

namespace Pipeline.Quality;

/// <summary>Words and sentences of a text, for counting. Where a script is written without blanks each character counts as a word.</summary>
internal sealed class TextStatistics
{
    private readonly List<string> _words = [];

    public TextStatistics(string text)
    {
        var word = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (IsWrittenWithoutBlanks(rune.Value))
            {
                EndWord(word);
                _words.Add(rune.ToString());
            }
            else if (Rune.IsLetterOrDigit(rune) || rune.Value is '\'' or '’' || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark)
            {
                word.Append(Rune.ToLowerInvariant(rune));
            }
            else
            {
                EndWord(word);
            }
        }

        EndWord(word);
        Sentences = SentencesOf(text);
    }

    /// <summary>The words in lower case, without punctuation.</summary>
    public IReadOnlyList<string> Words => _words;

    /// <summary>The sentences of at least three words, in lower case, each with single blanks.</summary>
    public IReadOnlyList<string> Sentences { get; }

    /// <summary>Different runs of four words by all runs of four words; 1 for a shorter text.</summary>
    public double DistinctRuns()
    {
        const int length = 4;
        var runs = _words.Count - length + 1;
        if (runs <= 0)
        {
            return 1;
        }

        var distinct = new HashSet<(string, string, string, string)>(runs);
        for (var start = 0; start < runs; start++)
        {
            distinct.Add((_words[start], _words[start + 1], _words[start + 2], _words[start + 3]));
        }

        return (double)distinct.Count / runs;
    }

    /// <summary>The share of sentences that repeat an earlier one.</summary>
    public double RepeatedSentences() => Sentences.Count == 0 ? 0 : 1 - ((double)Sentences.Distinct().Count() / Sentences.Count);

    private void EndWord(StringBuilder word)
    {
        var text = word.ToString().Trim('\'', '’');
        word.Clear();
        if (text.Length > 0)
        {
            _words.Add(text);
        }
    }

    private static List<string> SentencesOf(string text)
    {
        var sentences = new List<string>();
        foreach (var sentence in text.Split(['.', '!', '?', '\n', '。', '！', '？'], StringSplitOptions.RemoveEmptyEntries))
        {
            var words = sentence.ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length >= 3 || sentence.Length >= 3 && sentence.EnumerateRunes().All(rune => IsWrittenWithoutBlanks(rune.Value)))
            {
                sentences.Add(string.Join(' ', words));
            }
        }

        return sentences;
    }

    // Thai to Tibetan, Myanmar, Khmer, kana, the ideographs.
    private static bool IsWrittenWithoutBlanks(int codePoint) => codePoint is
        (>= 0x0E00 and <= 0x0FFF) or (>= 0x1000 and <= 0x109F) or (>= 0x1780 and <= 0x17FF)
        or (>= 0x3040 and <= 0x9FFF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x20000 and <= 0x3FFFF);
}
