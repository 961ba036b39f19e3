using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading.Channels;
using Pipeline.Generation.Drafts;

namespace Pipeline.Generation.Batching;

/// <summary>
/// Generates for many requests in one running batch: texts of different length join and leave between two steps, each step computes a
/// token of every text at once, and whoever reads slowly keeps nobody waiting. On the product's own engine a text does not depend on
/// what else is in the batch; on ONNX Runtime products of several rows round differently from those of one.
/// <para>
/// Where a text repeats itself or others, the next tokens are guessed and computed together with the one that is due: a step of a few tokens
/// takes little longer than one of a single token. A guess counts only if it is what the text's own chance chooses from the model's own
/// scores, so the text is the same as without, token for token.
/// </para>
/// </summary>
public sealed class BatchScheduler : IDisposable, IAsyncDisposable
{
    /// <summary>Texts that are computed together at most, where nothing else is said.</summary>
    public const int UsualRows = 8;

    // Tokens of a step at most: what a product takes in at once.
    private const int StepTokens = 12;

    // Keys and values of full rows take at most this share of the memory.
    private const int ShareOfMemory = 4;

    // Other beginnings after a seam before the text is taken to have nothing more to say.
    private const int MostRetries = 3;

    private readonly LanguageModel _model;
    private readonly KeyValueCache _cache;
    private readonly ConcurrentQueue<BatchedText> _waiting = new();
    private readonly SemaphoreSlim _arrived = new(0);
    private readonly CancellationTokenSource _stop = new();
    private readonly BatchedText?[] _rows;
    private readonly List<int> _stepRows = [];
    private readonly List<int> _stepTokens = [];
    private readonly DraftIndex? _others;
    private readonly bool _guessing;
    private readonly Task _loop;
    private int _active;
    private bool _ended;

    /// <summary>Starts the batch; the model outlives it.</summary>
    /// <param name="model">The model.</param>
    /// <param name="rows">Texts that are computed together at most; more wait for their turn in order of arrival.</param>
    /// <param name="others">Texts that the model may quote; null for none.</param>
    /// <param name="guessing">Whether next tokens are guessed.</param>
    public BatchScheduler(LanguageModel model, int rows = UsualRows, DraftIndex? others = null, bool guessing = true)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        _model = model;
        _cache = model.CreateCache(rows);
        _rows = new BatchedText?[rows];
        _others = others;
        _guessing = guessing && model.Engine == DecoderEngine.Own;
        _loop = Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>As many rows as usual, or fewer if full ones of this model would fill the memory.</summary>
    public static int RowsFor(LanguageModel model)
    {
        var row = 2L * sizeof(float) * model.Shape.Layers * model.Shape.Width * model.Shape.Context;
        return (int)Math.Clamp(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / ShareOfMemory / row, 1, UsualRows);
    }

    /// <summary>Tokens that were guessed so far, and how many of them came true.</summary>
    public (long Guessed, long True) Guesses { get; private set; }

    /// <summary>Texts in the batch right now.</summary>
    public int Active => Volatile.Read(ref _active);

    /// <summary>Generates token by token; the tokens of several samples come as they are made.</summary>
    /// <param name="request">What to generate.</param>
    /// <param name="cancellationToken">Takes the request out of the batch.</param>
    /// <exception cref="InvalidSamplingException">Names every setting that is out of range.</exception>
    public IAsyncEnumerable<GeneratedToken> StreamAsync(GenerationRequest request, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _ended), this);
        request.Validate(_model.Tokenizer.VocabularySize);
        return ReadAsync(request, cancellationToken);
    }

    /// <summary>Generates all samples of a request.</summary>
    /// <param name="request">What to generate.</param>
    /// <param name="cancellationToken">Takes the request out of the batch.</param>
    /// <returns>One text a sample, in order.</returns>
    /// <exception cref="InvalidSamplingException">Names every setting that is out of range.</exception>
    public async Task<IReadOnlyList<GeneratedText>> GenerateAsync(GenerationRequest request, CancellationToken cancellationToken)
    {
        var texts = Enumerable.Range(0, request.Samples).Select(_ => new TextCollector(_model.Tokenizer.EndOfTextId, request.Sampling.StopAtEndOfText)).ToList();
        await foreach (var token in StreamAsync(request, cancellationToken).WithCancellation(cancellationToken))
        {
            texts[token.Sample].Add(token);
        }

        return [.. texts.Select((text, sample) => text.Finish(request.Sampling.Seed + (ulong)sample))];
    }

    /// <summary>Ends the batch; requests that are not done fail with <see cref="ObjectDisposedException"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        if (End())
        {
            await _loop;
            Free();
        }
    }

    /// <summary>The same, waiting for the step that is being computed.</summary>
    public void Dispose()
    {
        if (End())
        {
            _loop.Wait();
            Free();
        }
    }

    private bool End()
    {
        if (Interlocked.Exchange(ref _ended, true))
        {
            return false;
        }

        _stop.Cancel();
        _arrived.Release();
        return true;
    }

    private void Free()
    {
        _cache.Dispose();
        _arrived.Dispose();
        _stop.Dispose();
    }

    private async IAsyncEnumerable<GeneratedToken> ReadAsync(GenerationRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        // Never full: it holds at most what the request may generate, so the batch does not wait for its reader.
        var tokens = Channel.CreateUnbounded<GeneratedToken>(new() { SingleReader = true, SingleWriter = true });
        using var left = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var pending = new PendingRequest(tokens.Writer, request.Samples, left.Token);
        var prompt = request.Tokens(_model.Tokenizer);
        for (var sample = 0; sample < request.Samples; sample++)
        {
            var window = new ContextWindow(_model.Shape.Context, _model.HeaderTokens(request, prompt));
            _waiting.Enqueue(new(pending, new(_model.Tokenizer, request, prompt, sample, SeamGuard.RunFor(window.Room)), window, new(_others)));
        }

        _arrived.Release();
        if (Volatile.Read(ref _ended))
        {
            pending.Fail(new ObjectDisposedException(nameof(BatchScheduler)));
        }

        try
        {
            await foreach (var token in tokens.Reader.ReadAllAsync(cancellationToken))
            {
                yield return token;
            }
        }
        finally
        {
            // A reader that leaves early takes its texts out of the batch.
            await left.CancelAsync();
        }
    }

    private void Run()
    {
        while (!Volatile.Read(ref _ended))
        {
            try
            {
                Leave();
                Join();
                if (_active == 0)
                {
                    _arrived.Wait(_stop.Token);
                    continue;
                }

                Step();
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                // The way it ends.
            }
            catch (Exception failure)
            {
                // Whatever it was, those in the batch hear of it, and those who come after begin anew.
                Fail(_rows.OfType<BatchedText>(), failure);
            }
        }

        Fail(_rows.OfType<BatchedText>().Concat(_waiting), new ObjectDisposedException(nameof(BatchScheduler)));
    }

    private void Leave()
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

    // One new prompt a step, so that the others' tokens keep coming; samples of one request share the work.
    private void Join()
    {
        BatchedText? first = null;
        var firstRow = 0;
        for (var row = 0; row < _rows.Length; row++)
        {
            if (_rows[row] is not null || !_waiting.TryPeek(out var text) || (first is not null && first.Request != text.Request))
            {
                continue;
            }

            _waiting.TryDequeue(out _);
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

    private void Step()
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
            Confirm(text, _stepRows[at], CollectionsMarshal.AsSpan(_stepTokens).Slice(at, taken), logits.Slice(at * _model.Shape.Vocabulary, taken * _model.Shape.Vocabulary));
            at += taken;
        }
    }

    // The token that is due, and guesses of those after it as far as there is room in the step and in the window.
    private void Plan(BatchedText text, int row)
    {
        _stepRows.Add(row);
        _stepTokens.Add(text.Sample.LastToken);
        var room = Math.Min((StepTokens - _active) / _active, text.Window.Size - _cache.Length(row) - 1);
        var guesses = _guessing && text.Sample.Guard.Seam < 0 ? text.Drafts.Propose(text.Sample.Tokens, Math.Min(room, text.Sample.Left - 1)) : [];
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
        var (before, vocabulary) = (_cache.Length(row) - tokens.Length, _model.Shape.Vocabulary);
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
            var ends = !sample.Choose(logits[.._model.Tokenizer.VocabularySize]);
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
            ends = !sample.Choose(_cache.Logits(row)[.._model.Tokenizer.VocabularySize]);
            while (!ends && !sample.Guard.Complete(sample.Tokens.Length))
            {
                _cache.Step([row], [sample.LastToken]);
                ends = !sample.Choose(_cache.Logits(row)[.._model.Tokenizer.VocabularySize]);
            }
        }

        return ends;
    }

    private static void Fail(IEnumerable<BatchedText> texts, Exception failure)
    {
        foreach (var text in texts)
        {
            text.Request.Fail(failure);
        }
    }
}
