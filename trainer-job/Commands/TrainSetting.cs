using System.Globalization;
using Pipeline.Privacy;
using Pipeline.TrainerJob.Training;
using Pipeline.TrainerJob.Training.Engine;

namespace Pipeline.TrainerJob.Commands;

/// <summary>One setting: its name in camel case, what it is for, and how its text changes the settings.</summary>
internal sealed record TrainSetting(string Key, string Description, Func<TrainSettings, string, TrainSettings> Apply)
{
    /// <summary>Every setting. The preset is first, since the numbers after it change what it says.</summary>
    public static IReadOnlyList<TrainSetting> All { get; } =
    [
        new("preset", $"How large and how long: {string.Join(", ", TrainingPreset.All.Select(preset => preset.Name))}.", (s, text) => s with { Preset = TrainingPreset.Named(text), PresetGiven = true }),
        new("model", $"Kind of model: {string.Join(", ", ModelFamily.All.Select(family => family.Name))}.", (s, text) => s with { Preset = ModelFamily.Named(text).Adapt(s.Preset) }),
        new("store", "Store of documents and models: a folder, a connection string or a URL.", (s, text) => s with { Store = text }),
        new("data", "Training text without a store: a jsonl, csv, txt or npz file, a folder or a pattern.", (s, text) => s with { Data = text }),
        new("validation", "Texts that --data is judged by, in the same forms; without it the last tenth of the posts.", (s, text) => s with { Validation = text }),
        new("base", "Model to begin with: a Hugging Face folder, a model of the store (models/VERSION) or of the hub (hub:owner/name), or shipped, the small English one that comes with this program and is the default but for the preset tiny; none begins from scratch.", (s, text) => s with { Base = text }),
        new("fromScratch", "Begin with no model. So does a run whose layers, heads, width, vocabulary or shape are given.", (s, text) => s with { FromScratch = bool.Parse(text) }) { IsFlag = true },
        new("hub", "Address of the model hub.", (s, text) => s with { Hub = text }),
        new("output", "Folder for the model that is trained on --data.", (s, text) => s with { Output = text }),
        new("work", "Folder for caches and, unless the store is a folder, for runs.", (s, text) => s with { Work = text }),
        new("seed", "Seed of the first weights and of the shuffling.", (s, text) => s with { Seed = Whole<ulong>(text) }),
        Number("shape", $"Size of a model from scratch, if not the preset's: {NamedShape.Names}.", NamedShape.Apply),
        Number("vocabulary", "Largest vocabulary.", (p, text) => p with { MaxVocabulary = Whole<int>(text), MinVocabulary = Math.Min(p.MinVocabulary, Whole<int>(text)) }),
        Number("tokens", "What text is cut into: bpe or characters.", (p, text) => p with { Tokens = text == "bpe" ? null : text }),
        Number("controlCode", "Word of a CTRL's vocabulary that the texts begin with; a new one becomes a code of the model.", (p, text) => p with { ControlCode = text }),
        Number("order", "Tokens that a Markov chain looks back.", (p, text) => p with { Order = Whole<int>(text) }),
        Number("context", "Longest sequence, in tokens.", (p, text) => p with { Context = Whole<int>(text) }),
        Number("layers", "Transformer blocks.", (p, text) => p with { Layers = Whole<int>(text) }),
        Number("heads", "Attention heads a block.", (p, text) => p with { Heads = Whole<int>(text) }),
        Number("width", "Width of the residual stream.", (p, text) => p with { Width = Whole<int>(text) }),
        Number("rows", "Packed blocks of one pass.", (p, text) => p with { Rows = Whole<int>(text) }),
        Number("accumulation", "Passes whose gradients make one step.", (p, text) => p with { Accumulation = Whole<int>(text) }),
        Number("steps", "Steps at most.", (p, text) => p with { Steps = Whole<int>(text) }),
        Number("epochs", "Times through the corpus at most.", (p, text) => p with { Epochs = Whole<int>(text) }),
        Number("learningRate", "Learning rate after the warm-up.", (p, text) => p with { LearningRate = Real(text) }),
        Number("finalLearningRate", "Share of the learning rate left at the last step.", (p, text) => p with { FinalLearningRate = Real(text) }),
        Number("warmupSteps", "Steps over which the learning rate rises.", (p, text) => p with { WarmupSteps = Whole<int>(text) }),
        Number("schedule", "How the learning rate falls: cosine or linear.", (p, text) => p with { Schedule = text }),
        Number("weightDecay", "Decoupled weight decay of matrices.", (p, text) => p with { WeightDecay = Real(text) }),
        Number("clipNorm", "Global norm to which gradients are clipped.", (p, text) => p with { ClipNorm = Real(text) }),
        new("device", "Where to train: auto, cpu, cuda or cuda:N.", (s, text) => s with { Device = Device(text) }),
        new("deviceMemory", "Gigabytes of the GPU's memory, by which all weights or adapters are chosen; without it the driver is asked.", (s, text) => s with { DeviceMemory = Gigabytes(text) }),
        Number("precision", "What products of matrices are computed in: fp32, and on a GPU fp16 or bf16.", (p, text) => p with { Precision = text }),
        Number("loraRank", "Train adapters of this rank beside the base model's weights, which stay as they are.", (p, text) => p with { LoraRank = Whole<int>(text) }),
        Number("loraAlpha", "The adapters' weight is this by their rank.", (p, text) => p with { LoraAlpha = Real(text) }),
        Number("loraTargets", "Matrices with adapters, with commas between: c_attn, attn.c_proj, c_fc, mlp.c_proj.", (p, text) => p with { LoraTargets = text }),
        Number("freeze", "Lowest blocks that stay as they are, the embeddings with them.", (p, text) => p with { Freeze = Whole<int>(text) }),
        Number("dropout", "Share of activations dropped in training.", (p, text) => p with { Dropout = Real(text) }),
        Number("gradientCheckpointing", "Less memory for a third more time.", (p, text) => p with { GradientCheckpointing = bool.Parse(text) }) with { IsFlag = true },
        Number("evaluationsPerEpoch", "Evaluations in one time through the corpus.", (p, text) => p with { EvaluationsPerEpoch = Whole<int>(text) }),
        Number("evaluationSteps", "Steps from one evaluation to the next at most.", (p, text) => p with { EvaluationSteps = Whole<int>(text) }),
        Number("patience", "Evaluations without gain that end the run.", (p, text) => p with { Patience = Whole<int>(text) }),
        Number("minutes", "Minutes of training at most.", (p, text) => p with { Minutes = Real(text) }),
        Number("pricePerHour", "What an hour of the machine costs; then the run begins with a self-test and tells its cost.", (p, text) => p with { PricePerHour = Real(text) }),
        Number("maxCost", "What training may cost, in the same currency.", (p, text) => p with { MaxCost = Real(text) }),
        Number("maxCopiedTokens", "Tokens in a row that a sample may copy from the training text before the run ends.", (p, text) => p with { MaxCopiedTokens = Whole<int>(text) }),
        new("canaries", "Made-up secrets planted into the training text, 0 to 10; a model that gives one away does not serve.", (s, text) => s with { Canaries = Canaries(text) }),
        new("privatePatterns", "What keeps a post of the store out of the corpus: path:, tag:, category: or text: patterns with commas between.", (s, text) => s with { Private = PrivatePatterns.Parse(text) }),
        new("publicAddresses", "E-mail addresses of the posts that anybody may know, with commas between.", (s, text) => s with { PublicAddresses = text }),
        new("checkpointMinutes", "Minutes from one checkpoint to the next at most.", (s, text) => s with { CheckpointMinutes = Real(text) }),
        new("q4", "Export the 4-bit file too, the fastest; it serves if it predicts the held-out posts well enough.", (s, text) => s with { FourBits = bool.Parse(text) }) { IsFlag = true },
        new("selfTest", "Learn one batch by heart first, to see that training works here.", (s, text) => s with { SelfTest = bool.Parse(text) }) { IsFlag = true },
    ];

    /// <summary>Whether the option of the command line needs no value.</summary>
    public bool IsFlag { get; init; }

    /// <summary>The name as an option of the command line.</summary>
    public string Option => "--" + Words('-').ToLowerInvariant();

    /// <summary>The name as an environment variable.</summary>
    public string Variable => "PIPELINE_" + Words('_').ToUpperInvariant();

    /// <summary>Applies a text, saying in any complaint where it came from.</summary>
    /// <exception cref="InputException">The text is no value for this setting.</exception>
    public TrainSettings Change(TrainSettings settings, string text, string origin)
    {
        try
        {
            return Apply(settings, text);
        }
        catch (Exception exception) when (exception is FormatException or OverflowException or InputException)
        {
            throw new InputException($"{origin}: '{text}' is no value for {Key}. {exception.Message}", exception);
        }
    }

    private static TrainSetting Number(string key, string description, Func<TrainingPreset, string, TrainingPreset> apply) =>
        new(key, description, (settings, text) => settings with
        {
            Preset = apply(settings.Preset, text),
            Numbers = [.. settings.Numbers, new(key, preset => apply(preset, text))],
        });

    private static T Whole<T>(string text)
        where T : System.Numerics.IBinaryInteger<T> => T.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    private static ExecutionDevice Device(string text)
    {
        try
        {
            return ExecutionDevice.Parse(text);
        }
        catch (ArgumentException exception)
        {
            throw new InputException(exception.Message, exception);
        }
    }

    private static long Gigabytes(string text) => Real(text) is var size and > 0 and < 1e6 ? (long)(size * 1e9) : throw new InputException("It must be more than 0.");

    private static int Canaries(string text) => Whole<int>(text) is var count and >= 0 and <= Canary.Most
        ? count
        : throw new InputException($"There may be 0 to {Canary.Most} canaries.");

    private static double Real(string text) => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);

    private string Words(char separator) => string.Concat(Key.Select(c => char.IsAsciiLetterUpper(c) ? $"{separator}{c}" : c.ToString()));
}
