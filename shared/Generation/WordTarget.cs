using System.Text;

namespace Pipeline.Generation;

/// <summary>Ends a text that arrives in pieces at the first end of a sentence or block after a number of words.</summary>
/// <param name="words">The number; 0 never ends a text.</param>
internal sealed class WordTarget(int words)
{
    private readonly StringBuilder _text = new();
    private int _count;
    private bool _inWord;

    /// <summary>Whether the text has ended; nothing belongs to it any more.</summary>
    public bool Reached { get; private set; }

    /// <summary>Takes a piece and gives what of it still belongs to the text.</summary>
    public string Append(string piece)
    {
        if (words == 0)
        {
            return piece;
        }

        for (var i = 0; i < piece.Length && !Reached; i++)
        {
            var blank = char.IsWhiteSpace(piece[i]);
            _count += _inWord && blank ? 1 : 0;
            _inWord = !blank;
            // What ends a sentence is known only by the blank after it: 3.5 is a number, and quotes close behind a full stop.
            if (blank && _count >= words && TextBoundary.IsEnd(_text.ToString(), piece[i] == '\n' && _text.Length > 0 && _text[^1] == '\n'))
            {
                Reached = true;
                return piece[..i];
            }

            _text.Append(piece[i]);
        }

        return Reached ? "" : piece;
    }
}
