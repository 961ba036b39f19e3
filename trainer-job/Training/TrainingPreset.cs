using System.Text.Json.Serialization;
using Pipeline.Runs;
using Pipeline.TrainerJob.Models;

namespace Pipeline.TrainerJob.Training;

/// <summary>
/// How to train: the model's shape, the work of a step, the optimiser and when to stop. Three are named; each number can be overridden
/// by a setting of the same name. Two have a fixed budget of steps, so that a run takes the same time on a blog of any size.
/// </summary>
public sealed record TrainingPreset
{
    private const string CosineSchedule = "cosine";
    private const string LinearSchedule = "linear";

    /// <summary>The value of <see cref="Tokens"/> for single characters.</summary>
    internal const string CharacterTokens = "characters";

    /// <summary>For a look: a run of seconds on two cores.</summary>
    public static TrainingPreset Tiny { get; } = new()
    {
        Name = PresetNames.Tiny,
        MinVocabulary = 384,
        MaxVocabulary = 1024,
        Context = 128,
        Layers = 3,
        Heads = 4,
        Width = 128,
        Rows = 8,
        Steps = 200,
        LearningRate = 3e-3,
        WarmupSteps = 20,
    };

    /// <summary>The default: a run of a minute or two on two cores.</summary>
    public static TrainingPreset Small { get; } = new()
    {
        Name = PresetNames.Small,
        BeginsWithBase = true,
        MinVocabulary = 512,
        MaxVocabulary = 4096,
        Context = 256,
        Layers = 4,
        Heads = 4,
        Width = 192,
        Rows = 4,
        Steps = 600,
        LearningRate = 2e-3,
        WarmupSteps = 40,
    };

    /// <summary>As large and as long as the text allows: the time follows from the corpus.</summary>
    public static TrainingPreset Full { get; } = new()
    {
        Name = PresetNames.Full,
        Bounded = false,
        BeginsWithBase = true,
        MinVocabulary = 512,
        MaxVocabulary = 8192,
        Context = 512,
        Layers = 6,
        Heads = 6,
        Width = 384,
        Rows = 4,
        Steps = 1_000_000,
        LearningRate = 1e-3,
        WarmupSteps = 100,
    };

    /// <summary>The preset's name.</summary>
    public required string Name { get; init; }

    /// <summary>The kind of model, one of <see cref="ModelFamily"/>; null is GPT-2.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Model { get; init; }

    /// <summary>What the text is cut into: <c>characters</c>, or null for what a byte-pair encoding learns.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Tokens { get; init; }

    /// <summary>How many tokens a Markov chain looks back; null leaves it to the tokens.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Order { get; init; }

    /// <summary>The word that every text of a CTRL begins with.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ControlCode { get; init; }

    /// <summary>Whether the steps are a budget of time.</summary>
    public bool Bounded { get; init; } = true;

    /// <summary>Whether training begins with the base model that comes with the program if none is named.</summary>
    [JsonIgnore]
    public bool BeginsWithBase { get; init; }

    /// <summary>The smallest vocabulary worth training, 257 at least: the bytes and the end of text.</summary>
    public required int MinVocabulary { get; init; }

    /// <summary>The vocabulary of a corpus that is large enough for it.</summary>
    public required int MaxVocabulary { get; init; }

    /// <summary>Longest sequence, in tokens.</summary>
    public required int Context { get; init; }

    /// <summary>Transformer blocks.</summary>
    public required int Layers { get; init; }

    /// <summary>Attention heads a block.</summary>
    public required int Heads { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public required int Width { get; init; }

    /// <summary>Packed blocks of one forward and backward pass.</summary>
    public required int Rows { get; init; }

    /// <summary>Passes whose gradients make one step.</summary>
    public int Accumulation { get; init; } = 1;

    /// <summary>Steps at most.</summary>
    public required int Steps { get; init; }

    /// <summary>Times through the corpus at most; null leaves it to <see cref="TrainingPlan"/>, which keeps small corpora from being learned by heart.</summary>
    public int? Epochs { get; init; }

    /// <summary>
    /// Times through the corpus if nothing is said. A model from scratch has learned by heart what it can of a few thousand words after
    /// about 14; the learning rate must have come down by then.
    /// </summary>
    public int UsualEpochs { get; init; } = 14;

    /// <summary>Steps that even the smallest corpus needs, and all that are taken if nothing is held out to say when to stop.</summary>
    public int FewestSteps { get; init; } = 100;

    /// <summary>Learning rate at the end of the warm-up.</summary>
    public required double LearningRate { get; init; }

    /// <summary>The share of the learning rate that is left at the last step.</summary>
    public double FinalLearningRate { get; init; } = 0.1;

    /// <summary>Steps over which the learning rate rises from zero.</summary>
    public required int WarmupSteps { get; init; }

    /// <summary>Decoupled weight decay, on matrices only.</summary>
    public double WeightDecay { get; init; } = 0.1;

    /// <summary>Decay of AdamW's mean of gradients.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of AdamW's mean of squares: lower than the usual 0.999, since the runs are short.</summary>
    public double Beta2 { get; init; } = 0.99;

    /// <summary>AdamW's guard against division by zero.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>The global norm to which gradients are clipped.</summary>
    public double ClipNorm { get; init; } = 1.0;

    /// <summary>Rank of the adapters that are trained instead of a base model's own weights; null trains those.</summary>
    public int? LoraRank { get; init; }

    /// <summary>The adapters' weight is this by their rank.</summary>
    public double LoraAlpha { get; init; } = 16;

    /// <summary>The matrices of a block that get adapters, with commas between.</summary>
    public string LoraTargets { get; init; } = "c_attn";

    /// <summary>How many blocks, counted from the embeddings, stay as they are; if any, the embeddings do too.</summary>
    public int Freeze { get; init; }

    /// <summary>The share of activations that is dropped in training.</summary>
    public double Dropout { get; init; }

    /// <summary>Computes each block's inside again in the backward pass: a third more time for far less memory.</summary>
    public bool GradientCheckpointing { get; init; }

    /// <summary>What products of matrices are computed in: <c>fp32</c> (on a GPU with TF32), <c>fp16</c> or <c>bf16</c>; these two on a GPU alone.</summary>
    public string Precision { get; init; } = "fp32";

    /// <summary>How the learning rate falls: <c>cosine</c> or <c>linear</c>.</summary>
    public string Schedule { get; init; } = CosineSchedule;

    /// <summary>Minutes of training at most.</summary>
    public double? Minutes { get; init; }

    /// <summary>What an hour of the machine costs, in any currency.</summary>
    public double? PricePerHour { get; init; }

    /// <summary>What training may cost, in the currency of <see cref="PricePerHour"/>.</summary>
    public double? MaxCost { get; init; }

    /// <summary>Tokens in a row that a sample may copy from the training text before the run counts as learned by heart.</summary>
    public int? MaxCopiedTokens { get; init; }

    /// <summary>Evaluations wanted in one time through the corpus; few steps an epoch or a short run mean fewer.</summary>
    public int EvaluationsPerEpoch { get; init; } = 4;

    /// <summary>Steps from one evaluation to the next at most, however long an epoch is.</summary>
    public int EvaluationSteps { get; init; } = 500;

    /// <summary>Evaluations without a better validation loss after which training ends.</summary>
    public int Patience { get; init; } = 5;

    /// <summary>All presets.</summary>
    [JsonIgnore]
    public static IReadOnlyList<TrainingPreset> All => [Tiny, Small, Full];

    /// <summary>The preset of a name.</summary>
    /// <exception cref="InputException">There is none.</exception>
    public static TrainingPreset Named(string name) => All.FirstOrDefault(preset => preset.Name == name)
        ?? throw new InputException($"There is no preset '{name}'; choose one of {string.Join(", ", All.Select(preset => preset.Name))}.");

    /// <summary>What ends the run besides its steps.</summary>
    [JsonIgnore]
    internal RunLimits Limits => new(Minutes is { } minutes ? TimeSpan.FromMinutes(minutes) : null, PricePerHour, MaxCost, MaxCopiedTokens);

    /// <summary>The adapters, or null.</summary>
    /// <exception cref="InputException">A target is no matrix of a block.</exception>
    [JsonIgnore]
    internal LoraSettings? Lora
    {
        get
        {
            try
            {
                return LoraRank is { } rank
                    ? new LoraSettings(rank, LoraAlpha, LoraSettings.Parse(LoraTargets.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)))
                    : null;
            }
            catch (ArgumentException exception)
            {
                throw new InputException(exception.Message, exception);
            }
        }
    }

    /// <summary>Whether the learning rate falls in a line.</summary>
    [JsonIgnore]
    internal bool FallsLinearly => Schedule == LinearSchedule;

    /// <summary>Refuses numbers that cannot be trained with, all of them at once.</summary>
    /// <exception cref="InputException">Some numbers are out of range; the message names each.</exception>
    public TrainingPreset Checked()
    {
        List<string> wrong = [];
        Require((MinVocabulary >= 257 || Model == Generation.Ctrl.CtrlConfig.Type) && MaxVocabulary is <= 1_000_000, "vocabulary must be 257 to 1000000");
        Require(Tokens is null or CharacterTokens, "tokens must be bpe or characters");
        Require(Order is null or (>= 1 and <= 16), "order must be 1 to 16");
        Require(Context is >= 8 and <= 65536, "context must be 8 to 65536");
        Require(Layers is >= 1 and <= 200, "layers must be 1 to 200");
        Require(Heads >= 1 && Width is >= 1 and <= 65536 && Width % Math.Max(1, Heads) == 0, "width must be 1 to 65536 and a multiple of heads");
        Require(Rows is >= 1 and <= 65536, "rows must be 1 to 65536");
        Require(Accumulation is >= 1 and <= 65536, "accumulation must be 1 to 65536");
        Require(Steps >= 1, "steps must be 1 or more");
        Require(Epochs is null or >= 1, "epochs must be 1 or more");
        Require(LearningRate is > 0 and <= 10, "learningRate must be above 0 and at most 10");
        Require(FinalLearningRate is >= 0 and <= 1, "finalLearningRate must be 0 to 1");
        Require(WarmupSteps >= 0, "warmupSteps must be 0 or more");
        Require(WeightDecay is >= 0 and <= 10, "weightDecay must be 0 to 10");
        Require(ClipNorm > 0, "clipNorm must be above 0");
        Require(LoraRank is null or (>= 1 and <= 4096), "loraRank must be 1 to 4096");
        Require(LoraAlpha is > 0 and <= 65536, "loraAlpha must be above 0 and at most 65536");
        Require(Freeze >= 0 && Freeze <= Layers, "freeze must be 0 to layers");
        Require(Dropout is >= 0 and < 1, "dropout must be 0 or more and below 1");
        Require(EngineSettings.Precisions.Contains(Precision), $"precision must be one of {string.Join(", ", EngineSettings.Precisions)}");
        Require(Schedule is CosineSchedule or LinearSchedule, "schedule must be cosine or linear");
        Require(Minutes is null or > 0, "minutes must be above 0");
        Require(PricePerHour is null or > 0, "pricePerHour must be above 0");
        Require(MaxCost is null or > 0, "maxCost must be above 0");
        Require(MaxCost is null || PricePerHour is not null, "maxCost needs pricePerHour");
        Require(MaxCopiedTokens is null or >= 2, "maxCopiedTokens must be 2 or more");
        Require(EvaluationSteps >= 1, "evaluationSteps must be 1 or more");
        Require(EvaluationsPerEpoch >= 1, "evaluationsPerEpoch must be 1 or more");
        Require(Patience >= 1, "patience must be 1 or more");
        return wrong.Count == 0 ? this : throw new InputException($"Settings out of range: {string.Join("; ", wrong)}.");

        void Require(bool holds, string rule)
        {
            if (!holds)
            {
                wrong.Add(rule);
            }
        }
    }
}
