using System.Globalization;
using System.Text;

namespace Pipeline.Shared.Tests.Tokenization;

/// <summary>Texts that tokenizers get wrong.</summary>
internal static class HostileTexts
{
    private static readonly string[] Contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

    /// <summary>A name and a text each.</summary>
    public static IEnumerable<(string Name, string Text)> All { get; } =
    [
        ("nothing", ""),
        ("one blank", " "),
        ("blanks at the end", "word   "),
        ("blanks in the middle", "one  two   three    four"),
        ("hundreds of blanks", new string(' ', 500) + "x" + new string(' ', 500)),
        ("line ends of all kinds", "a\nb\r\nc\rd\n\ne \n f\n \n\tg\v\fh"),
        ("tabs and blanks", "\tif (x)\t{ \t\t return\t;\n\t}\t"),
        ("every white space", string.Concat(WhiteSpace().Select(space => $"a{space}b{space}{space}c {space}d{space} e"))),
        ("contractions", string.Join(' ', Contractions.Select(end => $"it{end} {end} '{end}' {end.ToUpperInvariant()} x{end}x"))),
        ("apostrophes alone", "' '' ''' 'r 'v 'l 're'r '"),
        ("an apostrophe at the end", "rock 'n'"),
        ("typographic apostrophes", "it’s we’ll"),
        ("NUL and other controls", "a\0b\0\0c\u0001\u001F\u007F\u0080\u0085\u009F"),
        ("only NUL", "\0"),
        ("the end-of-text mark", "before<|endoftext|>after <|endoftext|> <|endoftext|><|endoftext|>"),
        ("parts of the end-of-text mark", "<|endoftext <|endoftext| |endoftext|> endoftext"),
        ("emoji with joiners", "👩‍👩‍👧‍👦 🏳️‍🌈👍🏽 👨🏿‍🚀 🇩🇪🇫🇷 ❤️ 1️⃣"),
        ("combining marks", "e\u0301 n\u0303a \u0301\u0302 Z\u0351\u036Ba\u0310l\u0311g\u0322o"),
        ("numbers of other scripts", "٣٤٥ ½ ² Ⅷ ① 一二三 𝟙𝟚 ௧௨"),
        ("scripts in turns", "Привет, мир! 你好，世界 こんにちは 안녕하세요 สวัสดี שלום مرحبا नमस्ते Ελληνικά"),
        ("letters beyond the first plane", "𐐷𐑌 𝒳𝓎 𠀀𠮷 𓀀"),
        ("a byte order mark", "\uFEFF---\ntitle: x\n"),
        ("replacement characters", "\uFFFD\uFFFD a\uFFFD"),
        ("no-break and zero-width", "a\u00A0b\u200Bc\u2060d\u00ADe\u202Ff"),
        ("a lone surrogate before", "\uDC00a"),
        ("a lone surrogate behind", "a\uD800"),
        ("lone surrogates between", "a \uD83D b\uDE00\uD83Dc \uD83D\uD83D\uDE00\uDE00"),
        ("one letter many times", new string('a', 700)),
        ("one word without an end", string.Concat(Enumerable.Range(0, 500).Select(index => (char)('a' + (index * 7 % 26))))),
        ("one sign many times", new string('=', 177) + new string('-', 223) + new string('.', 113)),
        ("digits many times", string.Concat(Enumerable.Range(0, 250))),
        ("Chinese without a blank", string.Concat(Enumerable.Range(0x4E00, 300).Select(code => (char)code))),
        ("words as long as the caches' borders", string.Join(' ', Enumerable.Range(1, 140).Select(length => new string('q', length)))),
        ("longer than a chunk", string.Join(' ', Enumerable.Range(0, 9000).Select(index => $"word{index}"))),
        ("a chunk of blanks", "x" + new string(' ', 20_000) + "y" + new string('\n', 20_000) + "z"),
        ("one character of each category", string.Concat(OneOfEachCategory().Select(rune => $"{rune} a{rune}b 1{rune}2 !{rune}?"))),
    ];

    /// <summary>The characters that the pre-tokenisation may take for white space.</summary>
    public static IEnumerable<char> WhiteSpace() => Enumerable.Range(0, 0x10000).Select(code => (char)code).Where(char.IsWhiteSpace);

    /// <summary>The peers that can be compared with on the text: some take minutes for long words.</summary>
    public static string[] Gpt2PeersFor(string text) => HasDisputedSpace(text) || text.Length > 8000 ? ["tiktoken"] : PeerTokenizers.Gpt2;

    /// <summary>
    /// Whether the text holds U+0085 or U+FEFF: for \s, JavaScript takes the second and not the first, Unicode's White_Space (and GPT-2's own
    /// implementation) the first and not the second.
    /// </summary>
    public static bool HasDisputedSpace(string text) => text.AsSpan().ContainsAny('\u0085', '\uFEFF');

    private static IEnumerable<Rune> OneOfEachCategory() =>
        from code in Enumerable.Range(0, 0x110000)
        where Rune.IsValid(code)
        group new Rune(code) by CharUnicodeInfo.GetUnicodeCategory(code) into category
        select category.First();
}
