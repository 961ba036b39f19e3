using System.Text;

namespace Pipeline.Generation;

/// <summary>Puts the steps of one sample together.</summary>
internal sealed class TextCollector(int endOfText, bool stopAtEndOfText)
{
    private readonly StringBuilder _text = new();
    private readonly List<int> _tokens = [];
    private readonly List<GeneratedToken> _steps = [];
    private double _logProbability;
    private FinishReason _finish;

    public void Add(GeneratedToken token)
    {
        _text.Append(token.Text);
        _logProbability += token.LogProbability;
        if (token.Alternatives.Count > 0)
        {
            _steps.Add(token);
        }

        if (token.Id >= 0 && !(token.Id == endOfText && stopAtEndOfText))
        {
            _tokens.Add(token.Id);
        }

        _finish = token.Finish ?? _finish;
    }

    public GeneratedText Finish(ulong seed, bool atBoundary)
    {
        var text = _text.ToString();
        var cut = atBoundary && _finish is (FinishReason.Length or FinishReason.Exhausted or FinishReason.Repetition);
        return new(cut ? TextBoundary.CutBack(text) : text, _tokens, _finish, seed, _logProbability) { Steps = _steps };
    }
}
