using System.Numerics;
using System.Numerics.Tensors;

namespace Pipeline.Generation;

/// <summary>
/// The tokens that are still in the draw, most likely first, of equals the lower id first. Truncations look at the probabilities among
/// what is left, as a chain of Hugging Face's warpers does.
/// </summary>
internal sealed class CandidateSet
{
    /// <summary>From about here sorting everything is faster than inserting.</summary>
    public const int InsertionLimit = 1000;

    private int[] _ids = [];
    private float[] _logits = [];
    private double[] _probabilities = [];

    /// <summary>How many are left.</summary>
    public int Count { get; private set; }

    /// <summary>Their ids.</summary>
    public ReadOnlySpan<int> Ids => _ids.AsSpan(0, Count);

    /// <summary>Their probabilities, which sum to 1.</summary>
    public ReadOnlySpan<double> Probabilities => _probabilities.AsSpan(0, Count);

    /// <summary>Takes the k tokens of largest logit, fewer if fewer are possible.</summary>
    public void TakeTop(ReadOnlySpan<float> logits, int k)
    {
        if (k > InsertionLimit)
        {
            TakeAll(logits);
            Cut(k);
            return;
        }

        Reserve(Math.Min(k, logits.Length) + 1);
        var size = 0;
        var lowest = float.NegativeInfinity;
        for (var id = 0; id < logits.Length; id++)
        {
            // Most of the vocabulary is passed over many tokens at a time.
            while (id + Vector<float>.Count <= logits.Length && !Vector.GreaterThanAny(new Vector<float>(logits[id..]), new(lowest)))
            {
                id += Vector<float>.Count;
            }

            if (id == logits.Length)
            {
                break;
            }

            // Of equals the earlier id is in already and stays.
            if (!(logits[id] > lowest))
            {
                continue;
            }

            var at = size;
            for (; at > 0 && _logits[at - 1] < logits[id]; at--)
            {
                (_logits[at], _ids[at]) = (_logits[at - 1], _ids[at - 1]);
            }

            (_logits[at], _ids[at]) = (logits[id], id);
            size = Math.Min(size + 1, k);
            lowest = size == k ? _logits[k - 1] : float.NegativeInfinity;
        }

        Count = size;
        Normalize();
    }

    /// <summary>
    /// Takes enough of the most likely tokens to hold this much of the probability, or all that are possible: a superset of what
    /// top-p keeps, found without sorting the vocabulary.
    /// </summary>
    public void TakeMass(ReadOnlySpan<float> logits, double mass)
    {
        var highest = TensorPrimitives.Max(logits);
        var total = LogProbabilities.LogSumExp(logits);
        for (var depth = 8f; ; depth *= 2)
        {
            var everything = depth > 1000;
            TakeAbove(logits, everything ? float.MinValue : highest - depth);
            var held = 0.0;
            foreach (var logit in _logits.AsSpan(0, Count))
            {
                held += Math.Exp(logit - total);
            }

            if (everything || held > mass + 1e-4)
            {
                Normalize(total);
                return;
            }
        }
    }

    /// <summary>Divides the logits by a temperature.</summary>
    public void Cool(float temperature)
    {
        // Subtracting the highest first keeps a very low one from overflowing.
        var highest = _logits[0];
        for (var i = 0; i < Count; i++)
        {
            _logits[i] = (_logits[i] - highest) / temperature;
        }

        Normalize();
    }

    /// <summary>Takes every token that is possible.</summary>
    public void TakeAll(ReadOnlySpan<float> logits)
    {
        TakeAbove(logits, float.MinValue);
        Normalize();
    }

    /// <summary>Takes the tokens at least <paramref name="ratio"/> times as likely as the likeliest.</summary>
    public void TakeRatio(ReadOnlySpan<float> logits, double ratio)
    {
        TakeAbove(logits, TensorPrimitives.Max(logits) + (float)Math.Log(ratio) - 1e-3f);
        Normalize();
        KeepRatio(ratio);
    }

    /// <summary>Keeps the most likely until their probability reaches p, the one that crosses it too.</summary>
    public void KeepMass(double p)
    {
        var sum = 0.0;
        for (var i = 0; i < Count; i++)
        {
            sum += _probabilities[i];
            if (sum >= p)
            {
                Cut(i + 1);
                return;
            }
        }
    }

    /// <summary>Keeps those at least <paramref name="ratio"/> times as likely as the likeliest.</summary>
    public void KeepRatio(double ratio)
    {
        var keep = 1;
        while (keep < Count && _probabilities[keep] >= ratio * _probabilities[0])
        {
            keep++;
        }

        Cut(keep);
    }

    /// <summary>Keeps those whose surprise is nearest to the entropy until their probability reaches the mass.</summary>
    public void KeepTypical(double mass)
    {
        var entropy = 0.0;
        foreach (var p in Probabilities)
        {
            entropy -= p > 0 ? p * Math.Log(p) : 0;
        }

        var order = new int[Count];
        var distance = new double[Count];
        for (var i = 0; i < Count; i++)
        {
            order[i] = i;
            distance[i] = Math.Abs(-Math.Log(_probabilities[i]) - entropy);
        }

        Array.Sort(order, (a, b) => distance[a] != distance[b] ? distance[a].CompareTo(distance[b]) : a.CompareTo(b));
        var (sum, kept) = (0.0, 0);
        while (kept < Count && sum < mass)
        {
            sum += _probabilities[order[kept++]];
        }

        Array.Sort(order, 0, kept);
        for (var i = 0; i < kept; i++)
        {
            (_ids[i], _logits[i]) = (_ids[order[i]], _logits[order[i]]);
        }

        Cut(kept);
    }

    private void TakeAbove(ReadOnlySpan<float> logits, float limit)
    {
        Reserve(logits.Length);
        Count = 0;
        for (var id = 0; id < logits.Length; id++)
        {
            if (logits[id] >= limit)
            {
                _ids[Count] = id;
                _logits[Count++] = logits[id];
            }
        }

        Sort();
    }

    private void Sort()
    {
        var logits = _logits.AsSpan(0, Count);
        TensorPrimitives.Negate<float>(logits, logits);
        logits.Sort(_ids.AsSpan(0, Count));
        TensorPrimitives.Negate<float>(logits, logits);
        for (var start = 0; start < Count;)
        {
            var end = start + 1;
            while (end < Count && logits[end] == logits[start])
            {
                end++;
            }

            _ids.AsSpan(start..end).Sort();
            start = end;
        }
    }

    private void Cut(int count)
    {
        if (count < Count)
        {
            Count = count;
            Normalize();
        }
    }

    private void Normalize()
    {
        var sum = 0.0;
        for (var i = 0; i < Count; i++)
        {
            sum += _probabilities[i] = Math.Exp(_logits[i] - (double)_logits[0]);
        }

        for (var i = 0; i < Count; i++)
        {
            _probabilities[i] /= sum;
        }
    }

    // Probabilities among all tokens, not only those taken: what is left out belongs to the distribution that top-p cuts.
    private void Normalize(float total)
    {
        for (var i = 0; i < Count; i++)
        {
            _probabilities[i] = Math.Exp(_logits[i] - total);
        }
    }

    private void Reserve(int size)
    {
        if (_ids.Length < size)
        {
            (_ids, _logits, _probabilities) = (new int[size], new float[size], new double[size]);
        }
    }
}
