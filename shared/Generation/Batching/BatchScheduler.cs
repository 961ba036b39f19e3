using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Pipeline.Generation.Batching;

/// <summary>
/// Generates for many requests in one running batch: texts of different length join and leave between two steps, each step computes a
/// token of every text at once, and whoever reads slowly keeps nobody waiting. On the product's own engine a text does not depend on
/// what else is in the batch; on ONNX Runtime products of several rows round differently from those of one.
/// </summary>
public sealed class BatchScheduler : IDisposable, IAsyncDisposable
{
    /// <summary>Texts that are computed together at most, where nothing else is said.</summary>
    public const int UsualRows = 8;

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
    private readonly int[] _stepRows;
    private readonly int[] _stepTokens;
    private readonly Task _loop;
    private int _active;
    private bool _ended;

    /// <summary>Starts the batch; the model outlives it.</summary>
    /// <param name="model">The model.</param>
    /// <param name="rows">Texts that are computed together at most; more wait for their turn in order of arrival.</param>
    public BatchScheduler(LanguageModel model, int rows = UsualRows)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        _model = model;
        _cache = model.CreateCache(rows);
        _rows = new BatchedText?[rows];
        (_stepRows, _stepTokens) = (new int[rows], new int[rows]);
        _loop = Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>As many rows as usual, or fewer if full ones of this model would fill the memory.</summary>
    public static int RowsFor(LanguageModel model)
    {
        var row = 2L * sizeof(float) * model.Shape.Layers * model.Shape.Width * model.Shape.Context;
        return (int)Math.Clamp(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / ShareOfMemory / row, 1, UsualRows);
    }

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
            var window = new ContextWindow(_model.Shape.Context, Math.Min(request.HeaderTokens, prompt.Length));
            _waiting.Enqueue(new(pending, new(_model.Tokenizer, request, prompt, sample, SeamGuard.RunFor(window.Room)), window));
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
                Choose(text, Array.IndexOf(_rows, text));
            }
        }
    }

    private void Step()
    {
        var count = 0;
        for (var row = 0; row < _rows.Length; row++)
        {
            if (_rows[row] is not { Sample.Finished: false } text)
            {
                continue;
            }

            if (_cache.Length(row) < text.Window.Size)
            {
                (_stepRows[count], _stepTokens[count]) = (row, text.Sample.LastToken);
                count++;
            }
            else
            {
                _cache.Prefill(row, text.Window.View(text.Sample.Tokens));
                text.Sample.Guard.Begin(text.Sample.Tokens.Length);
            }
        }

        if (count > 0)
        {
            _cache.Step(_stepRows.AsSpan(0, count), _stepTokens.AsSpan(0, count));
        }

        for (var row = 0; row < _rows.Length; row++)
        {
            if (_rows[row] is { Sample.Finished: false } text)
            {
                Choose(text, row);
            }
        }
    }

    // A rule of the request's own may fail: that ends this request and no other.
    private void Choose(BatchedText text, int row)
    {
        try
        {
            var sample = text.Sample;
            var ends = !sample.Choose(_cache.Logits(row)[.._model.Tokenizer.VocabularySize]);
            if (sample.Repeats)
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
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            text.Request.Fail(failure);
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
