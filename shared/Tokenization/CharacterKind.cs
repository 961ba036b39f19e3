namespace Pipeline.Tokenization;

/// <summary>The four kinds of characters that GPT-2's pre-tokenisation tells apart.</summary>
internal enum CharacterKind : byte
{
    /// <summary>Not told by the first byte: the character has more than one.</summary>
    Longer,

    /// <summary>Unicode categories L*.</summary>
    Letter,

    /// <summary>Unicode categories N*.</summary>
    Number,

    /// <summary>The Unicode property White_Space.</summary>
    Space,

    /// <summary>Everything else: marks, punctuation, symbols, controls, unassigned code points.</summary>
    Other,
}
