namespace Pipeline.Posts;

/// <summary>Reads the parts of a date from left to right; a part that is not there leaves the position alone.</summary>
internal ref struct DigitScanner(ReadOnlySpan<char> text)
{
    private ReadOnlySpan<char> _rest = text;

    public readonly bool AtEnd => _rest.IsEmpty;

    public readonly ReadOnlySpan<char> Rest => _rest;

    public bool Is(char expected)
    {
        if (_rest.IsEmpty || _rest[0] != expected)
        {
            return false;
        }

        _rest = _rest[1..];
        return true;
    }

    /// <summary>Passes a run of digits, or one other character.</summary>
    public void Skip()
    {
        var digits = _rest.IndexOfAnyExceptInRange('0', '9');
        _rest = digits < 0 ? [] : _rest[Math.Max(digits, 1)..];
    }

    public bool Blanks()
    {
        var trimmed = _rest.TrimStart();
        var moved = trimmed.Length != _rest.Length;
        _rest = trimmed;
        return moved;
    }

    /// <summary>A run of ASCII digits whose length lies in the bounds.</summary>
    public bool Number(int least, int most, out int value)
    {
        value = 0;
        var length = 0;
        while (length < _rest.Length && char.IsAsciiDigit(_rest[length]))
        {
            length++;
        }

        if (length < least || length > most)
        {
            return false;
        }

        foreach (var digit in _rest[..length])
        {
            value = (value * 10) + (digit - '0');
        }

        _rest = _rest[length..];
        return true;
    }

    /// <summary>Passes a point and the decimal fraction of a second behind it: Jekyll's dates have whole seconds.</summary>
    public void SkipFraction()
    {
        if (Is('.'))
        {
            _rest = _rest.TrimStart("0123456789");
        }
    }

    /// <summary>A run of letters.</summary>
    public ReadOnlySpan<char> Word()
    {
        var length = 0;
        while (length < _rest.Length && char.IsAsciiLetter(_rest[length]))
        {
            length++;
        }

        var word = _rest[..length];
        _rest = _rest[length..];
        return word;
    }

    /// <summary><c>Z</c>, <c>+02:00</c>, <c>-0700</c>, <c>+2</c> or nothing (zero); false if the sign is followed by no offset of at most 14 hours.</summary>
    public bool Offset(out TimeSpan offset)
    {
        offset = TimeSpan.Zero;
        if (Is('Z') || _rest.IsEmpty || _rest[0] is not ('+' or '-'))
        {
            return true;
        }

        var west = _rest[0] == '-';
        _rest = _rest[1..];
        int hours;
        var minutes = 0;
        if (Number(4, 4, out var both))
        {
            (hours, minutes) = (both / 100, both % 100);
        }
        else if (!Number(1, 2, out hours) || (Is(':') && !Number(2, 2, out minutes)))
        {
            return false;
        }

        offset = new TimeSpan(hours, minutes, 0);
        if (hours > 14 || minutes > 59 || (hours == 14 && minutes > 0))
        {
            return false;
        }

        offset = west ? -offset : offset;
        return true;
    }
}
