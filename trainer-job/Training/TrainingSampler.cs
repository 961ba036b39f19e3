using System.Runtime.InteropServices;
using Pipeline.Generation;
using Pipeline.Generation.Logits;
using Pipeline.Quality;
using Pipeline.Tokenization;
using Pipeline.TrainerJob.Training.Engine;

namespace Pipeline.TrainerJob.Training;

/// <summary>
/// Lets a model in training write, at fixed prompts and seeds, with the training graph's own forward pass: no export, and bounded work.
/// The whole prefix is computed again for each token, so samples are short.
/// </summary>
internal sealed class TrainingSampler
{
    private const int MostTokens = 64;
    private const int FewestTokens = 8;
    private const int MostPromptTokens = 24;

    // A pass forward is a third of a step's work; samples may take a tenth of the training between two evaluations.
    private const double ShareOfTraining = 0.1;
    private const double StepOverForward = 3;

    private readonly BpeTokenizer _tokenizer;
    private readonly OriginalityIndex _index;
    private readonly List<int[]> _prompts;
    private readonly int _tokens;
    private readonly int _length;
    private readonly SamplingOptions _options = new() { RepetitionPenalty = 1 };

    /// <summary>Prepares the prompts.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="index">The training text.</param>
    /// <param name="prompts">Texts to go on from; an empty one lets the model begin by itself.</param>
    /// <param name="context">The model's context.</param>
    /// <param name="trainedTokens">Tokens trained on between two evaluations: the more, the longer samples may be.</param>
    public TrainingSampler(BpeTokenizer tokenizer, OriginalityIndex index, IReadOnlyList<string> prompts, int context, double trainedTokens)
    {
        _tokenizer = tokenizer;
        _index = index;
        _prompts = [.. prompts.Select(prompt => Encode(prompt, Math.Min(MostPromptTokens, context / 2)))];
        var longest = _prompts.Max(prompt => prompt.Length);
        _tokens = Math.Min(MostTokens, context - longest);
        while (_tokens > FewestTokens && (double)_tokens * (longest + _tokens) * _prompts.Count > ShareOfTraining * StepOverForward * trainedTokens)
        {
            _tokens--;
        }

        _length = longest + _tokens;
    }

    /// <summary>Writes a sample for each prompt; the same weights give the same samples.</summary>
    /// <returns>The samples, or null if there was no time for them.</returns>
    public IReadOnlyList<TrainingSample>? Write(ITrainingEngine engine, CancellationToken stop)
    {
        var batch = new TrainingBatch(_prompts.Count, _length);
        for (var i = 0; i < batch.InputIds.Length; i++)
        {
            // What stands after a token has no influence on it, so the tail needs no mask.
            batch.InputIds[i] = _tokenizer.EndOfTextId;
            batch.PositionIds[i] = i % _length;
        }

        var texts = _prompts.Select(prompt => prompt.ToList()).ToList();
        var samplers = _prompts.Select((_, row) => new Sampler(_options, [], (ulong)row + 1)).ToList();
        var open = Enumerable.Repeat(true, texts.Count).ToArray();
        for (var row = 0; row < texts.Count; row++)
        {
            Place(batch, row, texts[row], 0);
        }

        for (var token = 0; token < _tokens && open.Contains(true); token++)
        {
            if (stop.IsCancellationRequested)
            {
                return null;
            }

            var logits = engine.Logits(batch);
            var vocabulary = logits.Length / batch.InputIds.Length;
            for (var row = 0; row < texts.Count; row++)
            {
                if (open[row])
                {
                    var scores = logits.AsSpan((row * _length + texts[row].Count - 1) * vocabulary, Math.Min(vocabulary, _tokenizer.VocabularySize));
                    open[row] = Extend(texts[row], samplers[row], scores, _prompts[row].Length);
                    Place(batch, row, texts[row], texts[row].Count - 1);
                }
            }
        }

        return [.. texts.Select((text, row) => Finish(text, _prompts[row].Length, (ulong)row + 1))];
    }

    /// <summary>Adds a token, unless the text ends here.</summary>
    private bool Extend(List<int> text, Sampler sampler, ReadOnlySpan<float> scores, int promptLength)
    {
        var next = sampler.Next(new TokenHistory(CollectionsMarshal.AsSpan(text), promptLength), scores);
        if (next is not { } token || token.Id == _tokenizer.EndOfTextId)
        {
            return false;
        }

        text.Add(token.Id);
        return true;
    }

    private void Place(TrainingBatch batch, int row, List<int> text, int from)
    {
        for (var i = from; i < text.Count; i++)
        {
            batch.InputIds[row * _length + i] = text[i];
        }
    }

    private int[] Encode(string prompt, int most) => [_tokenizer.EndOfTextId, .. _tokenizer.Encode(prompt.Length > 0 ? prompt + "\n" : "").Take(most - 1)];

    private TrainingSample Finish(List<int> text, int promptLength, ulong seed)
    {
        var ids = text.ToArray();
        var written = ids[promptLength..];
        return new TrainingSample(seed, _tokenizer.Decode(ids.AsSpan(0, promptLength)), _tokenizer.Decode(written), _index.Compare(written, int.MaxValue).LongestRun);
    }
}
