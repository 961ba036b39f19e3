using System.Buffers;
using System.Text;

namespace Pipeline.Posts.Text;

/// <summary>
/// Takes Liquid out of a source: what the site would fill in goes, what is text stays, <c>highlight</c> blocks become tokens that the
/// later passes write as code. A source without Liquid comes back as the same string.
/// </summary>
internal sealed class LiquidRemover
{
    // A token is its first character and two of 4096 private ones.
    private const int TokenBase = 4096;
    private const char TokenDigit = '\uE000';

    private static readonly SearchValues<char> Blanks = SearchValues.Create(" \t\n");

    private readonly LiquidScanner scanner = new();
    private readonly StringBuilder output = new();
    private readonly List<string> stash = [];
    private readonly List<(int Tag, int OutputStart)> blocks = [];
    private int openCode;

    /// <summary>The length of a token in the source.</summary>
    public const int TokenLength = 3;

    /// <summary>Whether tokens stand in the source that <see cref="Remove"/> gave.</summary>
    public bool HasTokens => stash.Count > 0;

    /// <summary>Whether a loop was dropped that wrote link definitions, so that references without a definition are links all the same.</summary>
    public bool DroppedDefinitions { get; private set; }

    /// <summary>What the token at the start of the text stands for.</summary>
    public string Stashed(ReadOnlySpan<char> token)
    {
        var index = token.Length < TokenLength ? -1 : ((token[1] - TokenDigit) * TokenBase) + token[2] - TokenDigit;
        return (uint)index < (uint)stash.Count ? stash[index] : "";
    }

    /// <summary>The text with what its tokens stand for.</summary>
    public string Expand(ReadOnlySpan<char> text)
    {
        var whole = new StringBuilder(text.Length);
        while (text.IndexOfAny(TextCharacters.CodeToken, TextCharacters.LiteralToken) is var token and >= 0)
        {
            var stashed = Stashed(text[token..]);

            // Code can hold Liquid that was kept as written; that holds no tokens.
            whole.Append(text[..token]).Append(text[token] == TextCharacters.CodeToken ? Expand(stashed) : stashed);
            text = text[Math.Min(token + TokenLength, text.Length)..];
        }

        return whole.Append(text).ToString();
    }

    /// <summary>Removes the Liquid and says in <paramref name="warnings"/> what could not be understood.</summary>
    public string Remove(string source, PostWarnings warnings)
    {
        stash.Clear();
        DroppedDefinitions = false;
        var first = LiquidScanner.NextMarker(source, 0);
        if (first < 0)
        {
            return source;
        }

        scanner.Scan(source, first);
        if (scanner.FirstUnclosedMarker >= 0)
        {
            var at = scanner.FirstUnclosedMarker;
            warnings.AddAt(source, at, $"Liquid: '{source[at..(at + 2)]}'", "has no end; it was kept as written");
        }

        output.Clear();
        blocks.Clear();
        openCode = 0;
        var position = 0;
        for (var index = 0; index < scanner.Tags.Count; index++)
        {
            var tag = scanner.Tags[index];
            var textStart = output.Length;
            output.Append(source, position, tag.Start - position);
            position = tag.End;
            if (tag.TrimsBefore)
            {
                TrimOutput(textStart);
            }

            var last = Apply(source, index, warnings);
            var end = scanner.Tags[last];
            position = Math.Max(position, end.End);
            index = last;
            if (end.TrimsAfter)
            {
                position += source.AsSpan(position).IndexOfAnyExcept(Blanks) is var blanks and >= 0 ? blanks : source.Length - position;
            }

            position = MendSeam(source, position);
        }

        output.Append(source, position, source.Length - position);
        return output.ToString();
    }

    /// <summary>Writes what the tag leaves and gives the index of the last tag dealt with.</summary>
    private int Apply(string source, int index, PostWarnings warnings)
    {
        var tag = scanner.Tags[index];
        switch (tag.Kind)
        {
            case LiquidTagKind.Raw:
                var inner = source.AsSpan(tag.InnerStart, tag.InnerEnd - tag.InnerStart);
                inner = tag.TrimsInnerStart ? inner.TrimStart() : inner;
                output.Append(tag.TrimsInnerEnd ? inner.TrimEnd() : inner);
                return index;
            case LiquidTagKind.Dropped when tag.Partner >= 0:
                var dropped = source.AsSpan(tag.End, scanner.Tags[tag.Partner].Start - tag.End);
                DroppedDefinitions |= tag.Name == "for" && dropped.Contains("]:", StringComparison.Ordinal);
                return tag.Partner;
            case LiquidTagKind.Case when tag.Partner >= 0:
                blocks.Add((index, output.Length));
                return FirstBranch(index, tag.Partner);
            case LiquidTagKind.Branches or LiquidTagKind.Code or LiquidTagKind.Unknown when tag.Partner >= 0:
                openCode += tag.Kind == LiquidTagKind.Code ? 1 : 0;
                blocks.Add((index, output.Length));
                return index;
            case LiquidTagKind.Branch when blocks.Count > 0 && scanner.Tags[blocks[^1].Tag].Kind is LiquidTagKind.Branches or LiquidTagKind.Case:
                var block = scanner.Tags[blocks[^1].Tag];
                blocks.RemoveAt(blocks.Count - 1);
                return block.Partner;
            case LiquidTagKind.End when blocks.Count > 0 && tag.Partner == blocks[^1].Tag:
                End(scanner.Tags[tag.Partner].Kind == LiquidTagKind.Code);
                return index;
            case LiquidTagKind.Dropped or LiquidTagKind.Branches or LiquidTagKind.Case or LiquidTagKind.Code:
                warnings.AddAt(source, tag.Start, $"Liquid: the tag '{tag.Name}'", "is not closed; it was kept as written");
                Stash(TextCharacters.LiteralToken, source[tag.Start..tag.End]);
                return index;
            case LiquidTagKind.End or LiquidTagKind.Branch:
                warnings.AddAt(source, tag.Start, $"Liquid: the tag '{(tag.Kind == LiquidTagKind.End ? "end" : "")}{tag.Name}'", "belongs to no block; it was dropped");
                return index;
            default:
                HoldDefinition();
                return index;
        }
    }

    /// <summary>The tag before the first branch of a <c>case</c> that counts: what stands between is no text.</summary>
    private int FirstBranch(int index, int partner)
    {
        for (var next = index + 1; next < partner; next++)
        {
            var tag = scanner.Tags[next];
            if (tag.Kind == LiquidTagKind.Branch)
            {
                return next;
            }

            next = tag.Partner > next ? tag.Partner : next;
        }

        return index;
    }

    private void End(bool isCode)
    {
        var start = blocks[^1].OutputStart;
        blocks.RemoveAt(blocks.Count - 1);

        // Code within code is just code: one token for the outermost.
        if (isCode && --openCode == 0)
        {
            var code = output.ToString(start, output.Length - start);
            output.Length = start;
            Stash(TextCharacters.CodeToken, code);
        }
    }

    private void Stash(char kind, string text)
    {
        var (high, low) = Math.DivRem(stash.Count, TokenBase);
        stash.Add(text);
        output.Append(kind).Append((char)(TokenDigit + high)).Append((char)(TokenDigit + low));
    }

    private void TrimOutput(int textStart)
    {
        while (output.Length > textStart && char.IsWhiteSpace(output[^1]))
        {
            output.Length--;
        }
    }

    /// <summary>The target of a link definition was Liquid: without any target the definition would turn into text.</summary>
    private void HoldDefinition()
    {
        var last = output.Length - 1;
        while (last > 0 && output[last] == ' ')
        {
            last--;
        }

        if (last > 0 && output[last] == ':' && output[last - 1] == ']')
        {
            output.Append(output[^1] == ':' ? " #" : "#");
        }
    }

    /// <summary>Marks of emphasis or code around nothing but a dropped tag would meet and turn into text; both sides go.</summary>
    private int DropEmptyMarks(string source, int position)
    {
        var mark = source[position];
        var count = 0;
        while (position + count < source.Length && source[position + count] == mark && output.Length > 0 && output[^1] == mark)
        {
            output.Length--;
            count++;
        }

        return count;
    }

    /// <summary>What stood around a dropped tag must not become a tag of its own, nor leave empty angle brackets.</summary>
    private int MendSeam(string source, int position)
    {
        if (output.Length == 0 || position >= source.Length)
        {
            return position;
        }

        if (output[^1] == '{' && source[position] is '{' or '%')
        {
            output.Append(' ');
        }
        else if (output[^1] == '<' && source[position] == '>')
        {
            output.Length--;
            return position + 1;
        }
        else if (source[position] is '*' or '_' or '`' && output[^1] == source[position])
        {
            return position + DropEmptyMarks(source, position);
        }

        return position;
    }
}
