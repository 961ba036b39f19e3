using Pipeline.Quality;
using Pipeline.Tokenization;
using Pipeline.TrainerJob.BaseModels;
using Pipeline.TrainerJob.Commands;
using Pipeline.TrainerJob.Runs;

namespace Pipeline.TrainerJob.Training;

/// <summary>Makes of corpus, settings and base model what a run needs, and tells people about it before the start.</summary>
/// <param name="settings">What to do.</param>
/// <param name="preset">How to train.</param>
/// <param name="start">What training begins with; null for nothing.</param>
/// <param name="cacheFolder">The folder for what can be made again.</param>
/// <param name="view">Tells people.</param>
internal sealed class RunPreparation(TrainSettings settings, TrainingPreset preset, BaseModel? start, string cacheFolder, RunView view)
{
    private const double MostCharactersPerVocabularyEntry = 60;
    private const int VocabularyMultiple = 64;
    private const int ValidationBatches = 3;
    private const long LargeModel = 50_000_000;

    private readonly ModelFamily _family = ModelFamily.Of(preset);

    /// <summary>Prepares a run.</summary>
    /// <exception cref="InputException">The corpus cannot be trained on, or memory or disk will not do.</exception>
    public async Task<PreparedRun> RunAsync(CorpusInput corpus, RunFolder run, CancellationToken stop)
    {
        if (settings.Device.CudaDevice is null && preset.Precision != EngineSettings.Precisions[0])
        {
            throw new InputException($"precision is {preset.Precision}, which needs a GPU: leave it out, or name one with --device cuda.");
        }

        var (tokenizer, tokens) = await TokenizeAsync(corpus, run, stop);
        var shape = start?.Shape ?? _family.Shape(preset, tokenizer.VocabularySize);
        var train = _family.TrainingText(tokens.Train, preset, tokenizer.EndOfTextId, settings.Seed);
        var plan = TrainingPlan.For(preset with { Rows = train.Rows(preset.Rows) }, train.Count, tokens.Validation.Count > 0);
        var held = tokens.Validation.Count == 0 ? null : _family.HeldText(tokens.Validation, preset, plan.Rows, tokenizer.EndOfTextId);
        plan = plan with
        {
            CheckpointInterval = TimeSpan.FromMinutes(settings.CheckpointMinutes ?? (shape.Parameters < LargeModel ? 1 : 5)),

            // Guessing costs ln V; twice that is no noise of a batch.
            LossCeiling = 2 * Math.Log(shape.Vocabulary) + 4,
        };
        var watched = held is null
            ? null
            : _family.HeldText(Evaluation.Sample(tokens.Validation, (long)ValidationBatches * plan.Rows * preset.Context), preset, plan.Rows, tokenizer.EndOfTextId);
        ResourceCheck.Demand(
            (_family.Memory(shape, preset, plan.Rows, train.Length), ResourceCheck.MachineMemory),
            (_family.Disk(shape, preset), new DriveInfo(Path.GetFullPath(run.Path)).AvailableFreeSpace),
            run.Path);
        if (_family.TakesBase && settings.Device.CudaDevice is not null)
        {
            ResourceCheck.DemandOfDevice(ResourceCheck.Need(shape, preset, plan.Rows, train.Length, settings.Device), settings.Machine);
        }

        var index = OriginalityIndex.Build(tokens.Train.Select((ids, number) => ($"{number}", (IReadOnlyList<int>)ids)));
        var prepared = new PreparedRun(corpus, tokenizer, tokens, shape, train, held, watched, index, plan);
        Describe(prepared);
        return prepared;
    }

    /// <summary>The tokenizer, learned if need be, and the corpus in its tokens.</summary>
    public async Task<(BpeTokenizer Tokenizer, TokenizedCorpus Tokens)> TokenizeAsync(CorpusInput corpus, RunFolder run, CancellationToken stop)
    {
        var tokenizer = start?.Tokenizer ?? Tokenizer(corpus, run, stop);
        var tokens = await new TokenCache(Path.Combine(cacheFolder, "tokens"))
            .GetAsync(corpus.TokensId, tokenizer.Fingerprint, () => TokenizedCorpus.Of(corpus, tokenizer), stop);
        return (tokenizer, new TokenizedCorpus(_family.Documents(tokens.Train, preset, tokenizer), _family.Documents(tokens.Validation, preset, tokenizer)));
    }

    private BpeTokenizer Tokenizer(CorpusInput corpus, RunFolder run, CancellationToken stop)
    {
        if (Directory.Exists(run.Tokenizer))
        {
            return BpeTokenizer.Load(run.Tokenizer);
        }

        var wanted = (int)(corpus.Characters / MostCharactersPerVocabularyEntry) / VocabularyMultiple * VocabularyMultiple;
        var size = Math.Clamp(wanted, preset.MinVocabulary, preset.MaxVocabulary);
        view.Say(preset.Tokens is null ? $"Learning a vocabulary of up to {size} tokens ..." : "Collecting the characters ...");
        var tokenizer = preset.Tokens is null ? BpeTrainer.Train(corpus.Train, size, stop) : CharacterVocabulary.Build(corpus.Train, preset.MaxVocabulary);
        var writing = run.Tokenizer + ".writing";
        if (Directory.Exists(writing))
        {
            Directory.Delete(writing, recursive: true);
        }

        tokenizer.Save(writing);
        Directory.Move(writing, run.Tokenizer);
        return tokenizer;
    }

    private void Describe(PreparedRun run)
    {
        var (shape, plan) = (run.Shape, run.Plan);
        if (start is not null)
        {
            view.Say($"Base: {start.Name} ({start.Identity}), with its own vocabulary.");
        }

        view.Say(_family.Describe(preset, shape));
        view.Say($"Training on {settings.Device}: {MemoryFit.Describe(preset with { Rows = plan.Rows })}; about {ResourceCheck.Size(_family.Memory(shape, preset, plan.Rows, run.Train.Length))} of memory.");
        view.Say(FormattableString.Invariant(
            $"Text: {run.Tokens.Train.Count} posts, {run.Tokens.TrainTokens:#,0} tokens in {run.Train.Count} blocks of {run.Train.Length}; {run.Tokens.Validation.Count} posts held out."));
        view.Say(FormattableString.Invariant(
            $"Plan: {plan.Steps} steps of {plan.Rows * plan.Accumulation} blocks, {(double)plan.Steps * plan.Rows * plan.Accumulation / run.Train.Count:0.0} times through the text, an evaluation every {plan.EvaluationInterval} steps."));
        view.Say($"Learning rate: {RateLine.Draw(plan.Schedule)}.");
        if (run.Tokens.Validation.Count == 0)
        {
            view.Warn("There is only one post, so none is held out: the training loss alone says how good the model is.");
        }
    }
}
