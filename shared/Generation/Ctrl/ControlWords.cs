using Pipeline.Corpus;
using Pipeline.Tokenization;

namespace Pipeline.Generation.Ctrl;

/// <summary>The words that a CTRL's texts begin with: those of its folder's list, else the published ones that its vocabulary has.</summary>
public sealed class ControlWords
{
    private const int Named = 3;

    // Tokens of the prompt that are shown, at most.
    private const int LongestWord = 12;

    // https://github.com/salesforce/ctrl, control_codes.py: names alone.
    private static readonly string[] Published =
    [
        "Pregnancy", "Christianity", "Explain", "Fitness", "Saving", "Ask", "Ass", "Joke", "Questions", "Thoughts", "Retail", "Feminism", "Writing",
        "Atheism", "Netflix", "Computing", "Opinion", "Alone", "Funny", "Gaming", "Human", "India", "Joker", "Diet", "Legal", "Norman", "Tip", "Weight",
        "Movies", "Running", "Science", "Horror", "Confession", "Finance", "Politics", "Scary", "Support", "Technologies", "Teenage", "Event", "Learned",
        "Notion", "Wikipedia", "Books", "Extract", "Confessions", "Conspiracy", "Links", "Narcissus", "Relationship", "Relationships", "Reviews", "News",
        "Translation", "multilingual",
    ];

    private readonly SortedDictionary<string, int> _ids = new(StringComparer.Ordinal);

    /// <summary>Takes the codes that are one token.</summary>
    /// <param name="codes">The folder's list; if it has no codes, the published ones.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    public ControlWords(ControlCodeList codes, BpeTokenizer tokenizer)
    {
        var listed = codes.Codes.Where(code => code.Kind == KnownCode.Code).Select(code => code.Name).ToList();
        foreach (var name in listed.Concat(Published))
        {
            if (tokenizer.Encode(name) is [var id] && id != tokenizer.EndOfTextId)
            {
                _ids[name] = id;
                Usual ??= id;
            }
        }
    }

    /// <summary>The codes.</summary>
    public IReadOnlyCollection<string> Names => _ids.Keys;

    /// <summary>The token of the list's first code; null if there is none.</summary>
    public int? Usual { get; }

    /// <summary>A code's token.</summary>
    /// <exception cref="InvalidSamplingException">The model has no such code; the three most alike are named.</exception>
    public int IdOf(string name) => _ids.TryGetValue(name, out var id) ? id : throw Unknown(name);

    /// <summary>Refuses a prompt that does not begin with a code: what follows would be text from nowhere.</summary>
    /// <exception cref="InvalidSamplingException">It does not; the three codes most alike are named.</exception>
    public void Check(ReadOnlySpan<int> prompt, BpeTokenizer tokenizer)
    {
        if (prompt.IsEmpty || !_ids.ContainsValue(prompt[0]))
        {
            throw Unknown(prompt.IsEmpty ? "" : tokenizer.Decode(prompt[..Math.Min(prompt.Length, LongestWord)]).Split([' ', '\n'])[0]);
        }
    }

    private InvalidSamplingException Unknown(string word) => new(
        $"the text must begin with a control code of the model, and '{word}' is none; the nearest are {string.Join(", ", _ids.Keys.OrderBy(name => Distance(word, name)).ThenBy(name => name, StringComparer.Ordinal).Take(Named))}");

    /// <summary>Insertions, deletions and replacements from one word to the other, whatever the case (Levenshtein, 1966).</summary>
    private static int Distance(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var above = row[j];
                row[j] = char.ToUpperInvariant(from[i - 1]) == char.ToUpperInvariant(to[j - 1]) ? diagonal : 1 + Math.Min(diagonal, Math.Min(above, row[j - 1]));
                diagonal = above;
            }
        }

        return row[^1];
    }
}
