using System.Numerics.Tensors;
using Pipeline.Generation;

namespace Pipeline.TrainerJob.Export;

/// <summary>
/// Compares the 32-bit file with the model's definition, and with itself in every way that it is used: with and without cache, alone
/// and in a batch of texts of different length; and the portable file as other programs use it.
/// </summary>
/// <param name="session">The 32-bit file.</param>
/// <param name="portable">The portable file beside it; null if the model has no form that other programs know.</param>
/// <param name="reference">Logits [T, vocabulary] after every token of a text, computed in another way.</param>
/// <param name="cancellationToken">Ends the proof between checks.</param>
internal sealed class ExportProof(DecoderSession session, PortableProof? portable, Func<int[], float[]> reference, CancellationToken cancellationToken)
{
    // Two float32 computations of one model differ by rounding: a few 1e-6 at two layers, up to some 1e-4 at the logits of a trained GPT-2.
    private const double Tolerance = 1e-3;

    private readonly int _vocabulary = session.Shape.Vocabulary;

    /// <summary>Runs all checks.</summary>
    /// <param name="prompt">Tokens to start from; more than one shows more.</param>
    /// <param name="greedyTokens">Length of the greedy text.</param>
    public IReadOnlyList<ExportCheck> Run(int[] prompt, int greedyTokens)
    {
        var text = Greedy(prompt, Math.Min(session.Shape.Context, prompt.Length + greedyTokens));
        var expected = reference(text);
        List<ExportCheck> checks =
        [
            Check("logits of decoder.onnx against the reference, largest difference", Cached(text, expected), Tolerance),
            Check("logits with a cache against without, largest difference", Uncached(text), Tolerance),
            Check("logits in a batch of texts of different length against alone, largest difference", Batched(text), Tolerance),
            Check("logits of a batch padded on the left against alone, largest difference", PaddedOnTheLeft(text), Tolerance),
            Check("greedy tokens that the reference would not choose", GreedyMisses(prompt.Length, text, expected), 0),
        ];
        if (portable is not null)
        {
            checks.AddRange(
            [
                Check("logits of a batch padded on the right against alone, largest difference", new PaddedBatch(session).Compare(text), Tolerance),
                Check("logits of model.onnx at every position against the reference, largest difference", portable.Whole(text, expected), Tolerance),
                Check("logits of model.onnx in a batch padded on the left against the reference, largest difference", portable.PaddedOnTheLeft(text, expected), Tolerance),
            ]);
        }

        return checks;
    }

    private static ExportCheck Check(string name, double measured, double limit) =>
        new(name, measured <= limit ? CheckOutcome.Passed : CheckOutcome.Failed, measured, limit);

    private int[] Greedy(int[] prompt, int length)
    {
        using var cache = session.CreateCache(1, length);
        var text = prompt.ToList();
        cache.Prefill(0, prompt);
        while (text.Count < length)
        {
            cancellationToken.ThrowIfCancellationRequested();
            text.Add(TensorPrimitives.IndexOfMax<float>(cache.Logits(0)));
            if (text.Count < length)
            {
                cache.Step([text[^1]]);
            }
        }

        return [.. text];
    }

    private double Cached(int[] text, float[] expected)
    {
        using var cache = session.CreateCache(1, text.Length);
        cache.Prefill(0, text.AsSpan(0, 1));
        var worst = Difference(cache.Logits(0), expected.AsSpan(0, _vocabulary));
        for (var t = 1; t < text.Length; t++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            cache.Step([text[t]]);
            worst = Math.Max(worst, Difference(cache.Logits(0), expected.AsSpan(t * _vocabulary, _vocabulary)));
        }

        return worst;
    }

    private double Uncached(int[] text)
    {
        using var cached = session.CreateCache(1, text.Length);
        using var whole = session.CreateCache(1, text.Length);
        var half = (text.Length + 1) / 2;
        cached.Prefill(0, text.AsSpan(0, half));
        foreach (var token in text[half..])
        {
            cached.Step([token]);
        }

        whole.Prefill(0, text);
        return Difference(cached.Logits(0), whole.Logits(0));
    }

    private double Batched(int[] text)
    {
        const int rows = 3;
        const int steps = 4;
        if (text.Length < rows + steps)
        {
            return 0;
        }

        using var batch = session.CreateCache(rows, text.Length);
        using var alone = session.CreateCache(1, text.Length);
        int[] starts = [.. Enumerable.Range(0, rows).Select(row => (row + 1) * (text.Length - steps) / rows)];
        for (var row = 0; row < rows; row++)
        {
            batch.Prefill(row, text.AsSpan(0, starts[row]));
        }

        for (var step = 0; step < steps; step++)
        {
            batch.Step([.. starts.Select(start => text[start + step])]);
        }

        var worst = 0.0;
        for (var row = 0; row < rows; row++)
        {
            alone.Prefill(0, text.AsSpan(0, starts[row] + steps));
            worst = Math.Max(worst, Difference(batch.Logits(row), alone.Logits(0)));
        }

        return worst;
    }

    // The graph itself takes padding on the right alone; its session takes padding off before.
    private double PaddedOnTheLeft(int[] text)
    {
        int[] half = text[..((text.Length + 1) / 2)];
        var padding = text.Length - half.Length;
        using var batch = session.CreateCache(2, text.Length);
        using var alone = session.CreateCache(1, text.Length);
        batch.PrefillPadded([.. text, .. new int[padding], .. half], [.. Enumerable.Repeat((byte)1, text.Length), .. new byte[padding], .. Enumerable.Repeat((byte)1, half.Length)], text.Length);
        alone.Prefill(0, text);
        var worst = Difference(batch.Logits(0), alone.Logits(0));
        alone.Prefill(0, half);
        return Math.Max(worst, Difference(batch.Logits(1), alone.Logits(0)));
    }

    // Where the reference holds two tokens equal to within rounding, either is right.
    private double GreedyMisses(int promptLength, int[] text, float[] expected)
    {
        var misses = 0;
        for (var t = promptLength; t < text.Length; t++)
        {
            var logits = expected.AsSpan((t - 1) * _vocabulary, _vocabulary);
            misses += logits[text[t]] < TensorPrimitives.Max<float>(logits) - Tolerance ? 1 : 0;
        }

        return misses;
    }

    internal static double Difference(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var worst = 0.0;
        for (var i = 0; i < a.Length; i++)
        {
            // Not Math.Max: a value that is no number must count as the worst.
            var difference = Math.Abs(a[i] - (double)b[i]);
            worst = difference <= worst ? worst : double.IsNaN(difference) ? double.PositiveInfinity : difference;
        }

        return worst;
    }
}
