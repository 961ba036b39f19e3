using System.Runtime.InteropServices;

namespace Pipeline.Posts.Text;

/// <summary>
/// Decides which <c>*</c>, <c>_</c> and <c>~~</c> are marks. The method is CommonMark's (section "An algorithm for parsing nested
/// emphasis and links"): a run that can end a span looks back for the nearest that can begin it, never twice at the same runs.
/// </summary>
internal sealed class EmphasisResolver
{
    private const int Kinds = 18;

    private readonly List<int> openers = [];
    private readonly int[] bottoms = new int[Kinds];

    /// <summary>Takes what is marks off <see cref="InlineToken.Left"/> of the delimiters.</summary>
    public void Resolve(List<InlineToken> list)
    {
        var tokens = CollectionsMarshal.AsSpan(list);
        openers.Clear();
        Array.Fill(bottoms, -1);
        for (var index = 0; index < tokens.Length; index++)
        {
            ref var token = ref tokens[index];
            if (token.Kind != InlineTokenKind.Delimiter)
            {
                continue;
            }

            if (token.CanClose)
            {
                Close(tokens, index);
            }

            if (token.CanOpen && token.Left > 0)
            {
                openers.Add(index);
            }
        }
    }

    private static int KindOf(in InlineToken closer) =>
        ((closer.Character switch { '*' => 0, '_' => 1, _ => 2 }) * 6) + (closer.CanOpen ? 3 : 0) + (closer.Length % 3);

    private static bool Fits(in InlineToken opener, in InlineToken closer)
    {
        if (opener.Character != closer.Character)
        {
            return false;
        }

        var sum = opener.Length + closer.Length;
        return !(opener.CanClose || closer.CanOpen) || sum % 3 != 0 || (opener.Length % 3 == 0 && closer.Length % 3 == 0);
    }

    private void Close(Span<InlineToken> tokens, int index)
    {
        ref var closer = ref tokens[index];
        ref var bottom = ref bottoms[KindOf(closer)];
        while (closer.Left > 0)
        {
            var at = openers.Count - 1;
            while (at >= 0 && openers[at] > bottom && !Fits(tokens[openers[at]], closer))
            {
                at--;
            }

            if (at < 0 || openers[at] <= bottom)
            {
                bottom = index - 1;
                return;
            }

            ref var opener = ref tokens[openers[at]];
            var marks = opener.Left >= 2 && closer.Left >= 2 ? 2 : 1;
            opener.Left -= marks;
            closer.Left -= marks;
            openers.RemoveRange(opener.Left > 0 ? at + 1 : at, openers.Count - (opener.Left > 0 ? at + 1 : at));
        }
    }
}
