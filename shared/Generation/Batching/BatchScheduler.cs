using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
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

    // Keys and values of full rows take at most this share of the memory.
    private const int ShareOfMemory = 4;

    private readonly LanguageModel _model;
    private readonly RunningBatch _batch;
    private readonly ConcurrentQueue<BatchedText> _waiting = new();
    private readonly SemaphoreSlim _arrived = new(0);
    private readonly CancellationTokenSource _stop = new();
    private readonly DraftIndex? _others;
    private readonly Task _loop;
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
        _batch = new(model, rows, guessing && model.Engine == DecoderEngine.Own);
        _others = others;
        _loop = Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>As many rows as usual, or fewer if full ones of this model would fill the memory.</summary>
    public static int RowsFor(LanguageModel model)
    {
        var row = 2L * sizeof(float) * model.Shape.Layers * model.Shape.Width * model.Shape.Context;
        return (int)Math.Clamp(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / ShareOfMemory / row, 1, UsualRows);
    }

    /// <summary>Tokens that were guessed so far, and how many of them came true.</summary>
    public (long Guessed, long True) Guesses => _batch.Guesses;

    /// <summary>Texts in the batch right now.</summary>
    public int Active => _batch.Active;

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
        _batch.Dispose();
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
                _batch.Leave();
                _batch.Join(_waiting);
                if (_batch.Active == 0)
                {
                    _arrived.Wait(_stop.Token);
                    continue;
                }

                _batch.Step();
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                // The way it ends.
            }
            catch (Exception failure)
            {
                // Whatever it was, those in the batch hear of it, and those who come after begin anew.
                Fail(_batch.Texts, failure);
            }
        }

        Fail(_batch.Texts.Concat(_waiting), new ObjectDisposedException(nameof(BatchScheduler)));
    }

    private static void Fail(IEnumerable<BatchedText> texts, Exception failure)
    {
        foreach (var text in texts)
        {
            text.Request.Fail(failure);
        }
    }
}
