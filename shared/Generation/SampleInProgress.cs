using System.Runtime.InteropServices;
using Pipeline.Tokenization;

namespace Pipeline.Generation;

/// <summary>One sample while it is generated: its tokens, its random numbers, and the text that is not yet certain.</summary>
internal sealed class SampleInProgress
{
    private readonly int _sample;
    private readonly int _promptLength;
    private readonly int _endOfText;
    private readonly SamplingOptions _options;
    private readonly List<int> _tokens;
    private readonly Sampler _sampler;
    private readonly StreamingDecoder _decoder;
    private readonly StopMatcher _stops;
    private readonly WordTarget _target;
    private readonly List<SampledToken> _held = [];

    public SampleInProgress(BpeTokenizer tokenizer, GenerationRequest request, int[] prompt, int sample, int seamRun)
    {
        _sample = sample;
        _options = request.Sampling;
        _promptLength = prompt.Length;
        _endOfText = tokenizer.EndOfTextId;
        _tokens = [.. prompt];
        _decoder = new(tokenizer);
        _stops = new(_options.Stop);
        _target = new(request.TargetWords);
        Guard = new(seamRun);
        _sampler = new(_options, [.. Sampler.Rules(_options, _endOfText, tokenizer.Encode), .. request.Rules, Guard], _options.Seed + (ulong)sample);
    }

    /// <summary>Prompt and text.</summary>
    public ReadOnlySpan<int> Tokens => CollectionsMarshal.AsSpan(_tokens);

    /// <summary>The token that the model has not seen yet.</summary>
    public int LastToken => _tokens[^1];

    /// <summary>Tokens that may still come.</summary>
    public int Left => _options.MaxTokens - (_tokens.Count - _promptLength);

    /// <summary>Whether the text has ended.</summary>
    public bool Finished { get; private set; }

    /// <summary>Watches the seam.</summary>
    public SeamGuard Guard { get; }

    /// <summary>Whether the tokens after the seam say again what came before, and must be chosen anew.</summary>
    public bool Repeats => !Finished && Guard.Complete(_tokens.Count) && Guard.Repeats(Tokens);

    /// <summary>Chooses the next token from the model's scores. Its step comes with <see cref="Release"/>.</summary>
    /// <returns>Whether the text can go on.</returns>
    public bool Choose(ReadOnlySpan<float> logits)
    {
        var token = _sampler.Next(new(Tokens, _promptLength), logits) ?? new(-1, 0, []);
        _held.Add(token);
        if (token.Id < 0)
        {
            return false;
        }

        _tokens.Add(token.Id);
        return !(token.Id == _endOfText && _options.StopAtEndOfText) && _tokens.Count - _promptLength < _options.MaxTokens;
    }

    /// <summary>The steps that are certain: all, but after a seam none until its first run is known not to be a repeat.</summary>
    public IEnumerable<GeneratedToken> Release(bool ends)
    {
        if (!ends && Guard.Seam >= 0 && !Guard.Complete(_tokens.Count))
        {
            yield break;
        }

        Guard.End();
        var generated = _tokens.Count - _promptLength - _held.Count(token => token.Id >= 0);
        foreach (var token in _held)
        {
            generated += token.Id >= 0 ? 1 : 0;
            yield return Step(token, generated);
            if (Finished)
            {
                break;
            }
        }

        _held.Clear();
    }

    /// <summary>Goes back to the seam; the token that the repeat began with will not come again there.</summary>
    public void TakeBack()
    {
        Guard.Forbid(_tokens[Guard.Seam]);
        _tokens.RemoveRange(Guard.Seam, _tokens.Count - Guard.Seam);
        _held.Clear();
    }

    /// <summary>Ends the text at the seam.</summary>
    public GeneratedToken EndAtSeam()
    {
        TakeBack();
        return Finish(new(-1, 0, []), "", FinishReason.Repetition);
    }

    private GeneratedToken Step(SampledToken token, int generated)
    {
        if (token.Id < 0)
        {
            return Finish(token, "", FinishReason.Exhausted);
        }

        if (token.Id == _endOfText && _options.StopAtEndOfText)
        {
            return Finish(token, "", FinishReason.EndOfText);
        }

        var text = _target.Append(_stops.Append(_decoder.Append(token.Id)));
        return _target.Reached ? End(token, text, FinishReason.Target)
            : _stops.Stopped ? Finish(token, text, FinishReason.Stop)
            : generated >= _options.MaxTokens ? Finish(token, text, FinishReason.Length)
            : new(token.Id, text, token.LogProbability, _sample, null, token.Alternatives);
    }

    // The end of a character that never came may still complete a stop text.
    private GeneratedToken Finish(SampledToken token, string text, FinishReason finish)
    {
        text += _target.Append(_stops.Append(_decoder.Flush()));
        text += _target.Append(_stops.Flush());
        text += _target.Flush(finish is FinishReason.EndOfText or FinishReason.Stop);
        return End(token, text, finish);
    }

    private GeneratedToken End(SampledToken token, string text, FinishReason finish)
    {
        Finished = true;
        return new(token.Id, text, token.LogProbability, _sample, finish, token.Alternatives);
    }
}
