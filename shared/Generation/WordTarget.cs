using System.Text;

namespace Pipeline.Generation;

/// <summary>
/// Ends a text that arrives in pieces at the first end of a sentence or block after a number of words. Only whole sentences and blocks
/// are let go of, so that what was read along is what the text is, also if a limit ends it before.
/// </summary>
/// <param name="words">The number; 0 never ends a text and holds nothing back.</param>
internal sealed class WordTarget(int words)
{
    private readonly StringBuilder _text = new();
    private int _count;
    private bool _inWord;
    private int _whole;

    /// <summary>Whether the text has ended; nothing belongs to it any more.</summary>
    public bool Reached { get; private set; }

    /// <summary>Takes a piece and gives what is now certain to be text.</summary>
    public string Append(string piece)
    {
        if (words == 0)
        {
            return piece;
        }

        var before = _whole;
        for (var i = 0; i < piece.Length && !Reached; i++)
        {
            var blank = char.IsWhiteSpace(piece[i]);
            _count += _inWord && blank ? 1 : 0;
            // What ends a sentence is known only by the blank after it: 3.5 is a number, and quotes close behind a full stop.
            if (blank && (_inWord || piece[i] == '\n') && TextBoundary.IsEnd(_text.ToString(), piece[i] == '\n' && _text.Length > 0 && _text[^1] == '\n'))
            {
                _whole = TrimmedLength();
                Reached = _count >= words;
            }

            _inWord = !blank;
            _text.Append(piece[i]);
        }

        return _text.ToString(before, _whole - before);
    }

    /// <summary>Gives what was held back: the text has ended.</summary>
    /// <param name="complete">Whether it ended by itself; else what is no whole sentence or block is left out.</param>
    public string Flush(bool complete)
    {
        if (words == 0 || Reached)
        {
            return "";
        }

        var text = _text.ToString();
        var before = _whole;
        _whole = complete ? text.Length : Math.Max(before, TextBoundary.CutBack(text).Length);
        return text[before.._whole];
    }

    private int TrimmedLength()
    {
        var length = _text.Length;
        while (length > 0 && char.IsWhiteSpace(_text[length - 1]))
        {
            length--;
        }

        return length;
    }
}
