using System.Runtime.InteropServices;

namespace Pipeline.Tokenization;

/// <summary>
/// The words of a corpus as chains of tokens, and for each pair of neighbours how often it comes and where. A merge touches
/// only the places where its pair stands, so training takes time in proportion to what changes.
/// </summary>
internal sealed class PairIndex
{
    private const int None = -1;

    private readonly Place[] _places;
    private readonly Dictionary<(int Left, int Right), int> _numbers = [];
    private readonly List<Pair> _pairs = [];

    /// <summary>Lays out the words, byte by byte.</summary>
    /// <param name="words">Each word's bytes and how often it comes.</param>
    /// <param name="byteIds">The token of each byte.</param>
    public PairIndex(IReadOnlyDictionary<byte[], long> words, ReadOnlySpan<int> byteIds)
    {
        _places = new Place[checked((int)words.Sum(word => (long)word.Key.Length))];
        var start = 0;
        foreach (var (word, count) in words)
        {
            for (var index = 0; index < word.Length; index++)
            {
                _places[start + index] = new Place
                {
                    Token = byteIds[word[index]],
                    Count = count,
                    Pair = None,
                    Previous = index == 0 ? None : start + index - 1,
                    Next = index == word.Length - 1 ? None : start + index + 1,
                };
            }

            for (var index = 0; index < word.Length - 1; index++)
            {
                AddPair(start + index);
            }

            start += word.Length;
        }
    }

    /// <summary>How many pairs have ever been seen; they are numbered from 0 in the order of first appearance.</summary>
    public int PairCount => _pairs.Count;

    /// <summary>A pair's tokens.</summary>
    public (int Left, int Right) Tokens(int pair) => (_pairs[pair].Left, _pairs[pair].Right);

    /// <summary>How often a pair stands in the corpus now, overlapping places included.</summary>
    public long Count(int pair) => _pairs[pair].Count;

    /// <summary>Replaces the pair by a token that is nowhere yet, in every word from left to right.</summary>
    public void Merge(int pair, int token)
    {
        while (_pairs[pair].FirstPlace is var at and not None)
        {
            ref var left = ref _places[at];
            var gone = left.Next;
            var next = _places[gone].Next;
            RemovePair(at);
            if (left.Previous != None)
            {
                RemovePair(left.Previous);
            }

            if (next != None)
            {
                RemovePair(gone);
                _places[next].Previous = at;
            }

            left.Token = token;
            left.Next = next;
            if (left.Previous != None)
            {
                AddPair(left.Previous);
            }

            if (next != None)
            {
                AddPair(at);
            }
        }
    }

    // A pair's places stay in ascending order without sorting: a pair that holds a new token only comes into being during that
    // token's own merge, which goes from left to right.
    private void AddPair(int at)
    {
        ref var place = ref _places[at];
        var tokens = (place.Token, _places[place.Next].Token);
        ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(_numbers, tokens, out var known);
        if (!known)
        {
            number = _pairs.Count;
            _pairs.Add(new Pair { Left = tokens.Item1, Right = tokens.Item2, FirstPlace = None, LastPlace = None });
        }

        ref var pair = ref CollectionsMarshal.AsSpan(_pairs)[number];
        pair.Count += place.Count;
        place.Pair = number;
        place.PreviousOfPair = pair.LastPlace;
        place.NextOfPair = None;
        if (pair.LastPlace == None)
        {
            pair.FirstPlace = at;
        }
        else
        {
            _places[pair.LastPlace].NextOfPair = at;
        }

        pair.LastPlace = at;
    }

    private void RemovePair(int at)
    {
        ref var place = ref _places[at];
        ref var pair = ref CollectionsMarshal.AsSpan(_pairs)[place.Pair];
        pair.Count -= place.Count;
        place.Pair = None;
        if (place.PreviousOfPair == None)
        {
            pair.FirstPlace = place.NextOfPair;
        }
        else
        {
            _places[place.PreviousOfPair].NextOfPair = place.NextOfPair;
        }

        if (place.NextOfPair == None)
        {
            pair.LastPlace = place.PreviousOfPair;
        }
        else
        {
            _places[place.NextOfPair].PreviousOfPair = place.PreviousOfPair;
        }
    }

    private struct Place
    {
        public long Count;
        public int Token;
        public int Previous;
        public int Next;
        public int Pair;
        public int PreviousOfPair;
        public int NextOfPair;
    }

    private struct Pair
    {
        public long Count;
        public int Left;
        public int Right;
        public int FirstPlace;
        public int LastPlace;
    }
}
