using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Pipeline.Generation.Batching;

/// <summary>
/// The texts that are computed together, a row of the key-value cache each: new ones join between two steps, a step gives every text its
/// next token or several that were guessed, and those that are done leave. For one thread.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="rows">Texts at most.</param>
/// <param name="guessing">Whether next tokens are guessed.</param>
internal sealed class RunningBatch(LanguageModel model, int rows, bool guessing) : IDisposable
{
    // Tokens of a step at most: what a product takes in at once.
    private const int StepTokens = 12;

    // Other beginnings after a seam before the text is taken to have nothing more to say.
    private const int MostRetries = 3;

    private readonly KeyValueCache _cache = model.CreateCache(rows);
    private readonly BatchedText?[] _rows = new BatchedText?[rows];
    private readonly List<int> _stepRows = [];
    private readonly List<int> _stepTokens = [];
    private int _active;

    /// <summary>Tokens that were guessed so far, and how many of them came true.</summary>
    public (long Guessed, long True) Guesses { get; private set; }

    /// <summary>Texts in the batch right now.</summary>
    public int Active => Volatile.Read(ref _active);

    /// <summary>Those texts.</summary>
    public IEnumerable<BatchedText> Texts => _rows.OfType<BatchedText>();

    /// <summary>Lets go of texts that are done or that nobody waits for.</summary>
    public void Leave()
    {
        for (var row = 0; row < _rows.Length; row++)
        {
            if (_rows[row] is { } text && (text.Sample.Finished || text.Request.Left))
            {
                text.Request.Done();
                _rows[row] = null;
                _active--;
            }
        }
    }

    /// <summary>Takes in one new prompt, so that the others' tokens keep coming; samples of one request share the work.</summary>
    public void Join(ConcurrentQueue<BatchedText> waiting)
    {
        BatchedText? first = null;
        var firstRow = 0;
        for (var row = 0; row < _rows.Length; row++)
        {
            if (_rows[row] is not null || !waiting.TryPeek(out var text) || (first is not null && first.Request != text.Request))
            {
                continue;
            }

            waiting.TryDequeue(out _);
            if (text.Request.Left)
            {
                text.Request.Done();
                row--;
                continue;
            }

            // In its row first: if the prompt fails, its reader hears of it.
            _rows[row] = text;
            _active++;
            text.Fresh = true;
            if (first is null)
            {
                _cache.Prefill(row, text.Window.View(text.Sample.Tokens));
                (first, firstRow) = (text, row);
            }
            else
            {
                _cache.CopyRow(firstRow, row);
            }
        }

        foreach (var text in _rows)
        {
            if (text is { Fresh: true })
            {
                text.Fresh = false;
                var row = Array.IndexOf(_rows, text);
                Choose(text, _cache.Logits(row), row);
            }
        }
    }

    /// <summary>Computes the next tokens of every text.</summary>
    public void Step()
    {
        _stepRows.Clear();
        _stepTokens.Clear();
        for (var row = 0; row < _rows.Length; row++)
        {
            if (_rows[row] is not { Sample.Finished: false } text)
            {
                continue;
            }

            if (_cache.Length(row) < text.Window.Size)
            {
                Plan(text, row);
            }
            else
            {
                text.Guesses = 0;
                _cache.Prefill(row, text.Window.View(text.Sample.Tokens));
                text.Sample.Guard.Begin(text.Sample.Tokens.Length);
                Choose(text, _cache.Logits(row), row);
            }
        }

        if (_stepRows.Count == 0)
        {
            return;
        }

        if (_rows.All(text => text is not { Guesses: > 0, Sample.Finished: false }))
        {
            _cache.Step(CollectionsMarshal.AsSpan(_stepRows), CollectionsMarshal.AsSpan(_stepTokens));
            _stepRows.ForEach(row => Choose(_rows[row]!, _cache.Logits(row), row));
            return;
        }

        var logits = _cache.Extend(CollectionsMarshal.AsSpan(_stepRows), CollectionsMarshal.AsSpan(_stepTokens));
        for (var at = 0; at < _stepRows.Count;)
        {
            var text = _rows[_stepRows[at]]!;
            var taken = 1 + text.Guesses;
            Confirm(text, _stepRows[at], CollectionsMarshal.AsSpan(_stepTokens).Slice(at, taken), logits.Slice(at * model.Shape.Vocabulary, taken * model.Shape.Vocabulary));
            at += taken;
        }
    }

    // The token that is due, and guesses of those after it as far as there is room in the step and in the window.
    private void Plan(BatchedText text, int row)
    {
        _stepRows.Add(row);
        _stepTokens.Add(text.Sample.LastToken);
        var room = Math.Min((StepTokens - _active) / _active, text.Window.Size - _cache.Length(row) - 1);
        var guesses = guessing && text.Sample.Guard.Seam < 0 ? text.Drafts.Propose(text.Sample.Tokens, Math.Min(room, text.Sample.Left - 1)) : [];
        text.Guesses = guesses.Length;
        foreach (var guess in guesses)
        {
            _stepRows.Add(row);
            _stepTokens.Add(guess);
        }
    }

    // Chooses as ever, from the scores after each token: as long as the choice is what was guessed, the next scores are those of this text.
    private void Confirm(BatchedText text, int row, ReadOnlySpan<int> tokens, ReadOnlySpan<float> logits)
    {
        var (before, vocabulary) = (_cache.Length(row) - tokens.Length, model.Shape.Vocabulary);
        for (var i = 0; i < tokens.Length; i++)
        {
            var goesOn = Choose(text, logits.Slice(i * vocabulary, vocabulary), row);
            if (!goesOn || i == tokens.Length - 1 || text.Sample.LastToken != tokens[i + 1])
            {
                if (text.Guesses > 0)
                {
                    text.Drafts.Learn(text.Guesses, i);
                    Guesses = (Guesses.Guessed + text.Guesses, Guesses.True + i);
                }

                if (goesOn)
                {
                    _cache.Truncate(row, before + i + 1);
                }

                return;
            }
        }
    }

    // A rule of the request's own may fail: that ends this request and no other. Whether the text goes on from these scores.
    private bool Choose(BatchedText text, ReadOnlySpan<float> logits, int row)
    {
        try
        {
            var sample = text.Sample;
            var ends = !sample.Choose(logits[..model.Tokenizer.VocabularySize]);
            var anew = sample.Repeats;
            if (anew)
            {
                ends = ChooseAnew(text, row);
                if (sample.Repeats)
                {
                    text.Request.Write(sample.EndAtSeam());
                }
            }

            foreach (var token in sample.Release(ends))
            {
                text.Request.Write(token);
            }

            return !anew && !sample.Finished;
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            text.Request.Fail(failure);
            return false;
        }
    }

    // A few tokens after a seam said again what came before: other ones are chosen at once, while the batch waits.
    private bool ChooseAnew(BatchedText text, int row)
    {
        var sample = text.Sample;
        var seam = sample.Guard.Seam;
        var view = text.Window.View(sample.Tokens[..seam]);
        var ends = false;
        while (sample.Repeats && sample.Guard.Retries < MostRetries)
        {
            sample.TakeBack();
            _cache.Prefill(row, view);
            ends = !sample.Choose(_cache.Logits(row)[..model.Tokenizer.VocabularySize]);
            while (!ends && !sample.Guard.Complete(sample.Tokens.Length))
            {
                _cache.Step([row], [sample.LastToken]);
                ends = !sample.Choose(_cache.Logits(row)[..model.Tokenizer.VocabularySize]);
            }
        }

        return ends;
    }

    /// <inheritdoc />
    public void Dispose() => _cache.Dispose();
}
