using Pipeline.Generation.Logits;

namespace Pipeline.Generation;

/// <summary>
/// Watches the place where a text outgrew the context window. There the model sees the header and the text's last half anew, and may begin
/// to say again what it has said. A run of tokens after the seam that occurs before it is such a repeat, unless the text was repeating
/// itself already.
/// </summary>
/// <param name="run">Tokens of a run.</param>
internal sealed class SeamGuard(int run) : ILogitsProcessor
{
    private readonly HashSet<int> _forbidden = [];

    /// <summary>Where the seam is: the number of tokens before it.</summary>
    public int Seam { get; private set; } = -1;

    /// <summary>How often the text was taken back to this seam.</summary>
    public int Retries => _forbidden.Count;

    /// <summary>A run that fits between two seams, at most 16 tokens.</summary>
    public static int RunFor(int room) => Math.Clamp(room / 2, 1, 16);

    /// <summary>A new seam.</summary>
    public void Begin(int tokens)
    {
        Seam = tokens;
        _forbidden.Clear();
    }

    /// <summary>Whether as many tokens have come after the seam as a run has.</summary>
    public bool Complete(int tokens) => Seam >= 0 && tokens >= Seam + run;

    /// <summary>The text goes on without a seam.</summary>
    public void End() => Seam = -1;

    /// <summary>Whether the run after the seam repeats what came before.</summary>
    public bool Repeats(ReadOnlySpan<int> text) =>
        Seam >= 2 * run && Occurs(text[..Seam], text.Slice(Seam, run)) && !Occurs(text[..(Seam - run)], text.Slice(Seam - run, run));

    /// <summary>Forbids the token that a repeat began with.</summary>
    public void Forbid(int token) => _forbidden.Add(token);

    /// <inheritdoc />
    public void Apply(TokenHistory text, Span<float> logits)
    {
        if (text.All.Length == Seam)
        {
            foreach (var token in _forbidden)
            {
                logits[token] = float.NegativeInfinity;
            }
        }
    }

    private static bool Occurs(ReadOnlySpan<int> text, ReadOnlySpan<int> run) => text.IndexOf(run) >= 0;
}
