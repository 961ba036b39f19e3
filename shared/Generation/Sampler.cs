using System.Numerics.Tensors;
using Pipeline.Generation.Logits;

namespace Pipeline.Generation;

/// <summary>
/// Chooses the tokens of one sample: a chain of rules on the logits, then temperature and truncation, then one draw. For one thread
/// at a time.
/// </summary>
public sealed class Sampler
{
    private readonly SamplingOptions _options;
    private readonly IReadOnlyList<ILogitsProcessor> _rules;
    private readonly RandomStream _random;
    private readonly CandidateSet _candidates = new();
    private float[] _scores = [];

    /// <summary>A sampler of checked options.</summary>
    /// <param name="options">Temperature and truncation; see <see cref="SamplingOptions.Validate"/>.</param>
    /// <param name="rules">What is applied before, in this order; see <see cref="Rules"/>.</param>
    /// <param name="seed">Seed of this sample.</param>
    public Sampler(SamplingOptions options, IReadOnlyList<ILogitsProcessor> rules, ulong seed)
    {
        _options = options;
        _rules = rules;
        _random = new(seed);
    }

    /// <summary>The tokens that were left in the last draw, where any setting leaves some out.</summary>
    internal ReadOnlySpan<int> Candidates => _candidates.Ids;

    /// <summary>The rules that the options ask for, in the order of application.</summary>
    /// <param name="options">The options.</param>
    /// <param name="endOfText">The token that ends a text.</param>
    /// <param name="encode">Tokens of a text: bad words and the forced prefix are given as text.</param>
    public static IReadOnlyList<ILogitsProcessor> Rules(SamplingOptions options, int endOfText, Func<string, IReadOnlyList<int>> encode)
    {
        List<ILogitsProcessor> rules = [];
        if (options.RepetitionPenalty != 1)
        {
            rules.Add(new RepetitionPenalty(options.RepetitionPenalty, options.PenaltyConvention));
        }

        if (options.PresencePenalty != 0 || options.FrequencyPenalty != 0)
        {
            rules.Add(new OccurrencePenalty(options.PresencePenalty, options.FrequencyPenalty));
        }

        if (options.LogitBias.Count > 0)
        {
            rules.Add(new LogitBias(options.LogitBias));
        }

        if (options.NoRepeatNgram > 0)
        {
            rules.Add(new NoRepeatNgram(options.NoRepeatNgram));
        }

        if (options.BadWords.Count > 0)
        {
            // A word has other tokens at the start of a text or line than after a space.
            rules.Add(new BannedSequences([.. options.BadWords.SelectMany(word => new[] { word, " " + word }).Select(text => encode(text).ToArray())]));
        }

        if (options.MinTokens > 0)
        {
            rules.Add(new MinimumLength(options.MinTokens, endOfText));
        }

        if (options.ForcedPrefix.Length > 0)
        {
            rules.Add(new ForcedPrefix(encode(options.ForcedPrefix)));
        }

        return rules;
    }

    /// <summary>Chooses the next token, or none if the rules leave none.</summary>
    /// <param name="text">The text so far.</param>
    /// <param name="logits">The model's scores; left as they are.</param>
    /// <exception cref="ModelException">The scores are no numbers, which means damaged weights.</exception>
    public SampledToken? Next(TokenHistory text, ReadOnlySpan<float> logits)
    {
        var normalizer = LogProbabilities.LogSumExp(logits);
        if (!float.IsFinite(normalizer))
        {
            throw new ModelException("The model gives no finite scores: its weights are damaged, fetch or export the model again.");
        }

        if (_scores.Length != logits.Length)
        {
            _scores = new float[logits.Length];
        }

        logits.CopyTo(_scores);
        for (var i = 0; i < _rules.Count; i++)
        {
            if (i == 0 && _rules[i] is RepetitionPenalty first)
            {
                first.Apply(text, _scores, normalizer);
            }
            else
            {
                _rules[i].Apply(text, _scores);
            }
        }

        if (Choose() is not { } id)
        {
            return null;
        }

        return new(id, logits[id] - normalizer, _options.Alternatives > 0 ? Alternatives(logits, normalizer) : []);
    }

    private int? Choose()
    {
        if (_options.Temperature > 0 && _options.TopK is > 0 and <= CandidateSet.InsertionLimit)
        {
            // The usual way: one look at all scores, and everything else on the few that are left.
            _candidates.TakeTop(_scores, _options.TopK);
            if (_candidates.Count == 0)
            {
                return null;
            }

            _candidates.Cool(_options.Temperature);
            Narrow();
            return Draw(_candidates.Ids, _candidates.Probabilities);
        }

        var best = TensorPrimitives.IndexOfMax<float>(_scores);
        if (float.IsNegativeInfinity(_scores[best]))
        {
            return null;
        }

        if (_options.Temperature == 0)
        {
            // Of equals the first: IndexOfMax promises no order.
            return Array.IndexOf(_scores, _scores[best]);
        }

        // Subtracting the highest first keeps a very low temperature from overflowing.
        TensorPrimitives.Subtract(_scores, _scores[best], _scores);
        TensorPrimitives.Divide(_scores, _options.Temperature, _scores);
        return Truncate() ? Draw(_candidates.Ids, _candidates.Probabilities) : DrawFromAll();
    }

    private bool Truncate()
    {
        if (_options.TopK > 0)
        {
            _candidates.TakeTop(_scores, _options.TopK);
        }
        else if (_options.TopP < 1)
        {
            _candidates.TakeMass(_scores, _options.TopP);
        }
        else if (_options.MinP > 0)
        {
            _candidates.TakeRatio(_scores, _options.MinP);
        }
        else if (_options.Typical < 1)
        {
            _candidates.TakeAll(_scores);
        }
        else
        {
            return false;
        }

        Narrow();
        return true;
    }

    private void Narrow()
    {
        if (_options.TopP < 1)
        {
            _candidates.KeepMass(_options.TopP);
        }

        if (_options.MinP > 0)
        {
            _candidates.KeepRatio(_options.MinP);
        }

        if (_options.Typical < 1)
        {
            _candidates.KeepTypical(_options.Typical);
        }
    }

    private int Draw(ReadOnlySpan<int> ids, ReadOnlySpan<double> probabilities)
    {
        var left = _random.NextDouble();
        for (var i = 0; i < ids.Length - 1; i++)
        {
            left -= probabilities[i];
            if (left < 0)
            {
                return ids[i];
            }
        }

        return ids[^1];
    }

    private int DrawFromAll()
    {
        TensorPrimitives.Exp<float>(_scores, _scores);
        var sum = 0.0;
        foreach (var weight in _scores)
        {
            sum += weight;
        }

        var left = _random.NextDouble() * sum;
        var last = 0;
        for (var id = 0; id < _scores.Length; id++)
        {
            if (_scores[id] == 0)
            {
                continue;
            }

            last = id;
            left -= _scores[id];
            if (left < 0)
            {
                break;
            }
        }

        return last;
    }

    private TokenAlternative[] Alternatives(ReadOnlySpan<float> logits, float normalizer)
    {
        var top = new CandidateSet();
        top.TakeTop(logits, _options.Alternatives);
        var alternatives = new TokenAlternative[top.Count];
        for (var i = 0; i < alternatives.Length; i++)
        {
            alternatives[i] = new(top.Ids[i], logits[top.Ids[i]] - normalizer);
        }

        return alternatives;
    }
}
