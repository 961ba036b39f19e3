namespace Pipeline.Posts.Text;

/// <summary>Collects warnings about one post; a post that is all wrong does not flood the report.</summary>
internal sealed class PostWarnings
{
    private const int Most = 20;

    private readonly List<string> sentences = [];
    private int left;
    private int places;

    /// <summary>Adds a sentence unless it is there already.</summary>
    public void Add(string sentence)
    {
        if (sentences.Count < Most)
        {
            if (!sentences.Contains(sentence))
            {
                sentences.Add(sentence);
            }
        }
        else
        {
            left++;
        }
    }

    /// <summary>Adds a sentence about a place in the body.</summary>
    public void AddAt(string source, int position, string subject, string predicate)
    {
        // Counting lines costs the length of the source: not for each of a hundred thousand tags on one line.
        if (sentences.Count == Most || places == 5 * Most)
        {
            left++;
            return;
        }

        places++;
        var line = source.AsSpan(0, position).Count('\n') + 1;
        Add($"{subject} in line {line} of the body {predicate}.");
    }

    /// <summary>The sentences in the order they came.</summary>
    public IReadOnlyList<string> ToList() => sentences.Count == 0 ? [] : left == 0 ? [.. sentences] : [.. sentences, $"{left} more such places."];
}
