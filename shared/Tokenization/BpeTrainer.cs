namespace Pipeline.Tokenization;

/// <summary>
/// Learns a byte-level byte-pair encoding from texts (Sennrich et al. 2016, on bytes as in GPT-2): starting from the 256 bytes,
/// the pair of neighbouring tokens that comes most often within words becomes a token, again and again.
/// </summary>
/// <remarks>
/// The result depends on the words' counts alone: of pairs that come equally often the one with the lower left id is taken,
/// then the one with the lower right id. Ids are laid out as GPT-2's: bytes in the order of their printable stand-ins, then one
/// token a merge, last the end of text. Equal words are counted together, and only within words are pairs merged.
/// </remarks>
public static class BpeTrainer
{
    /// <summary>The smallest vocabulary: every byte and the end of text.</summary>
    public const int SmallestVocabulary = 257;

    // A pair that comes once would only memorise its word.
    private const long LeastCount = 2;

    private const int MergesPerReport = 64;

    /// <summary>Trains on the texts. The vocabulary is smaller than asked for if no pair comes twice any more.</summary>
    /// <param name="texts">Read once; each text is one document, without end-of-text marks.</param>
    /// <param name="vocabularySize">How many ids there shall be, end of text included.</param>
    /// <param name="cancellation">Stops between texts or merges.</param>
    /// <param name="progress">Told how many ids there are so far, now and then and at the end.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is below <see cref="SmallestVocabulary"/> or above 1,048,576.</exception>
    public static BpeTokenizer Train(IEnumerable<string> texts, int vocabularySize, CancellationToken cancellation, IProgress<int>? progress = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, SmallestVocabulary);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(vocabularySize, BpeVocabulary.MostTokens);
        var words = new WordCounter();
        foreach (var text in texts)
        {
            cancellation.ThrowIfCancellationRequested();
            words.Add(text);
        }

        var byteIds = new int[256];
        foreach (var value in ByteLevelAlphabet.InOrder)
        {
            byteIds[value] = ByteLevelAlphabet.InOrder.IndexOf(value);
        }

        var pairs = new PairIndex(words.Counts, byteIds);
        var queue = new PriorityQueue<int, Priority>();
        EnqueueFrom(0, pairs, queue);
        var merges = new List<(int Left, int Right)>();
        while (SmallestVocabulary + merges.Count < vocabularySize && TakeBest(pairs, queue) is { } best)
        {
            cancellation.ThrowIfCancellationRequested();
            var known = pairs.PairCount;
            pairs.Merge(best, byteIds.Length + merges.Count);
            merges.Add(pairs.Tokens(best));
            EnqueueFrom(known, pairs, queue);
            if (merges.Count % MergesPerReport == 0)
            {
                progress?.Report(SmallestVocabulary + merges.Count);
            }
        }

        progress?.Report(SmallestVocabulary + merges.Count);
        return new BpeTokenizer(BpeVocabulary.FromMerges(merges));
    }

    // A pair that has been seen before never comes more often later: every new place holds the new token.
    private static void EnqueueFrom(int first, PairIndex pairs, PriorityQueue<int, Priority> queue)
    {
        for (var pair = first; pair < pairs.PairCount; pair++)
        {
            Enqueue(pair, pairs, queue);
        }
    }

    private static void Enqueue(int pair, PairIndex pairs, PriorityQueue<int, Priority> queue)
    {
        if (pairs.Count(pair) >= LeastCount)
        {
            var (left, right) = pairs.Tokens(pair);
            queue.Enqueue(pair, new Priority(pairs.Count(pair), left, right));
        }
    }

    private static int? TakeBest(PairIndex pairs, PriorityQueue<int, Priority> queue)
    {
        while (queue.TryDequeue(out var pair, out var priority))
        {
            if (priority.Count == pairs.Count(pair))
            {
                return pair;
            }

            Enqueue(pair, pairs, queue);
        }

        return null;
    }

    private readonly record struct Priority(long Count, int Left, int Right) : IComparable<Priority>
    {
        public int CompareTo(Priority other)
        {
            var byCount = other.Count.CompareTo(Count);
            var byLeft = byCount != 0 ? byCount : Left.CompareTo(other.Left);
            return byLeft != 0 ? byLeft : Right.CompareTo(other.Right);
        }
    }
}
